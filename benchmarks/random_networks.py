"""Random networks of everything that the compiled simulator covers, and the same input for both simulators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from benchmarks.random_grids import RandomDelays, RandomGrid, random_delays, random_grid, random_windows
from neurosim_rl.bridge import Currents, Drive, SpikeTrains
from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.simulators import create_simulator
from neurosim_rl.simulators.compiled_neurons import KIND_OF, NEURON_MODELS

MODELS = tuple(model.name for model in NEURON_MODELS if model.module is None)
"""Models that NEST has without a module of ours, which a compiler has to build."""
WINDOW_MS = 20.0
N_WINDOWS = 15
LONGEST_DELAY_MS = 15.0
BATCHES = (1, 3, 5, 20)
FEED_FORWARD = (("in", "mid"), ("mid", "out"), ("in", "out"))
RECURRENT = (*FEED_FORWARD, ("mid", "mid"), ("out", "mid"), ("out", "out"))


@dataclass(frozen=True)
class Case:
    """A batch of random networks with its drives; elements end at random, all but the last.

    Parameters
    ----------
    networks : list of Network
        They share populations and differ in synapses.
    drives : list of Drive
    active : list of int array
    windows_ms : list of float
        Length of each window; empty: `WINDOW_MS` each.
    """

    networks: list[Network]
    drives: list[Drive]
    active: list[np.ndarray]
    windows_ms: list[float] = field(default_factory=list)

    def windows(self) -> Iterator[tuple[Drive, float, np.ndarray]]:
        """Give the drive, the length and the running elements of each window."""
        yield from zip(self.drives, self.windows_ms or [WINDOW_MS] * len(self.drives), self.active, strict=True)


@dataclass(frozen=True)
class Comparison:
    """Two simulators on one case.

    Parameters
    ----------
    networks, spikes : int
        Of NEST.
    spikes_differing : int
        Spikes that only one of the two has.
    membranes, membranes_differing : int
        Values that were compared, and those that differ in any bit, NaN on one side included: of all neurons after all
        steps, and of the output neurons as read after all windows.
    """

    networks: int
    spikes: int
    spikes_differing: int
    membranes: int
    membranes_differing: int


@dataclass(frozen=True)
class Played:
    """What a simulator gave: all spikes, all membranes if recorded, and output membranes after each window."""

    spikes: Spikes
    membranes: Membranes | None
    output_mv: list[np.ndarray]


def random_case(seed: int, models: tuple[str, ...] = MODELS) -> Case:
    """Return a case: any structure, model and drive, on any grid, with windows and delays of any number of steps."""
    rng = np.random.default_rng(seed)
    grid = random_grid(rng, seed)
    spiking, feed_forward, one_delay = rng.random(3) < (0.5, 0.4, 0.3)
    n_batch, own_parameters = int(rng.choice(BATCHES)), rng.random() < 0.5
    shapes = [
        (name, int(rng.integers(2, 40)), models[rng.integers(len(models))], rng.random() < 0.5)
        for name in ("in", "mid", "out")
    ]
    sources = {"in"} if spiking else set()
    shared = _populations(rng, shapes, sources, grid)
    pairs = FEED_FORWARD if feed_forward else RECURRENT if spiking else (*RECURRENT, ("mid", "in"))
    delays = random_delays(rng, grid, LONGEST_DELAY_MS, bool(one_delay))
    networks = []
    for _ in range(n_batch):
        populations = _populations(rng, shapes, sources, grid) if own_parameters else shared
        projections = tuple(_projection(rng, populations, pair, grid, delays) for pair in pairs)
        min_delay_ms = float(grid.ms(delays.slice_steps))
        network = Network(populations, projections, "in", "out", grid.resolution_ms, min_delay_ms)
        networks.append(network.with_modules(_modules(models)))
    return Case(networks, *random_course(rng, grid, networks))


def _modules(models: tuple[str, ...]) -> tuple[NestModule, ...]:
    """Return the modules that have some of these models in NEST."""
    modules = (NEURON_MODELS[KIND_OF[model]].module for model in models)
    return tuple(module for module in modules if module is not None)


def random_course(
    rng: np.random.Generator, grid: RandomGrid, networks: list[Network]
) -> tuple[list[Drive], list[np.ndarray], list[float]]:
    """Return drive, running elements and length of each window; elements end at random, all but the last."""
    steps, repeats = random_windows(rng, N_WINDOWS), rng.random() < 0.3
    ends = np.append(rng.integers(1, N_WINDOWS + 1, len(networks) - 1), N_WINDOWS)
    active = [np.flatnonzero(ends > w) for w in range(N_WINDOWS)]
    drives = [random_drive(rng, networks[0], len(a), n, repeats=repeats) for a, n in zip(active, steps, strict=True)]
    return drives, active, [float(grid.ms(n)) for n in steps]


def _populations(
    rng: np.random.Generator, shapes: list[tuple[str, int, str, bool]], sources: set[str], grid: RandomGrid
) -> tuple[Population, ...]:
    return tuple(
        Population(name, size, SPIKE_SOURCE)
        if name in sources
        else Population(name, size, model, neuron_parameters(rng, model, size, bounded, grid))
        for name, size, model, bounded in shapes
    )


def neuron_parameters(
    rng: np.random.Generator, model: str, size: int, bounded: bool, grid: RandomGrid
) -> dict[str, np.ndarray]:
    """Return random parameters of neurons; some are driven to spike by their resting current."""
    rest, slow = rng.uniform(-75, -60, size), grid.slowness
    refractory_ms = rng.uniform(0, 4, size) * slow  # NEST rounds it up to steps
    if rng.random() < 0.5:
        refractory_ms = grid.ms(np.round(refractory_ms / grid.resolution_ms).astype(np.int64))
    parameters = {
        "tau_m": rng.uniform(5, 30, size) * slow,
        "C_m": rng.uniform(100, 400, size) * slow,
        "t_ref": refractory_ms,
        "E_L": rest,
        "I_e": rng.uniform(-50, 300, size),
        "V_th": rest + rng.uniform(5, 20, size),
        "V_reset": rest - rng.uniform(0, 5, size),
        "V_m": rest + rng.uniform(-3, 4, size),
    }
    covered = NEURON_MODELS[KIND_OF[model]].defaults
    if "tau_syn_ex" in covered:
        for name in ("tau_syn_ex", "tau_syn_in"):
            parameters[name] = rng.uniform(0.5, 8, size) * slow
        if rng.random() < 0.3:
            parameters["tau_syn_ex"] = parameters["tau_m"]
    if bounded and "V_min" in covered:
        parameters["V_min"] = rest - rng.uniform(5, 20, size)
    if "E_L" not in covered:  # its potentials are relative to the resting potential
        relative = {name: parameters[name] - rest for name in ("V_th", "V_m")}
        parameters |= relative | {"V_drop": relative["V_th"] * rng.uniform(0.5, 1.5, size)}
    return {name: value for name, value in parameters.items() if name in covered}


def weight_unit(model: str) -> float:
    """Return a weight that matters to a neuron: 300 pA, or 1 mV where a spike lets the membrane jump."""
    return 1.0 if NEURON_MODELS[KIND_OF[model]].sums_all_weights else 300.0


def _projection(
    rng: np.random.Generator,
    populations: tuple[Population, ...],
    pair: tuple[str, str],
    grid: RandomGrid,
    delays: RandomDelays,
) -> Projection:
    source, target = (next(p for p in populations if p.name == name) for name in pair)
    pre, post = np.nonzero(rng.random((source.size, target.size)) < 0.4)
    weight = rng.normal(0.2, 1, len(pre)) * weight_unit(target.model)
    return Projection(*pair, pre, post, weight, grid.ms(delays.draw(rng, len(pre))))


def random_drive(
    rng: np.random.Generator, network: Network, n_rows: int, n_steps: int, *, repeats: bool = False
) -> Drive:
    """Return random currents, a third of them zero, or spikes of each input in a twentieth of all steps.

    With `repeats`, several spikes of an input may fall into one step.
    """
    if network.is_driven_by_spikes:
        n_spikes = (rng.random((n_rows, network.n_inputs, n_steps)) < 0.05).astype(np.int64)
        if repeats:
            n_spikes *= rng.integers(1, 4, n_spikes.shape)
        row, neuron, step = np.nonzero(n_spikes)
        times = n_spikes[row, neuron, step]
        return SpikeTrains(np.repeat(row, times), np.repeat(neuron, times), np.repeat(step + 1, times), n_rows)
    pa = rng.uniform(-200, 2000, (n_rows, network.n_inputs))
    return Currents(np.where(rng.random(pa.shape) < 0.3, 0.0, pa))


def play(simulator: str, case: Case, *, membranes: bool) -> Played:
    """Play a case, and record its membranes if wanted (without them shortcuts are taken)."""
    output_mv = []
    with create_simulator(simulator) as opened:
        opened.build(case.networks, record_spikes=True, record_membranes=membranes)
        for drive, window_ms, active in case.windows():
            opened.advance(drive, window_ms, active)
            if reaches_output(case.networks):
                output_mv.append(opened.output_mv())
        return Played(opened.spikes(), opened.membranes() if membranes else None, output_mv)


def reaches_output(networks: list[Network]) -> bool:
    """Return whether output neurons have synapses: the compiled simulator lets others sleep, and cannot read them."""
    return any(p.n_synapses > 0 and p.target == n.output for n in networks for p in n.projections)


def compare(case: Case) -> Comparison:
    """Play a case in NEST, and twice in the compiled simulator, with and without recording membranes."""
    reference = play("nest", case, membranes=True)
    recorded, unrecorded = (play("compiled", case, membranes=traced) for traced in (True, False))
    assert reference.membranes is not None
    assert recorded.membranes is not None
    differing = n_unequal(reference.membranes.v_mv, recorded.membranes.v_mv)
    for ours in (recorded, unrecorded):
        for expected, found in zip(reference.output_mv, ours.output_mv, strict=True):
            differing += n_unequal(expected, found)
    return Comparison(
        networks=len(case.networks),
        spikes=len(reference.spikes),
        spikes_differing=n_differing(reference.spikes, recorded.spikes)
        + n_differing(reference.spikes, unrecorded.spikes),
        membranes=reference.membranes.v_mv.size + 2 * sum(v.size for v in reference.output_mv),
        membranes_differing=differing,
    )


def n_unequal(one: np.ndarray, other: np.ndarray) -> int:
    """Return how many values differ in any bit; NaN equals NaN only."""
    if one.shape != other.shape:
        return max(one.size, other.size)
    return int(((one != other) & ~(np.isnan(one) & np.isnan(other))).sum())


def n_differing(one: Spikes, other: Spikes) -> int:
    """Return how many spikes only one of two recordings has; several of a neuron in a step count singly."""
    keys = [np.stack([s.element, s.neuron, s.step], axis=1) for s in (one, other)]
    _, number = np.unique(np.concatenate(keys), axis=0, return_inverse=True)
    n_keys = int(number.max(initial=-1)) + 1
    counts = [np.bincount(part, minlength=n_keys) for part in np.split(number.ravel(), [len(one)])]
    return int(np.abs(counts[0] - counts[1]).sum())
