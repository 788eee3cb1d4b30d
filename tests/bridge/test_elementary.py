"""Elementary functions: near the exact value everywhere, exact where they must be, without fused products."""

import math
from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import pytest

from neurosim_rl.bridge import compiled_elementary as kernels
from neurosim_rl.bridge import elementary

Function = Callable[..., np.ndarray]

SMALL = np.random.default_rng(1).uniform(-1, 1, 300) * 10.0 ** np.random.default_rng(2).uniform(-15, 0, 300)
WIDE = np.random.default_rng(3).uniform(-700, 700, 300)
POSITIVE = np.concatenate([10.0 ** (WIDE / 2.4), np.random.default_rng(4).uniform(0.5, 2.0, 300), 1 + SMALL / 2])
LARGER = POSITIVE[POSITIVE > 1e-15]


def tanh(x: Decimal) -> Decimal:
    grown = (2 * x).exp()
    return (grown - 1) / (grown + 1)


EXACT: dict[str, tuple[Function, Callable, np.ndarray]] = {
    "exp": (elementary.exponential, Decimal.exp, np.concatenate([SMALL, WIDE, WIDE / 200])),
    "expm1": (elementary.exponential_minus_one, lambda x: x.exp() - 1, np.concatenate([SMALL, WIDE, WIDE / 200])),
    "exp2": (elementary.power_of_two, lambda x: Decimal(2) ** x, np.concatenate([SMALL, WIDE, WIDE / 200])),
    "log": (elementary.logarithm, Decimal.ln, POSITIVE),
    "log1p": (elementary.logarithm_of_one_plus, lambda x: (1 + x).ln(), np.concatenate([SMALL * 0.999, LARGER])),
    "tanh": (elementary.hyperbolic_tangent, tanh, np.concatenate([SMALL, WIDE / 20, WIDE / 200])),
}
every_function = pytest.mark.parametrize("name", EXACT)


@every_function
def test_errors_are_below_three_units_in_the_last_place(name: str) -> None:
    function, exact, arguments = EXACT[name]
    with localcontext() as context:
        context.prec = 60
        for x, y in zip(arguments.tolist(), function(arguments).tolist(), strict=True):
            expected = exact(Decimal(x))
            assert abs(expected - Decimal(y)) < 3 * Decimal(np.spacing(abs(float(expected)))), x


@pytest.mark.parametrize(
    ("function", "at", "expected"),
    [
        (elementary.exponential, [0.0, -math.inf, math.inf, 1000.0, -1000.0], [1.0, 0.0, math.inf, math.inf, 0.0]),
        (elementary.exponential_minus_one, [0.0, -0.0, -math.inf, math.inf], [0.0, -0.0, -1.0, math.inf]),
        (elementary.power_of_two, [0.0, 3.0, -1074.0, 1024.0], [1.0, 8.0, 5e-324, math.inf]),
        (elementary.logarithm, [1.0, 0.0, math.inf, -1.0], [0.0, -math.inf, math.inf, math.nan]),
        (elementary.logarithm_of_one_plus, [0.0, -1.0, math.inf, -2.0], [0.0, -math.inf, math.inf, math.nan]),
        (elementary.hyperbolic_tangent, [0.0, -0.0, 100.0, -math.inf], [0.0, -0.0, 1.0, -1.0]),
    ],
)
def test_ends_and_zeros_are_exact(function: Function, at: list[float], expected: list[float]) -> None:
    values = function(np.array([*at, math.nan]))
    np.testing.assert_array_equal(values, [*expected, math.nan])
    is_zero = np.array(expected) == 0
    np.testing.assert_array_equal(np.signbit(values[:-1])[is_zero], np.signbit(expected)[is_zero])


@every_function
def test_an_array_keeps_its_shape_and_a_number_stays_one(name: str) -> None:
    function = EXACT[name][0]
    assert function(np.full((3, 2), 0.5)[:, ::2]).shape == (3, 1)
    assert function(np.zeros((0, 4))).shape == (0, 4)
    assert isinstance(function(0.5), float)
    assert function(0.5) == function(np.array([0.1, 0.5]))[1]


@every_function
def test_compiled_code_has_the_bits_of_python(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python has no fused products, and adds in the order that is written."""
    function, _, arguments = EXACT[name]
    compiled = function(arguments)
    for kernel, dispatcher in list(vars(kernels).items()):
        if hasattr(dispatcher, "py_func"):
            monkeypatch.setattr(kernels, kernel, dispatcher.py_func)
    np.testing.assert_array_equal(compiled, function(arguments))
