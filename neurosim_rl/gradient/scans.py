"""Recurrences over ticks as single operations: PyTorch's bookkeeping for each tick would cost more than the sums.

The loops over ticks are compiled (`neurosim_rl.gradient.compiled_scans`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurosim_rl.gradient import compiled_scans
from neurosim_rl.gradient.surrogates import Surrogate


def _array(tensor: Tensor) -> np.ndarray:
    """Return a tensor's numbers, in place where they lie in order."""
    return tensor.detach().contiguous().numpy()  # type: ignore[no-any-return]


def _copy(tensor: Tensor) -> Tensor:
    """Return a copy in order, for a loop to write to."""
    return tensor.detach().clone(memory_format=torch.contiguous_format)


def _like(tensor: Tensor) -> Tensor:
    return torch.empty(tensor.shape, dtype=tensor.dtype)


def _kept(keep: Tensor | None) -> np.ndarray | None:
    return None if keep is None else _array(keep)


def _number(value: float, like: Tensor) -> Any:
    """Return a number rounded to the tensor's type, as PyTorch rounds it."""
    return np.float32(value) if like.dtype == torch.float32 else np.float64(value)


class SpikingScan(torch.autograd.Function):
    """Spikes of a layer without recurrent synapses, by the equations of :mod:`neurosim_rl.gradient.layers`.

    Takes currents, shape (n_ticks, n_batch, n_neurons), membranes before them, shape (n_batch, n_neurons), keep (0
    where a tick begins from rest; None: nowhere), shape (n_ticks, n_batch, 1), the surrogate's width, shape (), decay,
    threshold and surrogate. Gives spikes, shaped as the currents, and the membranes after the last reset.

    Backward, with x = v - threshold, h the surrogate's slope, and e the gradient of the membrane after the reset of a
    tick, which is v (1 - z)::

        dL/dz = gradient of z - e v,   dL/dv = dL/dz h(x) + e (1 - z),   e of the tick before = decay dL/dv
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
        ctx.save_for_backward(potential, spikes, width, *([] if keep is None else [keep]))
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
        by_width = None if by_step is None else (by_step * ctx.surrogate.by_width(x, width)).sum()
        return by_potential, carried, None, by_width, None, None, None


class LeakyScan(torch.autograd.Function):
    """Membranes of neurons that do not spike: v <- decay v + current.

    Takes currents, membranes before them, keep and decay, as `SpikingScan`. Gives the membranes of all ticks.
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
