"""The NEST simulator against plain NEST, and against itself in other batches and windows."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.bridge import Currents, SpikeTrains
from neurosim_rl.bridge.drive import Drive
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.simulators import Simulator

PLAIN_NEST = Path(__file__).with_name("plain_nest.py")
WINDOW_MS, N_WINDOWS, N_ELEMENTS = 10.0, 6, 3
N_INPUTS, N_HIDDEN, N_OUTPUTS = 4, 5, 3
PARAMETERS = {"t_ref": 1.0, "tau_m": 12.0}


@dataclass(frozen=True)
class Scenario:
    """A random network for each element, and a drive for each element and window."""

    networks: list[Network]
    currents: np.ndarray | None = None
    spikes: np.ndarray | None = None

    def drive(self, window: int, active: np.ndarray) -> Drive:
        if self.currents is not None:
            return Currents(self.currents[window, active])
        assert self.spikes is not None
        row, neuron, step = np.nonzero(self.spikes[window, active])
        return SpikeTrains(row, neuron, step + 1, len(active))

    def plain(self, element: int) -> dict[str, Any]:
        """Return one element as the plain script wants it."""
        network = self.networks[element]
        first = network.first_neuron
        return {
            "populations": [(p.model, p.size) for p in network.populations],
            "parameters": PARAMETERS,
            "resolution_ms": network.resolution_ms,
            "window_ms": WINDOW_MS,
            "synapses": [
                (int(first[p.source] + pre), int(first[p.target] + post), weight, delay)
                for p in network.projections
                for pre, post, weight, delay in zip(
                    p.pre, p.post, p.weight_pa.tolist(), p.delay_ms.tolist(), strict=True
                )
            ],
            "windows": [self._plain_drive(window, element) for window in range(N_WINDOWS)],
        }

    def _plain_drive(self, window: int, element: int) -> list[Any]:
        if self.currents is not None:
            return self.currents[window, element].tolist()
        assert self.spikes is not None
        resolution_ms = self.networks[0].resolution_ms
        neuron, step = np.nonzero(self.spikes[window, element])
        times = np.round(window * WINDOW_MS + (step + 1) * resolution_ms, 3)
        return list(zip(neuron.tolist(), times.tolist(), strict=True))


def random_networks(rng: np.random.Generator, input_model: str, delays_ms: list[float] | None) -> list[Network]:
    """Return feed-forward networks with a recurrent hidden layer; no delay list: 1 ms everywhere."""
    populations = (
        Population("in", N_INPUTS, input_model, {} if input_model == SPIKE_SOURCE else PARAMETERS),
        Population("hidden", N_HIDDEN, parameters=PARAMETERS),
        Population("out", N_OUTPUTS, parameters=PARAMETERS),
    )

    def projection(source: Population, target: Population) -> Projection:
        dense = Projection.all_to_all(source.name, target.name, rng.normal(600, 900, (source.size, target.size)), 1.0)
        if delays_ms is None:
            return dense
        delay_ms = rng.choice(delays_ms, dense.n_synapses)
        return Projection(source.name, target.name, dense.pre, dense.post, dense.weight_pa, delay_ms)

    pairs = [(0, 1), (1, 1), (1, 2)]
    return [
        Network(
            populations,
            tuple(projection(populations[a], populations[b]) for a, b in pairs),
            "in",
            "out",
            0.1,
            min_delay_ms=None if delays_ms is None else min(delays_ms),
        )
        for _ in range(N_ELEMENTS)
    ]


@functools.lru_cache(maxsize=1)
def scenarios() -> dict[str, Scenario]:
    rng = np.random.default_rng(12)
    currents = np.where(rng.random((N_WINDOWS, N_ELEMENTS, N_INPUTS)) < 0.4, 0.0, 1.0)
    currents = currents * rng.uniform(300, 3000, currents.shape)
    spikes = rng.random((N_WINDOWS, N_ELEMENTS, N_INPUTS, round(WINDOW_MS / 0.1))) < 0.05
    spikes[..., [0, -1]] |= rng.random((N_WINDOWS, N_ELEMENTS, N_INPUTS, 2)) < 0.5
    delays_ms = [0.3, 1.0, 2.7]
    return {
        "currents": Scenario(random_networks(rng, "iaf_psc_alpha", None), currents=currents),
        "currents, delays": Scenario(random_networks(rng, "iaf_psc_alpha", delays_ms), currents=currents),
        "spikes": Scenario(random_networks(rng, SPIKE_SOURCE, None), spikes=spikes),
        "spikes, delays": Scenario(random_networks(rng, SPIKE_SOURCE, delays_ms), spikes=spikes),
    }


SCENARIOS = ["currents", "currents, delays", "spikes", "spikes, delays"]


@pytest.fixture(scope="module")
def plain_spikes() -> dict[str, list[list[tuple[int, int]]]]:
    """What plain NEST gives, alone in another process, for each scenario and element."""
    jobs = [(name, element) for name in SCENARIOS for element in range(N_ELEMENTS)]
    text = json.dumps([scenarios()[name].plain(element) for name, element in jobs])
    done = subprocess.run([sys.executable, str(PLAIN_NEST)], input=text, capture_output=True, text=True, check=True)
    results = iter(json.loads(done.stdout))
    return {name: [[(n, s) for n, s in next(results)] for _ in range(N_ELEMENTS)] for name in SCENARIOS}


def run(
    simulator: Simulator, scenario: Scenario, elements: list[int], **recording: Any
) -> tuple[np.ndarray, list[list[tuple[int, int]]]]:
    """Return counts (n_windows, n_elements, n_outputs), and spikes of each element as (neuron, step) pairs."""
    chosen = np.array(elements)
    simulator.build([scenario.networks[e] for e in elements], record_spikes=True, **recording)
    active = np.arange(len(elements))
    counts = np.stack([simulator.advance(scenario.drive(w, chosen), WINDOW_MS, active) for w in range(N_WINDOWS)])
    spikes = [simulator.spikes().of(element) for element in active.tolist()]
    return counts, [list(zip(s.neuron.tolist(), s.step.tolist(), strict=True)) for s in spikes]


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_element_of_a_batch_spikes_as_it_does_in_plain_nest(
    nest_simulator: Simulator, plain_spikes: dict[str, list[list[tuple[int, int]]]], name: str
) -> None:
    scenario = scenarios()[name]
    counts, spikes = run(nest_simulator, scenario, list(range(N_ELEMENTS)))
    first = scenario.networks[0].first_neuron
    for element, mine in enumerate(spikes):
        of_neurons = [s for s in mine if scenario.spikes is None or s[0] >= N_INPUTS]
        assert len(of_neurons) > 50
        assert of_neurons == plain_spikes[name][element]
        for window, output in np.ndindex(N_WINDOWS, N_OUTPUTS):
            steps = [s for n, s in plain_spikes[name][element] if n == first["out"] + output]
            assert counts[window, element, output] == sum(window * 100 < step <= (window + 1) * 100 for step in steps)


@pytest.mark.parametrize("name", ["spikes", "spikes, delays"])
def test_spikes_of_sources_are_recorded_at_the_steps_they_were_given(nest_simulator: Simulator, name: str) -> None:
    scenario = scenarios()[name]
    _, spikes = run(nest_simulator, scenario, [0, 1])
    for element in range(2):
        assert scenario.spikes is not None
        window, neuron, step = np.nonzero(scenario.spikes[:, element])
        given = sorted(zip((window * 100 + step + 1).tolist(), neuron.tolist(), strict=True))
        assert [(s, n) for n, s in spikes[element] if n < N_INPUTS] == given


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("elements", [[1], [2, 1], [0, 1, 2, 1, 0, 2, 1]])
def test_an_element_spikes_the_same_in_any_batch(nest_simulator: Simulator, name: str, elements: list[int]) -> None:
    scenario = scenarios()[name]
    counts, spikes = run(nest_simulator, scenario, elements)
    alone_counts, alone_spikes = run(nest_simulator, scenario, [1])
    for place in (p for p, element in enumerate(elements) if element == 1):
        assert spikes[place] == alone_spikes[0]
        np.testing.assert_array_equal(counts[:, place], alone_counts[:, 0])


def test_recording_membranes_does_not_change_spikes(nest_simulator: Simulator) -> None:
    scenario = scenarios()["currents"]
    assert run(nest_simulator, scenario, [0])[1] == run(nest_simulator, scenario, [0], record_membranes=True)[1]


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("n_parts", [2, 5, 100])
def test_state_is_carried_over_so_parts_of_a_window_are_the_window(
    nest_simulator: Simulator, name: str, n_parts: int
) -> None:
    scenario = scenarios()[name]
    active = np.arange(2)
    whole = run(nest_simulator, scenario, [0, 1])
    nest_simulator.build(scenario.networks[:2], record_spikes=True)
    n_steps = 100 // n_parts
    for window in range(N_WINDOWS):
        counts = np.zeros((2, N_OUTPUTS), np.int64)
        for part in range(n_parts):
            drive = scenario.drive(window, active)
            if isinstance(drive, SpikeTrains):
                mine = (drive.step > part * n_steps) & (drive.step <= (part + 1) * n_steps)
                drive = SpikeTrains(drive.row[mine], drive.input[mine], drive.step[mine] - part * n_steps, 2)
            counts += nest_simulator.advance(drive, WINDOW_MS / n_parts, active)
        np.testing.assert_array_equal(counts, whole[0][window])
    spikes = [nest_simulator.spikes().of(element) for element in range(2)]
    assert [list(zip(s.neuron.tolist(), s.step.tolist(), strict=True)) for s in spikes] == whole[1]
