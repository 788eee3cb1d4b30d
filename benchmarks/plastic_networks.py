"""Random plastic networks, some of whose weights are also set after windows, and how two simulators differ on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.random_networks import (
    FEED_FORWARD,
    MODELS,
    RECURRENT,
    RESOLUTIONS_MS,
    Case,
    n_differing,
    neuron_parameters,
    random_drive,
    weight_unit,
)
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.synapses import STATIC, STDP
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.simulators import create_simulator

WINDOWS_MS = (20.0, 50.0, 7.0)
N_WINDOWS = 15
BATCHES = (1, 2, 5, 17)
EXPONENTS = (0.0, 1.0, 0.4)
"""Additive and multiplicative weight dependence, and a power law."""


@dataclass(frozen=True)
class PlasticCase(Case):
    """A random case whose networks learn.

    Parameters
    ----------
    window_ms : float
    factors : list of dict
        After each window: by what the weights of some projections are multiplied, shape (n_rows, 1).
    """

    window_ms: float
    factors: list[dict[int, np.ndarray]]


@dataclass(frozen=True)
class PlasticComparison:
    """Two simulators on one case: NEST's spikes, those that only one has, and the weights after all windows.

    Parameters
    ----------
    networks, spikes, spikes_differing : int
    synapses, synapses_changed : int
        Plastic synapses, and those of them whose weight is not the first one any more.
    largest_relative : float
        Largest difference of a weight over its value in NEST, after any window.
    """

    networks: int
    spikes: int
    spikes_differing: int
    synapses: int
    synapses_changed: int
    largest_relative: float


def random_plastic_case(seed: int) -> PlasticCase:
    """Return a case: static and plastic projections, any model, delays from one step to 8 ms, elements that end."""
    rng = np.random.default_rng(seed)
    resolution_ms = RESOLUTIONS_MS[seed % len(RESOLUTIONS_MS)]
    spiking, own_parameters, sets_weights, one_delay = rng.random(4) < (0.3, 0.5, 0.5, 0.3)
    feed_forward = rng.random() < 0.2  # static, and its weights are set: simulated population after population
    if feed_forward:
        sets_weights = one_delay = True
    n_batch, window_ms = int(rng.choice(BATCHES)), float(rng.choice(WINDOWS_MS))
    shapes = [(name, int(rng.integers(2, 20)), MODELS[rng.integers(len(MODELS))]) for name in ("in", "mid", "out")]
    pairs = FEED_FORWARD if feed_forward else RECURRENT if spiking else (*RECURRENT, ("mid", "in"))
    may_learn = [not feed_forward and not (spiking and source == "in") for source, _ in pairs]
    kinds = [
        (*pair, may and rng.random() < 0.7, rng.random() < 0.7) for pair, may in zip(pairs, may_learn, strict=True)
    ]
    # Longer than a step: slices of several steps, which windows of 7 ms may cut.
    min_delay_ms = resolution_ms * int(rng.integers(1, 6))
    shared = _populations(rng, shapes, spiking, resolution_ms)
    networks = []
    for _ in range(n_batch):
        populations = _populations(rng, shapes, spiking, resolution_ms) if own_parameters else shared
        projections = tuple(
            _projection(rng, populations, kind, resolution_ms, min_delay_ms, one_delay) for kind in kinds
        )
        networks.append(Network(populations, projections, "in", "out", resolution_ms, min_delay_ms))
    ends = np.append(rng.integers(1, N_WINDOWS + 1, n_batch - 1), N_WINDOWS)
    active = [np.flatnonzero(ends > w) for w in range(N_WINDOWS)]
    drives = [random_drive(rng, networks[0], len(a), window_ms) for a in active]
    return PlasticCase(
        networks, drives, active, window_ms, [_factors(rng, kinds, len(a), sets_weights) for a in active]
    )


def _populations(
    rng: np.random.Generator, shapes: list[tuple[str, int, str]], spiking: bool, resolution_ms: float
) -> tuple[Population, ...]:
    populations = []
    for name, size, model in shapes:
        parameters = neuron_parameters(rng, model, size, False, resolution_ms) | {"tau_minus": rng.uniform(5, 60, size)}
        is_source = spiking and name == "in"
        populations.append(
            Population(name, size, SPIKE_SOURCE) if is_source else Population(name, size, model, parameters)
        )
    return tuple(populations)


def _projection(
    rng: np.random.Generator,
    populations: tuple[Population, ...],
    kind: tuple[str, str, bool, bool],
    resolution_ms: float,
    min_delay_ms: float,
    one_delay: bool,
) -> Projection:
    source_name, target_name, is_plastic, excites = kind
    source, target = (next(p for p in populations if p.name == name) for name in (source_name, target_name))
    pre, post = np.nonzero(rng.random((source.size, target.size)) < 0.4)
    unit = weight_unit(target.model)
    steps = np.maximum(np.round(rng.uniform(0, 8, len(pre)) / resolution_ms), round(min_delay_ms / resolution_ms))
    delays = np.full(len(pre), min_delay_ms) if one_delay else steps * resolution_ms
    if not is_plastic:
        return Projection(source_name, target_name, pre, post, rng.normal(0.2, 1, len(pre)) * unit, delays)
    sign = 1.0 if excites else -1.0
    parameters: dict[str, float | np.ndarray] = {
        "tau_plus": rng.uniform(5, 40),
        "lambda": rng.uniform(0.001, 0.2),
        "alpha": rng.uniform(0.3, 2),
        "mu_plus": float(rng.choice(EXPONENTS)),
        "mu_minus": float(rng.choice(EXPONENTS)),
        "Wmax": sign * 3 * unit,
    }
    if rng.random() < 0.5:  # each synapse its own
        parameters["tau_plus"] = rng.uniform(5, 40, len(pre))
        parameters["Wmax"] = sign * rng.uniform(2, 4, len(pre)) * unit
    weights = sign * rng.uniform(0.1, 2, len(pre)) * unit
    return Projection(source_name, target_name, pre, post, weights, delays, STDP, parameters)


def _factors(
    rng: np.random.Generator, kinds: list[tuple[str, str, bool, bool]], n_rows: int, sets_weights: bool
) -> dict[int, np.ndarray]:
    chosen = np.flatnonzero(rng.random(len(kinds)) < 0.3) if sets_weights else np.zeros(0, np.int64)
    return {int(k): rng.uniform(0.8, 1.2, (n_rows, 1)) for k in chosen}


def play_plastic(simulator: str, case: PlasticCase) -> tuple[Spikes, list[list[list[np.ndarray]]]]:
    """Return all spikes of a case, and the weights after each window."""
    trajectory = []
    with create_simulator(simulator) as opened:
        opened.build(case.networks, record_spikes=True, sets_weights=any(case.factors))
        for drive, active, factors in zip(case.drives, case.active, case.factors, strict=True):
            opened.advance(drive, case.window_ms, active)
            weights = opened.weights_pa()
            trajectory.append(weights)
            for k, factor in factors.items():
                opened.set_weights_pa(k, _scaled(case, k, [weights[e][k] for e in active], factor))
        return opened.spikes(), trajectory


def _scaled(case: PlasticCase, projection: int, weights: list[np.ndarray], factor: np.ndarray) -> list[np.ndarray]:
    """Return weights times a factor a row; inhibitory plastic ones keep their sign, as 0 counts as positive."""
    described = case.networks[0].projections[projection]
    inhibits = described.synapse != STATIC and np.any(np.asarray(described.parameters["Wmax"]) < 0)
    scaled = [w * f for w, f in zip(weights, factor, strict=True)]
    return [np.minimum(w, -1e-3) for w in scaled] if inhibits else scaled


def compare_plastic(case: PlasticCase) -> PlasticComparison:
    """Play a case in both simulators."""
    spikes, reference = play_plastic("nest", case)
    ours, compiled = play_plastic("compiled", case)
    is_plastic = [p.synapse != STATIC for p in case.networks[0].projections]
    first = [[p.weight_pa for p in n.projections] for n in case.networks]
    pairs = [(_flat(a), _flat(b)) for a, b in zip(reference, compiled, strict=True)]
    plastic = np.concatenate([np.full(len(w), p) for e in first for w, p in zip(e, is_plastic, strict=True)])
    changed = plastic & (_flat(reference[-1]) != _flat(first))
    return PlasticComparison(
        networks=len(case.networks),
        spikes=len(spikes),
        spikes_differing=n_differing(spikes, ours),
        synapses=int(plastic.sum()),
        synapses_changed=int(changed.sum()),
        largest_relative=max(_relative(a, b) for a, b in pairs),
    )


def _flat(weights: list[list[np.ndarray]]) -> np.ndarray:
    return np.concatenate([w for element in weights for w in element])


def _relative(expected: np.ndarray, actual: np.ndarray) -> float:
    """Return the largest difference over the value; infinite where only one is zero or one is NaN."""
    differs = ~(expected == actual)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.abs(actual - expected)[differs] / np.abs(expected)[differs]
    return float(np.nan_to_num(relative, nan=np.inf, posinf=np.inf).max(initial=0.0))
