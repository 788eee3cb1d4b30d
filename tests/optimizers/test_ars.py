"""Augmented random search: mirrored samples, top directions, a step computed by hand."""

from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError
from tests.optimizers.driven import genomes, step, unbounded
from tests.optimizers.sphere import sphere

OPTIONS: dict[str, Any] = {"population": 9, "noise": 0.25, "step_size": 0.2}


def test_samples_are_mirrored_at_the_centre_which_starts_at_zero() -> None:
    optimizer, _ = unbounded("ars", **OPTIONS)
    asked = genomes(optimizer)
    np.testing.assert_array_equal(asked[:4], -asked[4:8])
    np.testing.assert_array_equal(asked[8], 0.0)
    assert (asked[:8] != 0).all()


def test_the_centre_may_start_at_the_best_created() -> None:
    optimizer, trajectory = unbounded("ars", **OPTIONS, start="best")
    first = genomes(optimizer)
    np.testing.assert_allclose(step(optimizer, trajectory, sphere)[8], first[np.argmax(sphere(first))])


@pytest.mark.parametrize("top", [1, 2, 4])
def test_a_step_is_that_of_algorithm_2(top: int) -> None:
    """Computed as in the paper, direction by direction."""
    optimizer, trajectory = unbounded("ars", **OPTIONS, top=top)
    asked = genomes(optimizer)
    moved = step(optimizer, trajectory, sphere)[8]
    directions = [asked[k] / 0.25 for k in range(4)]  # in genes, whose spread is a factor of both
    rewards = [(sphere(asked[[k]])[0], sphere(asked[[k + 4]])[0]) for k in range(4)]
    best = sorted(range(4), key=lambda k: -max(rewards[k]))[:top]
    deviation = np.std([reward for k in best for reward in rewards[k]])
    expected = sum((rewards[k][0] - rewards[k][1]) * directions[k] for k in best) * 0.2 / (top * deviation)
    np.testing.assert_allclose(moved, expected)


def test_neither_scale_nor_offset_of_fitness_matters() -> None:
    one, other = unbounded("ars", **OPTIONS), unbounded("ars", **OPTIONS)
    for _ in range(3):
        np.testing.assert_allclose(step(*one, sphere), step(*other, lambda g: 1e3 * sphere(g) + 7.0))


def test_where_all_are_equal_the_centre_stays() -> None:
    optimizer, trajectory = unbounded("ars", **OPTIONS)
    before = step(optimizer, trajectory, sphere)[8]
    np.testing.assert_array_equal(step(optimizer, trajectory, lambda g: np.full(len(g), 0.1))[8], before)


def test_more_top_directions_than_there_are_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match=r"optimizer\.top = 5; expected at most 4, the number of directions of population = 9"
    ):
        unbounded("ars", **OPTIONS, top=5)
