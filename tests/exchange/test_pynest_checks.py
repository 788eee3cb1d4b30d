"""What a PyNEST script cannot hold: one line with the reason."""

from typing import Any

import gymnasium
import numpy as np
import pytest

from neurosim_rl.bridge import DECODERS
from neurosim_rl.bridge.encoders import ENCODERS
from neurosim_rl.bridge.normalisation import NORMALISATIONS
from neurosim_rl.bridge.tunings import TUNINGS
from neurosim_rl.errors import ExchangeError
from neurosim_rl.exchange.pynest_bridge_pieces import DECODER_PIECES, NORMALISATION_PIECES
from neurosim_rl.exchange.pynest_checks import check_exportable
from neurosim_rl.exchange.pynest_encoder_pieces import ENCODER_PIECES, TUNINGS_IN_WORDS
from neurosim_rl.exchange.pynest_piece import chosen_piece
from neurosim_rl.optimizees import ClosedLoop, create_optimizee
from neurosim_rl.training.configure import configure


def task(**settings: Any) -> ClosedLoop:
    return create_optimizee(configure("cart-pole", settings))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"model": {"name": "dense"}}, r"model 'dense': it has no neurons"),
        ({"background": {"name": "poisson"}}, r"background 'poisson': scripts have no background spikes"),
        ({"learning": {"name": "r-stdp", "when": "always"}}, r"learning 'r-stdp': weights change in every trial"),
    ],
)
def test_a_task_that_a_script_cannot_hold_is_refused_with_the_reason(settings: dict, reason: str) -> None:
    with pytest.raises(ExchangeError, match=f"a PyNEST script cannot hold {reason}"):
        check_exportable(task(**settings))


def test_an_environment_of_a_script_needs_a_module(toys: None) -> None:
    name = next(name for name, spec in gymnasium.registry.items() if "toys" in str(spec.entry_point))
    optimizee = create_optimizee(configure("cart-pole", {"environment": {"id": name}}))
    with pytest.raises(ExchangeError, match=rf"a script cannot find it; environment.id = 'tests.toys:{name}'"):
        check_exportable(optimizee)


@pytest.mark.parametrize(
    ("pieces", "registry"),
    [
        (ENCODER_PIECES, ENCODERS),
        (DECODER_PIECES, DECODERS),
        (NORMALISATION_PIECES, NORMALISATIONS),
        (TUNINGS_IN_WORDS, TUNINGS),
    ],
)
def test_pieces_have_the_names_of_the_registries(pieces: dict, registry: dict) -> None:
    assert set(pieces) <= set(registry)


def test_a_component_without_text_is_refused_with_those_that_have_one() -> None:
    optimizee, network = task(), create_optimizee(configure("cart-pole")).network(np.zeros(130))
    with pytest.raises(ExchangeError, match=r"encoder 'current': scripts know poisson"):
        chosen_piece("encoder", {"poisson": ENCODER_PIECES["poisson"]}, optimizee, network)
