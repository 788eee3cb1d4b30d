"""The neuron from which a spike subtracts: our compiled one against the one that NESTML generates for NEST."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from benchmarks.random_networks import MODELS, Comparison, compare, random_case
from neurosim_rl.bridge import Currents
from neurosim_rl.errors import ExchangeError, SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.shipped_modules import SUBTRACTIVE, SUBTRACTIVE_MODULE
from neurosim_rl.simulators import create_simulator, nest_modules
from tests.distribution import each_day

MODELS_OF_CASE = ((SUBTRACTIVE,), (*MODELS, SUBTRACTIVE))
"""All populations of that neuron, and any mixture with others."""
ONE = np.zeros(1, np.int64)


@cache
def compared(seed: int) -> Comparison:
    """Return the comparison of a random case."""
    return compare(random_case(seed, MODELS_OF_CASE[seed % 2]))


@pytest.mark.nestml
@pytest.mark.parametrize("seed", each_day(range(60), *range(5)))
def test_random_networks_spike_as_the_generated_neuron_with_the_same_membranes_to_the_last_bit(seed: int) -> None:
    found = compared(seed)
    assert found.spikes_differing == 0
    assert found.membranes_differing == 0


@pytest.mark.nestml
def test_the_random_networks_spike_on_several_grids() -> None:
    assert sum(compared(seed).spikes for seed in range(6)) > 1000
    assert len({random_case(seed, MODELS_OF_CASE[seed % 2]).networks[0].grid for seed in range(6)}) > 3


def one_neuron(**parameters: float) -> Network:
    """Return a single neuron."""
    population = Population("n", 1, SUBTRACTIVE, parameters)
    return Network((population,), (), "n", "n", 0.1, nest_modules=(SUBTRACTIVE_MODULE,))


@pytest.mark.parametrize("silent_ms", [0.0, 0.3])
@pytest.mark.parametrize("simulator", ["compiled", pytest.param("nest", marks=pytest.mark.nestml)])
def test_spikes_are_those_of_a_membrane_by_hand(simulator: str, silent_ms: float) -> None:
    # V = 900 pA * 10 ms / 250 pF = 36 mV at the end of a rise; more than twice what a spike subtracts.
    network = one_neuron(V_th=4.0, V_drop=0.5, t_ref=silent_ms)
    with create_simulator(simulator) as opened:
        opened.build([network], record_spikes=True)
        opened.advance(Currents(np.array([[900.0]])), 40.0, ONE)
        steps = opened.spikes().step.tolist()
    decay, v, expected = np.exp(-0.1 / 10.0), 0.0, list[int]()
    for step in range(1, 401):
        v = v * decay + 36.0 * (1 - decay)
        may_spike = not expected or step - expected[-1] > round(silent_ms / 0.1)
        if may_spike and v >= 4.0:
            v -= 0.5
            expected.append(step)
    assert steps == expected
    assert len(expected) > 50


@pytest.fixture
def unbuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that has built nothing yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    nest_modules._built_library.cache_clear()
    yield
    nest_modules._built_library.cache_clear()


@pytest.mark.usefixtures("unbuilt")
def test_nest_without_a_compiler_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pynestml", reason="needs NESTML (the extra [nestml])")
    monkeypatch.setenv("PATH", "/nowhere")
    said = r"from NESTML: building a module needs .*apt-get install .*'zero'"
    with create_simulator("nest") as simulator, pytest.raises(SimulatorError, match=said):
        simulator.build([one_neuron()])
    # The compiled simulator needs none.
    with create_simulator("compiled") as simulator:
        simulator.build([one_neuron()])


@pytest.mark.usefixtures("unbuilt")
def test_a_source_that_nest_cannot_build_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(files: object) -> None:
        raise ExchangeError("NESTML or the compiler says: no space left.")

    monkeypatch.setattr(nest_modules, "build_module", refuse)
    with create_simulator("nest") as simulator, pytest.raises(SimulatorError, match="no space left"):
        simulator.build([one_neuron()])
