"""Surrogate gradients against closed forms, and against the automatic derivative of the smooth curve."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra [gradient]")

from neurosim_rl.errors import UnknownNameError  # noqa: E402
from neurosim_rl.gradient.surrogates import SURROGATES, spike  # noqa: E402
from neurosim_rl.learning.gradient_rule import SURROGATE_NAMES  # noqa: E402

pytestmark = pytest.mark.gradient

WIDTHS = (0.3, 0.5, 1.0, 2.5)


def rectangular(x: float, a: float) -> float:
    return 1 / a if abs(x) < a / 2 else 0.0


def polynomial(x: float, a: float) -> float:
    return math.sqrt(a) / 2 - a / 4 * abs(x) if abs(x) < 2 / math.sqrt(a) else 0.0


def sigmoid(x: float, a: float) -> float:
    e = math.exp(-x / a)
    return e / (1 + e) ** 2 / a


def gaussian(x: float, a: float) -> float:
    return math.exp(-(x**2) / (2 * a)) / math.sqrt(2 * math.pi * a)


def arctan(x: float, a: float) -> float:
    return 1 / a / (1 + (math.pi * x / a) ** 2)


CLOSED: dict[str, Callable[[float, float], float]] = {
    "arctan": arctan,
    "rectangular": rectangular,
    "polynomial": polynomial,
    "sigmoid": sigmoid,
    "gaussian": gaussian,
}


def points() -> Any:
    """Distances from the threshold, at which no curve has a kink."""
    return torch.tensor(np.random.default_rng(1).uniform(-3, 3, 400), dtype=torch.float64)


def test_the_published_surrogates_are_there() -> None:
    assert set(SURROGATES) == set(CLOSED)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", sorted(SURROGATES))
def test_the_gradient_is_the_closed_form(name: str, width: float) -> None:
    x = points().requires_grad_()
    weights = torch.linspace(-1, 2, len(x), dtype=torch.float64)
    (weights * spike(x, torch.tensor(width, dtype=torch.float64), name)).sum().backward()
    expected = [CLOSED[name](v, width) for v in x.detach().tolist()]
    np.testing.assert_allclose(x.grad.numpy(), weights.numpy() * np.array(expected), atol=1e-6)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", sorted(SURROGATES))
def test_both_gradients_are_the_automatic_derivatives_of_the_smooth_curve(name: str, width: float) -> None:
    found: list[Any] = []
    expected: list[Any] = []
    for curve, gradients in ((lambda x, a: spike(x, a, name), found), (SURROGATES[name].smooth, expected)):
        x, a = points().requires_grad_(), torch.tensor(width, dtype=torch.float64, requires_grad=True)
        (torch.linspace(-1, 2, len(x), dtype=torch.float64) * curve(x, a)).sum().backward()
        gradients += [x.grad.numpy(), a.grad.numpy()]
    np.testing.assert_allclose(found[0], expected[0], atol=1e-6)
    np.testing.assert_allclose(found[1], expected[1], atol=1e-6)
    assert abs(found[1]) > 1e-3


@pytest.mark.parametrize("name", sorted(SURROGATES))
def test_the_smooth_curve_rises_from_0_to_1_through_a_half(name: str) -> None:
    values = SURROGATES[name].smooth(torch.tensor([-1e9, 0.0, 1e9]), torch.tensor(0.5))
    np.testing.assert_allclose(values.numpy(), [0, 0.5, 1], atol=1e-6)


def test_a_membrane_at_the_threshold_spikes() -> None:
    x = torch.tensor([-1e-12, 0.0, 1e-12], dtype=torch.float64)
    assert spike(x, torch.tensor(0.5), "rectangular").tolist() == [0, 1, 1]


def test_an_unknown_surrogate_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'gaussian'"):
        spike(torch.zeros(1), torch.tensor(0.5), "gausian")


def test_options_name_all_surrogates() -> None:
    assert set(SURROGATE_NAMES) == set(SURROGATES)
