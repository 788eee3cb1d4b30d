"""Constants of neurons in the compiled simulator, computed from NEST's parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.randomness import is_random_node
from neurosim_rl.networks.time_grid import TimeGrid
from neurosim_rl.simulators.compiled_neurons import KIND_OF, NEURON_MODELS, SOURCE
from neurosim_rl.simulators.neuron_model import NeuronModel


@dataclass(frozen=True)
class NeuronConstants:
    """Constants of some neurons. Potentials are relative to E_L.

    Parameters
    ----------
    values : array, shape (n_neurons, n_constants)
        In the order of the columns that the kernels read (:mod:`compiled_lanes`), zero behind a model's last.
    rest_mv : array, shape (n_neurons,)
        E_L.
    initial_mv : array, shape (n_neurons,)
        Membrane potential at the beginning.
    drive_mv : array, shape (n_neurons,)
        What ``I_e`` adds to the membrane in each step.
    """

    values: np.ndarray = field(repr=False)
    rest_mv: np.ndarray = field(repr=False)
    initial_mv: np.ndarray = field(repr=False)
    drive_mv: np.ndarray = field(repr=False)


_BACKGROUND = " Or let the package draw background spikes, for any simulator: background.name = 'poisson'."


def kind_of(population: Population) -> int:
    """Return the kind of a population's neurons.

    Raises
    ------
    SimulatorError
        For a model that is not covered.
    """
    if population.is_source:
        return SOURCE
    if population.model not in KIND_OF:
        raise SimulatorError(
            f"the compiled simulator has no {population.model!r}, only {', '.join(KIND_OF)}. Use --simulator nest."
            f"{_BACKGROUND if is_random_node(population.model, population.parameters) else ''}"
        )
    return KIND_OF[population.model]


def check_modules(populations: Sequence[Population], modules: Sequence[NestModule]) -> None:
    """Raise unless models that NEST has by a module come from the one that is covered.

    Raises
    ------
    SimulatorError
        For a module of the user's own with a model of the same name.
    """
    for population in populations:
        kind = kind_of(population)
        if kind == SOURCE:
            continue
        needed = NEURON_MODELS[kind].module
        if needed is not None and needed not in modules:
            raise SimulatorError(
                f"the compiled simulator has the {population.model!r} of module {needed.name!r} only, which the "
                "network does not have. Use --simulator nest."
            )


def kinds_of(populations: Sequence[Population]) -> np.ndarray:
    """Return the kind of each population's neurons (see :func:`kind_of`)."""
    return np.array([kind_of(p) for p in populations])


def constants_of(populations: Sequence[Population], n_constants: int, grid: TimeGrid) -> NeuronConstants:
    """Return the constants of all neurons of some populations; zeros for spike sources.

    Raises
    ------
    SimulatorError
        For a model or parameter that is not covered.
    """
    n_neurons = sum(p.size for p in populations)
    values, others = np.zeros((n_neurons, n_constants)), np.zeros((3, n_neurons))
    first = 0
    for population in populations:
        last = first + population.size
        if not population.is_source:
            found = neuron_constants(population.model, population.parameters, population.size, grid)
            values[first:last, : found.values.shape[1]] = found.values
            others[:, first:last] = found.rest_mv, found.initial_mv, found.drive_mv
        first = last
    return NeuronConstants(values, *others)


def neuron_constants(
    model: str, parameters: Mapping[str, float | np.ndarray], size: int, grid: TimeGrid
) -> NeuronConstants:
    """Return the constants of a population's neurons.

    Raises
    ------
    SimulatorError
        For a parameter that is not covered.
    """
    # Arrays cannot be keys of a cache, their bytes can.
    keys = sorted(parameters)
    for key in keys:
        if np.ndim(parameters[key]) > 1:
            raise SimulatorError(
                f"the compiled simulator does not cover {key!r} of {model}: it is a list. Use --simulator nest."
            )
    values = [np.asarray(parameters[key], np.float64).tobytes() for key in keys]
    return _population(model, tuple(zip(keys, values, strict=True)), size, grid)


@lru_cache(maxsize=1024)
def _population(model: str, values: tuple[tuple[str, bytes], ...], size: int, grid: TimeGrid) -> NeuronConstants:
    """Return the same, computed once for all populations that are alike (in evolution most are)."""
    defaults = NEURON_MODELS[KIND_OF[model]].defaults
    chosen: dict[str, float | np.ndarray] = dict(defaults)
    for key, value in values:
        if key not in defaults:
            raise SimulatorError(
                f"the compiled simulator does not cover {key!r} of {model}, only {', '.join(sorted(defaults))}. "
                "Use --simulator nest."
            )
        chosen[key] = np.frombuffer(value)
    table = np.empty((size, len(chosen)))
    for column, parameter in enumerate(chosen.values()):
        table[:, column] = parameter
    values_of, others_of = [], []
    for row in table.tolist():
        neuron_values, neuron_others = _one_neuron(model, tuple(row), grid)
        values_of.append(neuron_values)
        others_of.append(neuron_others)
    return NeuronConstants(np.array(values_of), *np.array(others_of).T)


@lru_cache(maxsize=4096)
def _one_neuron(
    model: str, row: tuple[float, ...], grid: TimeGrid
) -> tuple[tuple[float, ...], tuple[float, float, float]]:
    """Return the constants of one neuron; then E_L, its initial potential and the drive by ``I_e``."""
    described: NeuronModel = NEURON_MODELS[KIND_OF[model]]
    p = dict(zip(described.defaults, row, strict=True))
    rest_mv = p.get("E_L", 0.0)
    current, own = described.constants(p, grid.step_ms)
    # NEST's neurons know potentials relative to E_L only, and subtract it once, here as there.
    reset = p["V_drop"] if "V_drop" in p else p["V_reset"] - rest_mv
    theta, minimum = p["V_th"] - rest_mv, p.get("V_min", -math.inf) - rest_mv
    shared = (current, theta, reset, float(grid.refractory_steps(p["t_ref"])), minimum)
    return (*shared, *own), (rest_mv, p["V_m"] - rest_mv, current * p["I_e"])
