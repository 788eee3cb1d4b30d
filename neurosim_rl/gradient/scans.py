"""Recurrences over ticks as single operations: PyTorch's bookkeeping for each tick would cost more than the sums."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neurosim_rl.gradient.surrogates import Surrogate


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
        potential = torch.empty_like(currents)
        spiking = torch.empty_like(currents, dtype=torch.bool)
        for t in range(len(currents)):
            if keep is not None:
                membrane = membrane * keep[t]
            v = torch.add(currents[t], membrane, alpha=decay, out=potential[t])
            torch.ge(v, threshold, out=spiking[t])
            membrane = v.masked_fill(spiking[t], 0.0)
        ctx.save_for_backward(potential, spiking, width, *([] if keep is None else [keep]))
        ctx.decay, ctx.threshold, ctx.surrogate = decay, threshold, surrogate
        return spiking.to(currents.dtype), membrane

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of currents, membranes and width."""
        by_spikes, carried = gradients
        potential, spiking, width, *rest = ctx.saved_tensors
        keep = rest[0] if rest else None
        x = potential - ctx.threshold
        slope = ctx.surrogate.slope(x, width)
        direct = by_spikes * slope
        through = torch.where(spiking, 0.0, 1.0).to(x.dtype) - potential * slope
        by_potential, from_later = torch.empty_like(potential), torch.empty_like(potential)
        for t in range(len(potential) - 1, -1, -1):
            from_later[t] = carried
            torch.addcmul(direct[t], carried, through[t], out=by_potential[t])
            carried = by_potential[t] * ctx.decay
            if keep is not None:
                carried = carried * keep[t]
        by_width = None
        if ctx.needs_input_grad[3]:
            by_width = ((by_spikes - from_later * potential) * ctx.surrogate.by_width(x, width)).sum()
        return by_potential, carried, None, by_width, None, None, None


class LeakyScan(torch.autograd.Function):
    """Membranes of neurons that do not spike: v <- decay v + current.

    Takes currents, membranes before them, keep and decay, as `SpikingScan`. Gives the membranes of all ticks.
    """

    @staticmethod
    def forward(ctx: Any, currents: Tensor, membrane: Tensor, keep: Tensor | None, decay: float) -> Tensor:
        """Return membranes."""
        potential = torch.empty_like(currents)
        for t in range(len(currents)):
            if keep is not None:
                membrane = membrane * keep[t]
            membrane = torch.add(currents[t], membrane, alpha=decay, out=potential[t])
        ctx.keep, ctx.decay = keep, decay
        return potential

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of currents and membranes."""
        (given,) = gradients
        by_current = torch.empty_like(given)
        carried = torch.zeros_like(given[0])
        for t in range(len(given) - 1, -1, -1):
            torch.add(given[t], carried, out=by_current[t])
            carried = by_current[t] * ctx.decay
            if ctx.keep is not None:
                carried = carried * ctx.keep[t]
        return by_current, carried, None, None
