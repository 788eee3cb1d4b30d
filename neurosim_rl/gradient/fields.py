"""Gaussian fields in PyTorch: the activities of the encoder ``population-pulses``, with their gradients."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from neurosim_rl.bridge.gaussian_fields import CENTRES, LEAST_WIDTH, MOST_SHIFT, MOST_WIDTH, WIDTHS, GaussianFields


class FieldLayer(nn.Module):
    """Activities of Gaussian fields; without training they are those of `GaussianFields` without genes.

    Beyond the bounds of the genes, shifts and widths count as the bounds, as in the encoder; their gradient is 0 there.

    Parameters
    ----------
    fields : GaussianFields
    """

    def __init__(self, fields: GaussianFields) -> None:
        super().__init__()
        self.spacing = 1.0 / (fields.shape[1] - 1)
        self.shifts = nn.Parameter(torch.zeros(fields.shape), requires_grad=fields.learned)
        self.widths = nn.Parameter(torch.full(fields.shape, fields.width), requires_grad=fields.learned)
        self.learned = fields.learned

    def forward(self, scaled: Tensor) -> Tensor:
        """Return activities, shape (..., n_observations * n_fields), for observations scaled to [0, 1]."""
        shifts = self.shifts.clamp(-MOST_SHIFT, MOST_SHIFT)
        widths = self.widths.clamp(LEAST_WIDTH, MOST_WIDTH) if self.learned else self.widths
        even = torch.arange(self.shifts.shape[1], dtype=scaled.dtype)
        distance = scaled[..., None] - (even + shifts) * self.spacing
        return torch.exp(-0.5 * (distance / (widths * self.spacing)) ** 2).flatten(-2)

    @property
    def genes(self) -> dict[str, nn.Parameter]:
        """The parameters by their names in a genome; none if they are not learned."""
        return {CENTRES: self.shifts, WIDTHS: self.widths} if self.learned else {}
