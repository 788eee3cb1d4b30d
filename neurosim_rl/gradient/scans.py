"""Recurrences over ticks as single PyTorch operations, with compiled loops (`neurosim_rl.gradient.compiled_scans`).

With one PyTorch operation for each tick, PyTorch's bookkeeping would cost more than the arithmetic.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurosim_rl.gradient import compiled_scans
from neurosim_rl.gradient.surrogates import Surrogate


def _array(tensor: Tensor) -> np.ndarray:
    """Return the numbers of a tensor as a contiguous array, without a copy if they are contiguous already."""
    return tensor.detach().contiguous().numpy()  # type: ignore[no-any-return]


def _copy(tensor: Tensor) -> Tensor:
    """Return a contiguous copy that a loop may change."""
    return tensor.detach().clone(memory_format=torch.contiguous_format)


def _like(tensor: Tensor) -> Tensor:
    """Return an uninitialised tensor of the same shape and type."""
    return torch.empty(tensor.shape, dtype=tensor.dtype)


def _kept(keep: Tensor | None) -> np.ndarray | None:
    return None if keep is None else _array(keep)


def _number(value: float, like: Tensor) -> Any:
    """Return a number rounded to the tensor's type, as PyTorch rounds constants."""
    return np.float32(value) if like.dtype == torch.float32 else np.float64(value)


class SpikingScan(torch.autograd.Function):
    """Spikes of a layer without recurrent synapses, by the equations of :mod:`neurosim_rl.gradient.layers`.

    Arguments: currents, shape (n_ticks, n_batch, n_neurons); membranes before the first tick, shape (n_batch,
    n_neurons); keep, shape (n_ticks, n_batch, 1), the factor of the membrane before each tick (None = 1); the width of
    the surrogate, shape (); decay, threshold and surrogate. Results: spikes, shaped as the currents, and the membranes
    after the last reset.

    Backward, let x = v - threshold, let h be the slope of the surrogate, and let e be the gradient of the membrane
    after the reset of a tick, v (1 - z)::

        dL/dz = gradient of z - e v,   dL/dv = dL/dz h(x) + e (1 - z),   e of the previous tick = keep decay dL/dv
    """

    @staticmethod
    def forward(
        ctx: Any,
        currents: Tensor,
        membrane: Tensor,
        keep: Tensor | None,
        width: Tensor,
        decay: float,
        threshold: float,
        surrogate: Surrogate,
    ) -> tuple[Tensor, Tensor]:
        """Return spikes and membranes."""
        potential, spikes, membrane = _like(currents), _like(currents), _copy(membrane)
        compiled_scans.spiking_forward(
            _array(currents),
            membrane.numpy(),
            _kept(keep),
            _number(decay, currents),
            _number(threshold, currents),
            potential.numpy(),
            spikes.numpy(),
        )
        saved = [potential, spikes, width]
        if keep is not None:
            saved.append(keep)
        ctx.save_for_backward(*saved)
        ctx.decay, ctx.threshold, ctx.surrogate = decay, threshold, surrogate
        return spikes, membrane

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of currents, membranes and width."""
        by_spikes, by_membrane = gradients
        potential, spikes, width, *rest = ctx.saved_tensors
        keep = rest[0] if rest else None
        x = potential - ctx.threshold
        by_potential, carried = _like(potential), _copy(by_membrane)
        # The gradient of the width is the sum of dL/dz times the derivative of the curve, for a learned width only.
        by_step = _like(potential) if ctx.needs_input_grad[3] else None
        compiled_scans.spiking_backward(
            _array(by_spikes),
            _array(ctx.surrogate.slope(x, width)),
            _array(potential),
            _array(spikes),
            carried.numpy(),
            _kept(keep),
            _number(ctx.decay, potential),
            _number(1.0, potential),
            by_potential.numpy(),
            None if by_step is None else by_step.numpy(),
        )
        by_width = None
        if by_step is not None:
            by_width = (by_step * ctx.surrogate.by_width(x, width)).sum()
        return by_potential, carried, None, by_width, None, None, None


class LeakyScan(torch.autograd.Function):
    """Membranes of neurons that do not spike: v <- decay v + current.

    Arguments: currents, membranes before the first tick, keep and decay, as for `SpikingScan`. Result: the membranes of
    all ticks.
    """

    @staticmethod
    def forward(ctx: Any, currents: Tensor, membrane: Tensor, keep: Tensor | None, decay: float) -> Tensor:
        """Return membranes."""
        potential = _like(currents)
        number = _number(decay, currents)
        compiled_scans.leaky_forward(_array(currents), _copy(membrane).numpy(), _kept(keep), number, potential.numpy())
        ctx.keep, ctx.decay = keep, decay
        return potential

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of currents and membranes."""
        (given,) = gradients
        by_current, carried = _like(given), torch.zeros(given.shape[1:], dtype=given.dtype)
        number = _number(ctx.decay, given)
        compiled_scans.leaky_backward(_array(given), carried.numpy(), _kept(ctx.keep), number, by_current.numpy())
        return by_current, carried, None, None
