"""Multiplicative evolution strategies: the published update, step by step."""

from typing import Any

import numpy as np
import pytest

from tests.optimizers.driven import genomes, step, unbounded
from tests.optimizers.sphere import sphere

OPTIONS: dict[str, Any] = {"population": 9, "centre": True, "sigma": 0.2}


def test_the_first_generation_samples_around_the_first_created_individual() -> None:
    optimizer, _ = unbounded("multiplicative-es", population=4001, centre=True, sigma=0.2)
    first = genomes(optimizer)
    np.testing.assert_array_equal(first[0], optimizer.created[0])
    relative = first[1:] / first[0] - 1.0
    assert np.abs(relative.mean(axis=0)).max() < 0.02
    np.testing.assert_allclose(relative.std(axis=0), 0.2, rtol=0.1)


@pytest.mark.parametrize("learning_rate", [1.0, 2.5])
def test_the_centre_moves_by_the_published_update(learning_rate: float) -> None:
    optimizer, trajectory = unbounded("multiplicative-es", **OPTIONS, learning_rate=learning_rate)
    before = genomes(optimizer)
    centre, noise = before[0], before[1:] / before[0] - 1.0
    fitness = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0])
    after = step(optimizer, trajectory, lambda _: [1e6, *fitness])[0]
    score = (fitness - fitness.mean()) / (np.sqrt(np.mean((fitness - fitness.mean()) ** 2)) + 1e-8)
    expected = centre * (1 + learning_rate * sum(z * e for z, e in zip(score, noise, strict=True)) / 8)
    np.testing.assert_allclose(after, expected, rtol=1e-12)


def test_perturbations_are_cut_so_that_no_sign_changes() -> None:
    optimizer, trajectory = unbounded("multiplicative-es", population=200, centre=True, sigma=3.0, learning_rate=0.0)
    first = genomes(optimizer)
    relative = first[1:] / first[0] - 1.0
    assert relative.min() == pytest.approx(-0.8)
    assert (np.sign(step(optimizer, trajectory, sphere)) == np.sign(first[0])).all()


def test_without_its_centre_a_generation_has_the_published_size_and_the_same_samples() -> None:
    with_centre = unbounded("multiplicative-es", **OPTIONS)
    without = unbounded("multiplicative-es", population=8, sigma=0.2)
    assert len(genomes(without[0])) == 8
    for _ in range(3):
        np.testing.assert_array_equal(genomes(without[0]), genomes(with_centre[0])[1:])
        step(*with_centre, sphere)
        step(*without, sphere)


@pytest.mark.parametrize("value", [0.0, np.nan, -np.inf])
def test_where_all_fitnesses_are_equal_or_lost_the_centre_stays(value: float) -> None:
    optimizer, trajectory = unbounded("multiplicative-es", **OPTIONS)
    before = genomes(optimizer)[0]
    np.testing.assert_array_equal(step(optimizer, trajectory, lambda g: np.full(len(g), value))[0], before)


def test_a_lost_fitness_counts_as_the_worst() -> None:
    lost, worst = (unbounded("multiplicative-es", **OPTIONS) for _ in range(2))
    fitness = [1.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0]
    one = step(*lost, lambda _: [*fitness, np.nan])
    np.testing.assert_array_equal(one, step(*worst, lambda _: [*fitness, 2.0]))


def test_a_sphere_is_climbed_that_needs_no_change_of_sign() -> None:
    optimizer, trajectory = unbounded("multiplicative-es", population=11, centre=True)
    goal = genomes(optimizer)[0] * [1.5, 0.6, 1.2, 0.8]
    for _ in range(200):
        found = step(optimizer, trajectory, lambda g: -((g / goal - 1) ** 2).sum(axis=1))
    np.testing.assert_allclose(found[0], goal, rtol=0.1)
