"""Adam on all parameters as one array: with many small arrays, the number of operations costs more than the numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

ALIGNED = 16
"""Alignment of each array in numbers of 4 bytes: 64 bytes, as for a separate array.

Vectorised products may be rounded differently at other addresses.
"""
MOMENTS = ("exp_avg", "exp_avg_sq")


class JoinedAdam(torch.optim.Adam):
    """PyTorch's Adam with the same results; parameters are views of one array, and their gradients of another.

    Parameters without a gradient stay unchanged.

    Parameters
    ----------
    parameters : iterable of Parameter
        Parameters of one type in main memory; parameters that are not trained are left out.
    lr : float
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        trained = [p for p in parameters if p.requires_grad]
        self._slices: dict[nn.Parameter, slice] = {}
        begin = 0
        for p in trained:
            self._slices[p] = slice(begin, begin + p.numel())
            begin += math.ceil(p.numel() / ALIGNED) * ALIGNED
        self._joined = nn.Parameter(torch.zeros(begin, dtype=trained[0].dtype))
        self._joined.grad = torch.zeros_like(self._joined)
        for p in trained:
            self._part(self._joined.data, p).copy_(p.data)
            p.data, p.grad = self._part(self._joined.data, p), self._part(self._joined.grad, p)
        super().__init__([self._joined], lr=lr)

    def _part(self, joined: Tensor, parameter: nn.Parameter) -> Tensor:
        """Return the part of a joined array that belongs to a parameter, as a view."""
        return joined[self._slices[parameter]].view(parameter.shape)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradients to 0. Setting them to None, as is usual, would separate them from the joined array."""
        assert self._joined.grad is not None
        self._joined.grad.zero_()

    def moments(self, parameter: nn.Parameter) -> dict[str, Tensor]:
        """Return ``step``, ``exp_avg`` and ``exp_avg_sq`` of a parameter; an empty dictionary before the first step."""
        state = self.state.get(self._joined, {})
        if not state or parameter not in self._slices:
            return {}
        moments = {"step": state["step"]}
        for name in MOMENTS:
            moments[name] = self._part(state[name], parameter)
        return moments

    def load_moments(self, parameter: nn.Parameter, moments: dict[str, Tensor]) -> None:
        """Set the result of `moments`; all parameters share the number of steps."""
        state = self.state[self._joined]
        if not state:
            state.update({name: torch.zeros_like(self._joined.data) for name in MOMENTS})
        state["step"] = moments["step"]
        for name in MOMENTS:
            self._part(state[name], parameter).copy_(moments[name])
