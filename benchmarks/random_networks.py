"""Random networks of everything that the compiled simulator covers, and the same input for both simulators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.bridge import Currents, Drive, SpikeTrains
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.simulators import create_simulator
from neurosim_rl.simulators.compiled_neurons import KIND_OF, NEURON_MODELS

MODELS = tuple(KIND_OF)
RESOLUTIONS_MS = (0.1, 0.2, 0.5, 1.0)
WINDOW_MS = 20.0
N_WINDOWS = 15
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
    """

    networks: list[Network]
    drives: list[Drive]
    active: list[np.ndarray]


@dataclass(frozen=True)
class Comparison:
    """Two simulators on one case: spikes of NEST, those that only one of them has, largest membrane difference."""

    networks: int
    spikes: int
    spikes_differing: int
    largest_mv: float


def random_case(seed: int) -> Case:
    """Return a case: any structure, model, drive and resolution, delays from one step to 15 ms."""
    rng = np.random.default_rng(seed)
    resolution_ms = RESOLUTIONS_MS[seed % len(RESOLUTIONS_MS)]
    spiking, feed_forward, one_delay = rng.random(3) < (0.5, 0.4, 0.3)
    n_batch, own_parameters = int(rng.choice(BATCHES)), rng.random() < 0.5
    shapes = [
        (name, int(rng.integers(2, 40)), MODELS[rng.integers(len(MODELS))], rng.random() < 0.5)
        for name in ("in", "mid", "out")
    ]
    sources = {"in"} if spiking else set()
    shared = _populations(rng, shapes, sources, resolution_ms)
    pairs = FEED_FORWARD if feed_forward else RECURRENT if spiking else (*RECURRENT, ("mid", "in"))
    delay_ms = 5 * resolution_ms if one_delay else None
    networks = []
    for _ in range(n_batch):
        populations = _populations(rng, shapes, sources, resolution_ms) if own_parameters else shared
        projections = tuple(_projection(rng, populations, pair, resolution_ms, delay_ms) for pair in pairs)
        min_delay_ms = resolution_ms if delay_ms is None else delay_ms
        networks.append(Network(populations, projections, "in", "out", resolution_ms, min_delay_ms))
    ends = np.append(rng.integers(1, N_WINDOWS + 1, n_batch - 1), N_WINDOWS)
    active = [np.flatnonzero(ends > w) for w in range(N_WINDOWS)]
    return Case(networks, [random_drive(rng, networks[0], len(a)) for a in active], active)


def _populations(
    rng: np.random.Generator, shapes: list[tuple[str, int, str, bool]], sources: set[str], resolution_ms: float
) -> tuple[Population, ...]:
    return tuple(
        Population(name, size, SPIKE_SOURCE)
        if name in sources
        else Population(name, size, model, neuron_parameters(rng, model, size, bounded, resolution_ms))
        for name, size, model, bounded in shapes
    )


def neuron_parameters(
    rng: np.random.Generator, model: str, size: int, bounded: bool, resolution_ms: float
) -> dict[str, np.ndarray]:
    """Return random parameters of neurons; some are driven to spike by their resting current."""
    rest = rng.uniform(-75, -60, size)
    parameters = {
        "tau_m": rng.uniform(5, 30, size),
        "C_m": rng.uniform(100, 400, size),
        "t_ref": np.round(rng.uniform(0, 4, size) / resolution_ms) * resolution_ms,
        "E_L": rest,
        "I_e": rng.uniform(-50, 300, size),
        "V_th": rest + rng.uniform(5, 20, size),
        "V_reset": rest - rng.uniform(0, 5, size),
        "V_m": rest + rng.uniform(-3, 4, size),
    }
    covered = NEURON_MODELS[KIND_OF[model]].defaults
    if "tau_syn_ex" in covered:
        parameters |= {"tau_syn_ex": rng.uniform(0.5, 8, size), "tau_syn_in": rng.uniform(0.5, 8, size)}
        if rng.random() < 0.3:
            parameters["tau_syn_ex"] = parameters["tau_m"]
    if bounded and "V_min" in covered:
        parameters["V_min"] = rest - rng.uniform(5, 20, size)
    return parameters


def weight_unit(model: str) -> float:
    """Return a weight that matters to a neuron: 300 pA, or 1 mV where a spike lets the membrane jump."""
    return 1.0 if NEURON_MODELS[KIND_OF[model]].sums_all_weights else 300.0


def _projection(
    rng: np.random.Generator,
    populations: tuple[Population, ...],
    pair: tuple[str, str],
    resolution_ms: float,
    delay_ms: float | None,
) -> Projection:
    source, target = (next(p for p in populations if p.name == name) for name in pair)
    pre, post = np.nonzero(rng.random((source.size, target.size)) < 0.4)
    weight = rng.normal(0.2, 1, len(pre)) * weight_unit(target.model)
    steps = np.maximum(np.round(rng.uniform(0, 15, len(pre)) / resolution_ms), 1)
    delays = steps * resolution_ms if delay_ms is None else np.full(len(pre), delay_ms)
    return Projection(*pair, pre, post, weight, delays)


def random_drive(rng: np.random.Generator, network: Network, n_rows: int, window_ms: float = WINDOW_MS) -> Drive:
    """Return random currents, a third of them zero, or spikes of each input in a twentieth of all steps."""
    n_inputs, n_steps = network.n_inputs, round(window_ms / network.resolution_ms)
    if network.population(network.input).is_source:
        row, neuron, step = np.nonzero(rng.random((n_rows, n_inputs, n_steps)) < 0.05)
        return SpikeTrains(row, neuron, step + 1, n_rows)
    pa = rng.uniform(-200, 2000, (n_rows, n_inputs))
    return Currents(np.where(rng.random(pa.shape) < 0.3, 0.0, pa))


def play(simulator: str, case: Case, *, membranes: bool) -> tuple[Spikes, Membranes | None]:
    """Return all spikes of a case, and its membranes if wanted (without them shortcuts are taken)."""
    with create_simulator(simulator) as opened:
        opened.build(case.networks, record_spikes=True, record_membranes=membranes)
        for drive, active in zip(case.drives, case.active, strict=True):
            opened.advance(drive, WINDOW_MS, active)
        return opened.spikes(), opened.membranes() if membranes else None


def compare(case: Case) -> Comparison:
    """Play a case in NEST, and twice in the compiled simulator, with and without recording membranes."""
    reference, nest_mv = play("nest", case, membranes=True)
    recorded, compiled_mv = play("compiled", case, membranes=True)
    unrecorded, _ = play("compiled", case, membranes=False)
    assert nest_mv is not None
    assert compiled_mv is not None
    n_times = min(nest_mv.v_mv.shape[2], compiled_mv.v_mv.shape[2])
    difference = np.abs(nest_mv.v_mv[..., :n_times] - compiled_mv.v_mv[..., :n_times])
    return Comparison(
        networks=len(case.networks),
        spikes=len(reference),
        spikes_differing=n_differing(reference, recorded) + n_differing(reference, unrecorded),
        largest_mv=float(np.nanmax(difference)),
    )


def n_differing(one: Spikes, other: Spikes) -> int:
    """Return how many spikes only one of two recordings has."""
    keys = [np.stack([s.element, s.neuron, s.step], axis=1) for s in (one, other)]
    common = set(map(tuple, keys[0].tolist())) & set(map(tuple, keys[1].tolist()))
    return len(one) + len(other) - 2 * len(common)
