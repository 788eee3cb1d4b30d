"""Codes in the closed loop: NEST and the compiled simulator act alike, and an element does not depend on its batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.optimizees.trials import PlayedBatch
from neurosim_rl.simulators import create_simulator
from neurosim_rl.training.configure import configure

N_WINDOWS = 12
CAR, PENDULUM = "mountain-car", "pendulum"
CODES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (CAR, {"name": "latency"}, {"name": "first-spike"}),
    (CAR, {"name": "population", "learned": True}, {"name": "first-spike", "silence": "hold", "tie": "random"}),
    (CAR, {"name": "delta", "reference": "middle"}, {"name": "sliding-rate"}),
    (PENDULUM, {"name": "population", "mode": "probabilistic"}, {"name": "centre-of-mass"}),
    (PENDULUM, {"name": "latency", "law": "logarithmic"}, {"name": "population-vector", "n_neurons": 6}),
    (PENDULUM, {"name": "delta"}, {"name": "sliding-rate", "readout": {"name": "linear", "n_neurons": 3}}),
]


def task(name: str, encoder: dict[str, Any], decoder: dict[str, Any], **changes: Any) -> ClosedLoop:
    settings = {
        "episodes": 2,
        "environment": {"kwargs": {"max_episode_steps": N_WINDOWS}},
        "model": {"mirror": False, "weight_unit_pa": 2000.0},
        "encoder": encoder,
        "decoder": decoder,
        **changes,
    }
    return create_optimizee(configure(name, settings))


def played(optimizee: ClosedLoop, simulator: str, n_individuals: int = 2) -> PlayedBatch:
    rng = np.random.default_rng(4)
    vectors = [optimizee.parameters.sample(rng) for _ in range(n_individuals)]
    elements = optimizee.training_elements(0, range(n_individuals))
    with create_simulator(simulator) as opened:
        return optimizee.play(vectors, elements, simulator=opened, record=True)


def actions(batch: PlayedBatch) -> np.ndarray:
    assert batch.episodes.traces is not None
    return batch.episodes.traces.actions


@pytest.mark.parametrize(("name", "encoder", "decoder"), CODES)
def test_nest_and_compiled_act_alike_and_an_element_acts_alone_as_in_its_batch(
    name: str, encoder: dict[str, Any], decoder: dict[str, Any]
) -> None:
    optimizee = task(name, encoder, decoder)
    compiled = played(optimizee, "compiled")
    # The code carries something: output neurons spike, and actions differ in time.
    assert compiled.episodes.spikes.sum() > 0
    assert len(np.unique(actions(compiled))) > 1
    np.testing.assert_array_equal(actions(played(optimizee, "nest")), actions(compiled))
    alone = played(optimizee, "compiled", n_individuals=1)
    np.testing.assert_array_equal(actions(alone), actions(compiled)[:2])


def test_first_spike_actions_are_those_of_the_recorded_spikes() -> None:
    optimizee = task(CAR, {"name": "latency"}, {"name": "first-spike", "tie": "first"})
    batch = played(optimizee, "compiled")
    network = optimizee.network(optimizee.parameters.sample(np.random.default_rng(0)))
    assert batch.spikes is not None
    first_output, n_steps = network.first_neuron["output"], optimizee.encoder.n_steps
    for element in range(4):
        mine = batch.spikes.of(element)
        for window, action in enumerate(actions(batch)[element, :, 0]):
            within = ((mine.step - 1) // n_steps == window) & (mine.neuron >= first_output)
            order = np.lexsort((mine.neuron[within], mine.step[within]))
            expected = mine.neuron[within][order[0]] - first_output if within.any() else 0
            assert action == expected


def test_genes_of_an_encoder_evolve_beside_those_of_the_model() -> None:
    optimizee = task(CAR, {"name": "population", "learned": True, "n_fields": 4}, {"name": "winner"})
    names = [p.name for p in optimizee.parameters.parameters]
    assert names == ["encoder_centres", "encoder_widths", "weights_0", "weights_1"]
    low = optimizee.network(optimizee.parameters.low)
    assert low.bridge_genes["encoder_widths"].tolist() == [[0.1] * 4] * 2
