"""Random models: the list of deterministic ones holds for the NEST that is installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import nest
import numpy as np
import pytest
from nest.nestkernel_api import NESTErrors

from benchmarks.noisy_networks import GENERATORS
from neurosim_rl.bridge import Currents
from neurosim_rl.errors import NetworkError, SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.randomness import (
    DETERMINISTIC_NODES,
    DETERMINISTIC_SYNAPSES,
    RANDOM_IF_SET,
    is_random_node,
    is_random_synapse,
)
from neurosim_rl.simulators import Simulator, create_simulator
from neurosim_rl.simulators.nest_kernel import reset
from tests.simulators.networks import ONE, network, projection

PARAMETERS: dict[str, dict[str, Any]] = {
    **{name: {k: np.ravel(v) if np.ndim(v) else v for k, v in values.items()} for name, values in GENERATORS.items()},
    "poisson_generator_ps": {"rate": 900.0},
    "ppd_sup_generator": {"rate": 100.0, "n_proc": 2, "dead_time": 1.0},
    "pulsepacket_generator": {"pulse_times": [5.0], "activity": 10, "sdev": 2.0},
    "sinusoidal_gamma_generator": {"rate": 900.0},
}
"""Parameters that let a generator work."""
FOR_OTHERS = {
    "clopath_synapse",
    "diffusion_connection",
    "gap_junction",
    "sic_connection",
    "stdp_dopamine_synapse",
    "urbanczik_synapse",
}
"""Synapses that NEST does not connect between these neurons; they are deterministic by the source."""


def times(*, of: Callable[[], Any]) -> list[float] | None:
    """Return the spikes of a witness beside some nodes: they change if these draw from the generator of the kernel.

    None: NEST refuses the nodes, or gives up.
    """
    reset()
    nest.rng_seed = 7
    try:
        of()
        witness, recorder = nest.Create("poisson_generator", params={"rate": 20000.0}), nest.Create("spike_recorder")
        nest.Connect(witness, recorder)
        nest.Simulate(30.0)
    except NESTErrors.KernelException:
        return None
    return list(recorder.events["times"])


def drive(node: Any, weight: float) -> None:
    """Let a node be as active as it can: spikes and a current, where it takes them."""
    spikes = nest.Create("spike_generator", params={"spike_times": np.arange(1.0, 29.0)})
    for receptor in (0, 1):
        try:
            nest.Connect(spikes, node, syn_spec={"weight": weight, "receptor_type": receptor})
        except NESTErrors.KernelException:
            continue
        break


def active_node(model: str) -> None:
    node = nest.Create(model, params=PARAMETERS.get(model, {}))
    if node.element_type != "stimulator":
        drive(node, 50.0)
        return
    if model == "spike_dilutor":
        nest.Connect(nest.Create("spike_generator", params={"spike_times": np.arange(1.0, 29.0)}), node)
    for target in ("parrot_neuron", "iaf_psc_alpha"):
        try:
            nest.Connect(node, nest.Create(target))
        except NESTErrors.KernelException:
            continue
        break


def active_synapse(model: str) -> None:
    source, target = nest.Create("parrot_neuron"), nest.Create("iaf_psc_alpha")
    drive(source, 1.0)
    nest.Connect(source, target, syn_spec={"synapse_model": model})


def random_ones(models: list[str], active: Callable[[str], None]) -> tuple[set[str], set[str]]:
    """Return the models that draw random numbers, and those that NEST does not play here."""
    quiet = times(of=lambda: None)
    found, refused = set(), set()
    for model in models:
        seen = times(of=partial(active, model))
        if seen is None:
            refused.add(model)
        elif seen != quiet:
            found.add(model)
    return found, refused


def test_the_nodes_that_draw_random_numbers_are_all_that_are_not_listed(nest_simulator: Simulator) -> None:
    kinds = {model: nest.GetDefaults(model, "element_type") for model in nest.node_models}
    models = [model for model, kind in kinds.items() if kind != "other"]
    found, refused = random_ones(models, active_node)
    assert refused <= {"cm_default"}
    assert found == {model for model in models if is_random_node(model, {})}
    assert set(nest.node_models) >= DETERMINISTIC_NODES


def test_the_synapses_that_draw_random_numbers_are_all_that_are_not_listed(nest_simulator: Simulator) -> None:
    models = list(nest.synapse_models)
    found, refused = random_ones(models, active_synapse)
    assert found == {model for model in models if is_random_synapse(model)} != set()
    families = {model.removesuffix("_lbl").removesuffix("_hpc") for model in refused}
    assert {f for f in families if not f.startswith(("eprop_", "rate_"))} == FOR_OTHERS
    assert set(models) >= DETERMINISTIC_SYNAPSES


@pytest.mark.parametrize("model", RANDOM_IF_SET)
def test_a_soft_threshold_makes_a_neuron_random(nest_simulator: Simulator, model: str) -> None:
    soft = {RANDOM_IF_SET[model]: 1.0, "I_e": 400.0}
    assert is_random_node(model, soft)
    assert not is_random_node(model, {RANDOM_IF_SET[model]: 0.0})
    assert times(of=lambda: nest.Create(model, params=soft)) != times(of=lambda: None)
    assert times(of=lambda: nest.Create(model, params={"I_e": 400.0})) == times(of=lambda: None)


def test_a_model_that_nobody_knows_counts_as_random() -> None:
    assert is_random_node("my_neuron_nestml", {})
    assert is_random_synapse("my_synapse_nestml")


def test_a_current_in_steps_is_a_population_with_lists_of_times_and_values(nest_simulator: Simulator) -> None:
    steps: dict[str, Any] = {
        "amplitude_times": [[1.0, 20.0]],
        "amplitude_values": np.array([[900.0, 0.0], [0.0, 900.0]]),
    }
    populations = Population("in", 1), Population("out", 2), Population("steps", 2, "step_current_generator", steps)
    synapses = projection("steps", "out", [(0, 0, 1.0), (1, 1, 1.0)])
    nest_simulator.build([Network(populations, (synapses,), "in", "out")], record_spikes=True, record_membranes=True)
    first, second = (nest_simulator.advance(Currents(np.zeros((1, 1))), 20.0, ONE)[0] for _ in range(2))
    assert first[0] > 0
    assert first[1] == 0
    assert second[1] > 0
    assert np.isnan(nest_simulator.membranes().v_mv[0, 3:]).all()


@pytest.mark.parametrize("shape", [(3, 2), (2, 1, 1)])
def test_a_list_for_another_number_of_neurons_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(NetworkError, match=r"expected \(\) or \(2,\), or \(1, n_values\)"):
        Population("steps", 2, "step_current_generator", {"amplitude_times": np.ones(shape)})


def test_the_compiled_simulator_refuses_a_list() -> None:
    listed = network(tau_m=np.array([[10.0, 20.0]]))
    with create_simulator("compiled") as simulator, pytest.raises(SimulatorError, match=r"'tau_m' .* it is a list"):
        simulator.build([listed])
