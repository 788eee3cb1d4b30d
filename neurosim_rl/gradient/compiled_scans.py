"""Recurrences over ticks, compiled: one call for a whole sequence, with PyTorch's arithmetic of each tick.

PyTorch's vectorised ``add`` with ``alpha`` and ``addcmul`` round a sum of a number and a product only once, if the
processor can (fused multiply-add). So numba may contract these sums as well (``fastmath={"contract"}``), but no others.
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
    """Write potentials and spikes, shaped as the currents; `membrane` becomes the membranes after the last tick."""
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
"""A product with a rounding of its own. It is compiled separately: an inlined product would be contracted."""


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
    """Write the gradients of potentials and, unless None, of spikes before the surrogate (`by_step`).

    `carried` holds the gradient of the membranes after the last tick and becomes that of the first membranes. The
    equations are those of `neurosim_rl.gradient.scans.SpikingScan`.
    """
    n_ticks, n_batch, n_neurons = by_spikes.shape
    # Backwards in time: e of a tick comes from the tick after it.
    for t in range(n_ticks - 1, -1, -1):
        for b in range(n_batch):
            for k in range(n_neurons):
                e, v, h, given = carried[b, k], potential[t, b, k], slope[t, b, k], by_spikes[t, b, k]
                if by_step is not None:
                    by_step[t, b, k] = given - rounded_product(e, v)
                # dL/dv = (given - e v) h + e (1 - z), summed in the order of PyTorch's automatic differentiation.
                through = (one - spikes[t, b, k]) - rounded_product(v, h)
                gradient = rounded_product(given, h) + e * through
                by_potential[t, b, k] = gradient
                e = gradient * decay
                if keep is not None:
                    e = e * keep[t, b, 0]
                carried[b, k] = e


def _leaky_forward(currents: Array, membrane: Array, keep: Array | None, decay: float, potential: Array) -> None:
    """Write potentials, shaped as the currents; `membrane` holds those before the first tick and is overwritten."""
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
    """Write the gradients of currents; `carried`, 0 at first, becomes that of the membranes before the first tick."""
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
# No contraction here: the product in the sum belongs to the previous tick, where PyTorch rounds it separately.
leaky_backward = compiled(_leaky_backward)
