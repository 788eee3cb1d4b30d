"""Adam over all parameters at once: a network of many small arrays pays for each operation, hardly for each number."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

import torch
from torch import Tensor, nn

ALIGNED = 16
"""Each array begins at a multiple of 64 bytes, as one of its own would: products may be rounded otherwise elsewhere."""
MOMENTS = ("exp_avg", "exp_avg_sq")


class JoinedAdam(torch.optim.Adam):
    """PyTorch's Adam, number for number: parameters are moved into one array, and their gradients into another.

    Parameters that get no gradient stay what they are.

    Parameters
    ----------
    parameters : iterable of Parameter
        All of one type, in main memory; those that are not learned are left out.
    lr : float
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        learned = [p for p in parameters if p.requires_grad]
        ends = list(accumulate(-(-p.numel() // ALIGNED) * ALIGNED for p in learned))
        self._slices = {p: slice(end, end + p.numel()) for p, end in zip(learned, [0, *ends[:-1]], strict=True)}
        self._joined = nn.Parameter(torch.zeros(ends[-1], dtype=learned[0].dtype))
        self._joined.grad = torch.zeros_like(self._joined)
        for p in learned:
            self._part(self._joined.data, p).copy_(p.data)
            p.data, p.grad = self._part(self._joined.data, p), self._part(self._joined.grad, p)
        super().__init__([self._joined], lr=lr)

    def _part(self, joined: Tensor, parameter: nn.Parameter) -> Tensor:
        return joined[self._slices[parameter]].view(parameter.shape)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Make the gradients 0: to be rid of them, as is usual, would part them."""
        assert self._joined.grad is not None
        self._joined.grad.zero_()

    def moments(self, parameter: nn.Parameter) -> dict[str, Tensor]:
        """Return ``step``, ``exp_avg`` and ``exp_avg_sq`` of a parameter; nothing before the first step."""
        state = self.state.get(self._joined, {})
        if not state or parameter not in self._slices:
            return {}
        return {"step": state["step"], **{name: self._part(state[name], parameter) for name in MOMENTS}}

    def load_moments(self, parameter: nn.Parameter, moments: dict[str, Tensor]) -> None:
        """Take what `moments` returned; the number of steps is that of all parameters."""
        state = self.state[self._joined]
        if not state:
            state.update({name: torch.zeros_like(self._joined.data) for name in MOMENTS})
        state["step"] = moments["step"]
        for name in MOMENTS:
            self._part(state[name], parameter).copy_(moments[name])
