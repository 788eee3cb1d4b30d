"""Node models of NEST: populations of any model that takes spikes and emits spikes."""

import pytest

from benchmarks.node_models import Outcome, outcome, page


@pytest.mark.parametrize(
    ("model", "note"),
    [
        ("aeif_cond_exp", "receptor 0, weights in nS"),
        ("glif_psc", "receptor 1, weights in pA"),
        ("ht_neuron", "receptor 1, weights in 1"),
        ("iaf_psc_exp_multisynapse", "receptor 1, weights in pA"),
        ("izhikevich", "receptor 0, weights in mV"),
        ("parrot_neuron", "receptor 0, weights in 1"),
        ("pp_psc_delta", "receptor 0, weights in mV"),
    ],
)
def test_a_model_plays_alone_as_in_a_batch(model: str, note: str) -> None:
    assert outcome(model) == Outcome(model, True, note)


def test_a_model_that_cannot_play_says_why() -> None:
    assert outcome("multimeter") == Outcome("multimeter", False, "is no neuron: its element type is recorder")
    assert not outcome("siegert_neuron").plays


def test_the_page_counts_the_models() -> None:
    text = page([Outcome("a", True, "receptor 0"), Outcome("b", False, "emits no spikes")])
    assert "1 of the 2 node models" in text
    assert "``b``  emits no spikes" in text
