"""Neuron models of the compiled simulator: each is one file, and one line of the registry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import benchmarks
import neurosim_rl
from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.time_grid import TimeGrid
from neurosim_rl.simulators import compiled_neurons, create_simulator
from neurosim_rl.simulators.auto import choose
from neurosim_rl.simulators.compiled_lanes import DRIVE, N_LANES, N_SHARED_CONSTANTS, N_SHARED_STATE, V
from neurosim_rl.simulators.compiled_neurons import NEURON_MODELS, SOURCE, never_sleeps, sums_all_weights
from neurosim_rl.simulators.neuron_constants import neuron_constants
from neurosim_rl.simulators.neuron_model import NeuronModel

SIMULATORS = Path(neurosim_rl.__file__).parent / "simulators"
BENCHMARKS = Path(benchmarks.__file__).parent


def by_name(model: NeuronModel) -> str:
    return model.name


@pytest.mark.parametrize("model", NEURON_MODELS, ids=by_name)
def test_only_its_own_file_and_the_registry_name_a_model(model: NeuronModel) -> None:
    naming = set()
    for path in (*SIMULATORS.glob("*.py"), BENCHMARKS / "random_networks.py", BENCHMARKS / "plastic_networks.py"):
        text = path.read_text()
        if f'"{model.name}"' in text or f"compiled_{model.name}" in text:
            naming.add(path.name)
    assert naming == {f"compiled_{model.name}.py", "compiled_neurons.py"}


@pytest.mark.parametrize("model", NEURON_MODELS, ids=by_name)
def test_a_model_has_as_many_constants_as_it_says(model: NeuronModel) -> None:
    found = neuron_constants(model.name, {}, 3, TimeGrid(100))
    _, own = model.constants(model.defaults, 0.1)
    assert len(own) == model.n_own_constants
    assert found.values.shape == (3, N_SHARED_CONSTANTS + model.n_own_constants)


@pytest.mark.parametrize("model", [m for m in NEURON_MODELS if m.quiet_step is not None], ids=by_name)
def test_a_quiet_step_is_a_step_without_input_to_the_last_bit(model: NeuronModel) -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        parameters = {**model.defaults, "tau_m": rng.uniform(5, 30), "C_m": rng.uniform(100, 400), "V_th": 1e9}
        c = np.repeat(neuron_constants(model.name, parameters, 1, TimeGrid(100)).values, N_LANES, axis=1)
        state = np.zeros((1, (N_SHARED_STATE + model.n_own_state) * N_LANES))
        v, drive = rng.uniform(-10, 20), rng.uniform(-2, 2)
        state[0, V], state[0, DRIVE] = v, drive
        assert model.quiet_step is not None
        quiet = model.quiet_step(v, drive, c, 0, 0)
        model.step(state, 0, c, np.zeros((1, 2 * N_LANES)), 0, 0, 0)
        assert state[0, V] == quiet


def test_spike_sources_have_no_model() -> None:
    kinds = np.array([SOURCE, *range(len(NEURON_MODELS))])
    assert not sums_all_weights(kinds)[0]
    assert not never_sleeps(kinds)[0]


def test_a_model_without_a_quiet_step_never_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    restless = tuple(replace(model, quiet_step=None) for model in NEURON_MODELS)
    monkeypatch.setattr(compiled_neurons, "NEURON_MODELS", restless)
    assert never_sleeps(np.array([0, SOURCE, 1])).tolist() == [True, False, True]


def test_a_model_of_the_same_name_in_a_module_of_the_users_is_played_by_nest() -> None:
    for model in NEURON_MODELS:
        network = Network((Population("n", 2, model.name),), (), "n", "n", 0.1)
        if model.module is None:
            assert choose(network) == "compiled"
            continue
        assert choose(network.with_modules((model.module,))) == "compiled"
        other = replace(model.module, path="/users/own.so")
        assert choose(network.with_modules((other,))) == "nest"
        with pytest.raises(SimulatorError, match=f"has the '{model.name}' of module .* only"):
            create_simulator("compiled").build([network.with_modules((other,))])
