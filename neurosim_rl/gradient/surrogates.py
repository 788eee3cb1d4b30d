"""Surrogate gradients: smooth curves that give a spike a derivative.

A neuron spikes if its membrane is at or above the threshold; x is the difference of the two. The forward pass computes
this step function. The backward pass uses the derivative h(x) of a smooth curve S(x) that rises from 0 to 1 about the
threshold. The four curves are those of spatio-temporal backpropagation (Wu et al. 2018, Front. Neurosci. 12:331), in
the notation of Zanatta et al. 2024 (Sci. Rep. 14:30648), equations 12 to 15, with width a. A fifth one is the arc
tangent (Fang et al. 2021, ICCV, arXiv:2007.05785, equation 13): its long tails reach neurons far from the threshold.

A learned width (LSG: Lian et al. 2023, IJCAI, doi:10.24963/ijcai.2023/335) gets the derivative of the same curve with
respect to a. In LSG the width depends on the decay of the membrane, which is learned; here the width itself is learned.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neurosim_rl.settings.checks import lookup

Curve = Callable[[Tensor, Tensor], Tensor]
"""A function of x and a; their shapes broadcast."""


@dataclass(frozen=True)
class Surrogate:
    """A smooth curve in place of the step function.

    Parameters
    ----------
    smooth : callable
        S(x, a), from 0 to 1, in PyTorch operations; tests compare its automatic derivatives with the other two.
    slope : callable
        h(x, a), the derivative of S with respect to x.
    by_width : callable
        The derivative of S with respect to a.
    """

    smooth: Curve
    slope: Curve
    by_width: Curve


def _rectangular_smooth(x: Tensor, a: Tensor) -> Tensor:
    return torch.clamp(x / a + 0.5, 0.0, 1.0)


def _in_rectangle(x: Tensor, a: Tensor, value: Tensor) -> Tensor:
    return torch.where(x.abs() < a / 2, value.to(x.dtype), 0.0)


def _polynomial_smooth(x: Tensor, a: Tensor) -> Tensor:
    end = 2 / torch.sqrt(a)
    x = torch.minimum(torch.maximum(x, -end), end)
    return 0.5 + torch.sqrt(a) / 2 * x - a / 8 * x * x.abs()


def _inside_polynomial(x: Tensor, a: Tensor) -> Tensor:
    return (x.abs() < 2 / torch.sqrt(a)).to(x.dtype)


def _sigmoid_slope(x: Tensor, a: Tensor) -> Tensor:
    s = torch.sigmoid(x / a)
    return s * (1 - s) / a


def _gaussian_slope(x: Tensor, a: Tensor) -> Tensor:
    return torch.exp(-x * x / (2 * a)) / torch.sqrt(2 * math.pi * a)


def _arctan_slope(x: Tensor, a: Tensor) -> Tensor:
    return 1 / (a * (1 + (math.pi * x / a) ** 2))


def _arctan_by_width(x: Tensor, a: Tensor) -> Tensor:
    return -x / (a * a * (1 + (math.pi * x / a) ** 2))


SURROGATES: dict[str, Surrogate] = {
    # equation 12: 1/a where |x| < a/2
    "rectangular": Surrogate(
        _rectangular_smooth,
        lambda x, a: _in_rectangle(x, a, 1 / a),
        lambda x, a: _in_rectangle(x, a, -x / a**2),
    ),
    # equation 13: sqrt(a)/2 - a/4 |x| where |x| < 2/sqrt(a) (the published sign function would let it fall below 0)
    "polynomial": Surrogate(
        _polynomial_smooth,
        lambda x, a: _inside_polynomial(x, a) * (torch.sqrt(a) / 2 - a / 4 * x.abs()),
        lambda x, a: _inside_polynomial(x, a) * (x / (4 * torch.sqrt(a)) - x * x.abs() / 8),
    ),
    # equation 14: exp(-x/a) / (a (1 + exp(-x/a))^2)
    "sigmoid": Surrogate(
        lambda x, a: torch.sigmoid(x / a),
        _sigmoid_slope,
        lambda x, a: -_sigmoid_slope(x, a) * x / a,
    ),
    # equation 15: the normal density of variance a
    "gaussian": Surrogate(
        lambda x, a: 0.5 * (1 + torch.erf(x / torch.sqrt(2 * a))),
        _gaussian_slope,
        lambda x, a: -_gaussian_slope(x, a) * x / (2 * a),
    ),
    # S = 1/2 + arctan(pi x / a) / pi
    "arctan": Surrogate(
        lambda x, a: 0.5 + torch.atan(math.pi * x / a) / math.pi,
        _arctan_slope,
        _arctan_by_width,
    ),
}
"""Surrogates by name."""


class _Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, a: Tensor, surrogate: Surrogate) -> Tensor:
        ctx.save_for_backward(x, a)
        ctx.surrogate = surrogate
        return (x >= 0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor | None, None]:
        (gradient,) = gradients
        x, a = ctx.saved_tensors
        by_x = gradient * ctx.surrogate.slope(x, a)
        by_a = None
        if ctx.needs_input_grad[1]:
            by_a = (gradient * ctx.surrogate.by_width(x, a)).sum_to_size(a.shape)
        return by_x, by_a, None


def spike(x: Tensor, width: Tensor, surrogate: str) -> Tensor:
    """Return 1 if a membrane is at or above its threshold, else 0, with a surrogate gradient.

    Parameters
    ----------
    x : Tensor, any shape
        Membrane minus threshold.
    width : Tensor of shape ()
        Width a of the equations, above 0, in units of the membrane (``"polynomial"``: of its inverse square;
        ``"gaussian"``: of its square). With ``requires_grad`` it gets a gradient.
    surrogate : str
        Name in `SURROGATES`.

    Raises
    ------
    UnknownNameError
        For an unknown surrogate, with the nearest match.
    """
    return _Spike.apply(x, width, lookup("surrogate", surrogate, SURROGATES))  # type: ignore[no-any-return]
