"""Recurrences over ticks, compiled: one call for a whole sequence, in the arithmetic that PyTorch has for each tick.

Sums of a number and a product are rounded once, as PyTorch's vectorised ``add`` with ``alpha`` and ``addcmul`` round
them where the processor can; that is what numba is allowed to contract.
"""

from __future__ import annotations

import numpy as np

from neurosim_rl.compilation import compiled

Array = np.ndarray


def _spiking_forward(
    currents: Array,
    membrane: Array,
    keep: Array | None,
    decay: float,
    threshold: float,
    potential: Array,
    spikes: Array,
) -> None:
    """Fill potential and spikes, shaped as the currents; the membranes become those after the last tick."""
    n_ticks, n_batch, n_neurons = currents.shape
    for t in range(n_ticks):
        for b in range(n_batch):
            for k in range(n_neurons):
                before = membrane[b, k]
                if keep is not None:
                    before = before * keep[t, b, 0]
                v = currents[t, b, k] + decay * before
                potential[t, b, k] = v
                fires = v >= threshold
                spikes[t, b, k] = 1 if fires else 0
                membrane[b, k] = 0 if fires else v


def _product(a: float, b: float) -> float:
    return a * b


rounded_product = compiled(_product, fastmath=False)
"""A product that is rounded by itself; unless told, a function that is called is compiled as its caller is."""


def _spiking_backward(
    by_spikes: Array,
    slope: Array,
    potential: Array,
    spikes: Array,
    carried: Array,
    keep: Array | None,
    decay: float,
    one: float,
    by_potential: Array,
    by_step: Array | None,
) -> None:
    """Fill the gradients of potentials and, unless None, of the step; carried becomes that of the first membranes."""
    n_ticks, n_batch, n_neurons = by_spikes.shape
    for t in range(n_ticks - 1, -1, -1):
        for b in range(n_batch):
            for k in range(n_neurons):
                e, v, h, given = carried[b, k], potential[t, b, k], slope[t, b, k], by_spikes[t, b, k]
                if by_step is not None:
                    by_step[t, b, k] = given - rounded_product(e, v)
                through = (one - spikes[t, b, k]) - rounded_product(v, h)
                gradient = rounded_product(given, h) + e * through
                by_potential[t, b, k] = gradient
                e = gradient * decay
                if keep is not None:
                    e = e * keep[t, b, 0]
                carried[b, k] = e


def _leaky_forward(currents: Array, membrane: Array, keep: Array | None, decay: float, potential: Array) -> None:
    """Fill potential, shaped as the currents; the membranes are those before the first tick, and are lost."""
    n_ticks, n_batch, n_neurons = currents.shape
    for t in range(n_ticks):
        for b in range(n_batch):
            for k in range(n_neurons):
                before = membrane[b, k]
                if keep is not None:
                    before = before * keep[t, b, 0]
                v = currents[t, b, k] + decay * before
                potential[t, b, k] = v
                membrane[b, k] = v


def _leaky_backward(given: Array, carried: Array, keep: Array | None, decay: float, by_current: Array) -> None:
    """Fill the gradients of currents; carried, at first 0, becomes that of the membranes before the first tick."""
    n_ticks, n_batch, n_neurons = given.shape
    for t in range(n_ticks - 1, -1, -1):
        for b in range(n_batch):
            for k in range(n_neurons):
                gradient = given[t, b, k] + carried[b, k]
                by_current[t, b, k] = gradient
                e = gradient * decay
                if keep is not None:
                    e = e * keep[t, b, 0]
                carried[b, k] = e


spiking_forward = compiled(_spiking_forward, fastmath={"contract"})
spiking_backward = compiled(_spiking_backward, fastmath={"contract"})
leaky_forward = compiled(_leaky_forward, fastmath={"contract"})
# There is no product in a sum of the same tick, but one of the tick before: it was rounded, and has to be here.
leaky_backward = compiled(_leaky_backward)
