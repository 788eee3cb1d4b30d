"""Ticks, steps and ms: against whole numbers. ``tests/simulators/test_time_grid.py`` compares with NEST."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.errors import NetworkError
from neurosim_rl.networks.time_grid import TOLERANCE, TimeGrid

ticks_per_step = st.integers(1, 5000)


@given(ticks_per_step)
def test_a_resolution_is_found_from_its_decimal_and_from_multiples_of_the_tick(ticks: int) -> None:
    for resolution_ms in (ticks / 1000.0, ticks * 0.001, float(f"{ticks / 1000:.3f}")):
        assert TimeGrid.of(resolution_ms).ticks_per_step == ticks


@given(ticks_per_step, st.integers(1, 1_000_000))
def test_steps_survive_every_way_to_write_their_time(ticks: int, steps: int) -> None:
    grid = TimeGrid(ticks)
    times = np.array([grid.ms(steps), steps * grid.step_ms, steps * (ticks / 1000.0), steps * ticks / 1000.0])
    assert grid.steps(times).tolist() == [steps] * 4
    assert grid.holds(times)
    assert abs(Fraction(float(grid.ms(steps))) - Fraction(steps * ticks, 1000)) < Fraction(1, 10**6)


@pytest.mark.parametrize("part", [0.5, 0.01, -0.01, 10 * TOLERANCE])
@given(ticks_per_step, st.integers(1, 100_000))
def test_a_time_between_two_steps_is_not_on_the_grid(part: float, ticks: int, steps: int) -> None:
    grid = TimeGrid(ticks)
    assert not grid.holds(np.array([grid.ms(steps), (steps + part) * grid.step_ms]))


@pytest.mark.parametrize("time_ms", [0.0, -0.1, float("nan"), float("inf"), 1e-9])
def test_less_than_a_step_is_not_on_the_grid(time_ms: float) -> None:
    assert not TimeGrid(100).holds(time_ms)


@pytest.mark.parametrize(("time_ms", "steps"), [(0.0, 0), (0.1, 1), (0.14, 2), (2.0, 20), (1.0004, 10), (1.0006, 11)])
def test_a_refractory_time_is_rounded_to_ticks_and_then_up_to_steps(time_ms: float, steps: int) -> None:
    assert TimeGrid(100).refractory_steps(time_ms) == steps


@pytest.mark.parametrize("time_ms", [-1.0, float("inf"), float("nan"), 1e12])
def test_a_refractory_time_that_nest_cannot_count_is_refused(time_ms: float) -> None:
    with pytest.raises(NetworkError, match=r"t_ref is .* ms; expected 0 to 2\.14748e\+08 ms\. Change it"):
        TimeGrid(100).refractory_steps(time_ms)
