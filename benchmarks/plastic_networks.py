"""Random plastic networks, some of whose weights are also set after windows, and how two simulators differ on them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.random_grids import RandomDelays, RandomGrid, random_delays, random_grid
from benchmarks.random_networks import (
    FEED_FORWARD,
    MODELS,
    RECURRENT,
    Case,
    Played,
    n_differing,
    n_unequal,
    neuron_parameters,
    random_course,
    reaches_output,
    weight_unit,
)
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.synapses import STATIC, STDP
from neurosim_rl.simulators import create_simulator

LONGEST_DELAY_MS = 8.0
BATCHES = (1, 2, 5, 17)
EXPONENTS = (0.0, 1.0, 0.4)
"""Additive and multiplicative weight dependence, and a power law."""


@dataclass(frozen=True)
class PlasticCase(Case):
    """A random case whose networks learn.

    Parameters
    ----------
    factors : list of dict
        After each window: by what the weights of some projections are multiplied, shape (n_rows, 1).
    """

    factors: list[dict[int, np.ndarray]] = field(default_factory=list)


@dataclass(frozen=True)
class PlasticComparison:
    """Two simulators on one case: NEST's spikes, those that only one has, and the weights after all windows.

    Parameters
    ----------
    networks, spikes, spikes_differing : int
    synapses, synapses_changed : int
        Plastic synapses, and those of them whose weight is not the first one any more.
    weights, weights_differing : int
        Weights of all synapses after all windows, and those that differ in any bit.
    membranes_differing : int
        Values of output membranes, as read after each window.
    """

    networks: int
    spikes: int
    spikes_differing: int
    synapses: int
    synapses_changed: int
    weights: int
    weights_differing: int
    membranes_differing: int


def random_plastic_case(seed: int) -> PlasticCase:
    """Return a case: static and plastic projections, any model, on any grid, elements that end."""
    rng = np.random.default_rng([seed, 1])  # other grids than those of the static cases
    grid = random_grid(rng, seed)
    spiking, own_parameters, sets_weights, one_delay = rng.random(4) < (0.3, 0.5, 0.5, 0.3)
    feed_forward = rng.random() < 0.2  # static, and its weights are set: simulated population after population
    if feed_forward:
        sets_weights = one_delay = True
    n_batch = int(rng.choice(BATCHES))
    shapes = [(name, int(rng.integers(2, 20)), MODELS[rng.integers(len(MODELS))]) for name in ("in", "mid", "out")]
    pairs = FEED_FORWARD if feed_forward else RECURRENT if spiking else (*RECURRENT, ("mid", "in"))
    may_learn = [not feed_forward and not (spiking and source == "in") for source, _ in pairs]
    kinds = [
        (*pair, may and rng.random() < 0.7, rng.random() < 0.7) for pair, may in zip(pairs, may_learn, strict=True)
    ]
    delays = random_delays(rng, grid, LONGEST_DELAY_MS, bool(one_delay))
    shared = _populations(rng, shapes, spiking, grid)
    networks = []
    for _ in range(n_batch):
        populations = _populations(rng, shapes, spiking, grid) if own_parameters else shared
        projections = tuple(_projection(rng, populations, kind, grid, delays) for kind in kinds)
        min_delay_ms = float(grid.ms(delays.slice_steps))
        networks.append(Network(populations, projections, "in", "out", grid.resolution_ms, min_delay_ms))
    drives, active, windows_ms = random_course(rng, grid, networks)
    factors = [_factors(rng, kinds, len(a), bool(sets_weights)) for a in active]
    return PlasticCase(networks, drives, active, windows_ms, factors)


def _populations(
    rng: np.random.Generator, shapes: list[tuple[str, int, str]], spiking: bool, grid: RandomGrid
) -> tuple[Population, ...]:
    populations = []
    for name, size, model in shapes:
        parameters = neuron_parameters(rng, model, size, False, grid)
        parameters["tau_minus"] = rng.uniform(5, 60, size) * grid.slowness
        is_source = spiking and name == "in"
        populations.append(
            Population(name, size, SPIKE_SOURCE) if is_source else Population(name, size, model, parameters)
        )
    return tuple(populations)


def _projection(
    rng: np.random.Generator,
    populations: tuple[Population, ...],
    kind: tuple[str, str, bool, bool],
    grid: RandomGrid,
    delays: RandomDelays,
) -> Projection:
    source_name, target_name, is_plastic, excites = kind
    source, target = (next(p for p in populations if p.name == name) for name in (source_name, target_name))
    pre, post = np.nonzero(rng.random((source.size, target.size)) < 0.4)
    unit = weight_unit(target.model)
    delay_ms = grid.ms(delays.draw(rng, len(pre)))
    if not is_plastic:
        return Projection(source_name, target_name, pre, post, rng.normal(0.2, 1, len(pre)) * unit, delay_ms)
    sign = 1.0 if excites else -1.0
    parameters: dict[str, float | np.ndarray] = {
        "tau_plus": rng.uniform(5, 40) * grid.slowness,
        "lambda": rng.uniform(0.001, 0.2),
        "alpha": rng.uniform(0.3, 2),
        "mu_plus": float(rng.choice(EXPONENTS)),
        "mu_minus": float(rng.choice(EXPONENTS)),
        "Wmax": sign * 3 * unit,
    }
    if rng.random() < 0.5:  # each synapse its own
        parameters["tau_plus"] = rng.uniform(5, 40, len(pre)) * grid.slowness
        parameters["Wmax"] = sign * rng.uniform(2, 4, len(pre)) * unit
    weights = sign * rng.uniform(0.1, 2, len(pre)) * unit
    return Projection(source_name, target_name, pre, post, weights, delay_ms, STDP, parameters)


def _factors(
    rng: np.random.Generator, kinds: list[tuple[str, str, bool, bool]], n_rows: int, sets_weights: bool
) -> dict[int, np.ndarray]:
    chosen = np.flatnonzero(rng.random(len(kinds)) < 0.3) if sets_weights else np.zeros(0, np.int64)
    return {int(k): rng.uniform(0.8, 1.2, (n_rows, 1)) for k in chosen}


def play_plastic(simulator: str, case: PlasticCase) -> tuple[Played, list[list[list[np.ndarray]]]]:
    """Return all spikes of a case, its output membranes, and the weights after each window."""
    trajectory, output_mv = [], []
    with create_simulator(simulator) as opened:
        opened.build(case.networks, record_spikes=True, sets_weights=any(case.factors))
        for (drive, window_ms, active), factors in zip(case.windows(), case.factors, strict=True):
            opened.advance(drive, window_ms, active)
            weights = opened.weights_pa()
            trajectory.append(weights)
            for k, factor in factors.items():
                opened.set_weights_pa(k, _scaled(case, k, [weights[e][k] for e in active], factor))
            if reaches_output(case.networks):
                output_mv.append(opened.output_mv())
        return Played(opened.spikes(), None, output_mv), trajectory


def _scaled(case: PlasticCase, projection: int, weights: list[np.ndarray], factor: np.ndarray) -> list[np.ndarray]:
    """Return weights times a factor a row; inhibitory plastic ones keep their sign, as 0 counts as positive."""
    described = case.networks[0].projections[projection]
    inhibits = described.synapse != STATIC and np.any(np.asarray(described.parameters["Wmax"]) < 0)
    scaled = [w * f for w, f in zip(weights, factor, strict=True)]
    return [np.minimum(w, -1e-3) for w in scaled] if inhibits else scaled


def compare_plastic(case: PlasticCase) -> PlasticComparison:
    """Play a case in both simulators."""
    reference, weights = play_plastic("nest", case)
    ours, our_weights = play_plastic("compiled", case)
    is_plastic = [p.synapse != STATIC for p in case.networks[0].projections]
    first = [[p.weight_pa for p in n.projections] for n in case.networks]
    pairs = [(_flat(a), _flat(b)) for a, b in zip(weights, our_weights, strict=True)]
    plastic = np.concatenate([np.full(len(w), p) for e in first for w, p in zip(e, is_plastic, strict=True)])
    changed = plastic & (_flat(weights[-1]) != _flat(first))
    membranes = zip(reference.output_mv, ours.output_mv, strict=True)
    return PlasticComparison(
        networks=len(case.networks),
        spikes=len(reference.spikes),
        spikes_differing=n_differing(reference.spikes, ours.spikes),
        synapses=int(plastic.sum()),
        synapses_changed=int(changed.sum()),
        weights=sum(a.size for a, _ in pairs),
        weights_differing=sum(n_unequal(a, b) for a, b in pairs),
        membranes_differing=sum(n_unequal(a, b) for a, b in membranes),
    )


def _flat(weights: list[list[np.ndarray]]) -> np.ndarray:
    return np.concatenate([w for element in weights for w in element])
