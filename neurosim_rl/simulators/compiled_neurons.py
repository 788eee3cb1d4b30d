"""Neuron models of the compiled simulator: a new one is a line of :data:`NEURON_MODELS`.

Kernels know a model by its *kind*, its place in that list, and name no model. Their loops over neurons and steps are
compiled once for each model, and :func:`by_step` and :func:`by_quiet_step` choose among these loops by kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neurosim_rl.compilation import compiled_by_number
from neurosim_rl.simulators import (
    compiled_iaf_psc_alpha,
    compiled_iaf_psc_delta,
    compiled_iaf_psc_delta_subtractive,
    compiled_iaf_psc_exp,
)
from neurosim_rl.simulators.compiled_lanes import N_SHARED_CONSTANTS, N_SHARED_STATE, inlined
from neurosim_rl.simulators.neuron_model import NeuronModel

NEURON_MODELS: tuple[NeuronModel, ...] = (
    compiled_iaf_psc_alpha.MODEL,
    compiled_iaf_psc_exp.MODEL,
    compiled_iaf_psc_delta.MODEL,
    compiled_iaf_psc_delta_subtractive.MODEL,
)

KIND_OF = {model.name: kind for kind, model in enumerate(NEURON_MODELS)}
"""The kind of each model, by NEST's name."""

SOURCE = -1
"""Kind of a population that emits given spikes: no model of this list."""


def n_state_of(kinds: np.ndarray) -> int:
    """Return how many values the state of a neuron needs, in populations of these kinds."""
    n_own = 0
    for kind in kinds[kinds != SOURCE].tolist():
        n_own = max(n_own, NEURON_MODELS[kind].n_own_state)
    return N_SHARED_STATE + n_own


def n_constants_of(kinds: np.ndarray) -> int:
    """Return how many constants a neuron needs, in populations of these kinds."""
    n_own = 0
    for kind in kinds[kinds != SOURCE].tolist():
        n_own = max(n_own, NEURON_MODELS[kind].n_own_constants)
    return N_SHARED_CONSTANTS + n_own


def never_sleeps(kinds: np.ndarray) -> np.ndarray:
    """Return whether neurons of these kinds are integrated in every step, also without synapses and drive."""
    of_model = np.array([model.quiet_step is None for model in NEURON_MODELS])
    return of_model[kinds] & (kinds != SOURCE)


def sums_all_weights(kinds: np.ndarray) -> np.ndarray:
    """Return whether neurons of these kinds add up all weights, of excitation and of inhibition."""
    of_model = np.array([model.sums_all_weights for model in NEURON_MODELS])
    return of_model[kinds] & (kinds != SOURCE)


def by_step(make_loop: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a function that takes a model's step and returns a loop: make of it one loop that takes a kind first."""
    return compiled_by_number(make_loop, [model.step for model in NEURON_MODELS])


def by_quiet_step(make_loop: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a function that takes a model's quiet step and returns a loop: the same as :func:`by_step`."""
    return compiled_by_number(make_loop, [model.quiet_step or _no_quiet_step for model in NEURON_MODELS])


@inlined
def _no_quiet_step(v: float, drive: float, c: np.ndarray, neuron: int, lane: int) -> float:
    """Hold the place of a quiet step where a model has none: neurons of that model never sleep."""
    return v
