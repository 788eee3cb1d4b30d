"""Evolution strategies: antithetic pairs, the centre, Adam's first step."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import rankdata

from neurosim_rl.errors import ConfigurationError
from tests.optimizers.driven import genomes, step, unbounded
from tests.optimizers.sphere import sphere

OPTIONS: dict[str, Any] = {"population": 9, "weight_decay": 0.0, "learning_rate": 0.2, "sigma": 0.25}


def test_samples_are_mirrored_at_the_centre_which_starts_at_the_best_created() -> None:
    optimizer, trajectory = unbounded("openai-es", **OPTIONS)
    first = genomes(optimizer)
    asked = step(optimizer, trajectory, sphere)
    np.testing.assert_allclose(asked[:4] + asked[4:8], np.tile(2 * asked[8], (4, 1)))
    np.testing.assert_allclose(asked[8], first[np.argmax(sphere(first))])


def test_an_even_population_leaves_the_centre_out() -> None:
    optimizer, trajectory = unbounded("openai-es", **{**OPTIONS, "population": 8})
    asked = step(optimizer, trajectory, sphere)
    middles = (asked[:4] + asked[4:]) / 2
    np.testing.assert_allclose(middles, np.tile(middles[0], (4, 1)))
    assert len(asked) == 8


def test_samples_have_the_given_deviation_in_units_of_the_spread() -> None:
    optimizer, trajectory = unbounded("openai-es", population=2001, sigma=0.25)
    asked = step(optimizer, trajectory, sphere)
    uniform = 10 / np.sqrt(12)  # of created genes, uniform in [-5, 5]
    np.testing.assert_allclose(asked.std(axis=0), 0.25 * uniform, rtol=0.1)


def test_adams_first_step_has_the_length_of_the_learning_rate_along_the_signs_of_the_ranked_gradient() -> None:
    optimizer, trajectory = unbounded("openai-es", **OPTIONS)
    asked = step(optimizer, trajectory, sphere)
    utility = rankdata(sphere(asked[:8]))
    gradient = (utility[:4] - utility[4:]) @ (asked[:4] - asked[4:8])
    moved = step(optimizer, trajectory, sphere)[8] - asked[8]
    np.testing.assert_allclose(moved, 0.2 * optimizer.spread * np.sign(gradient), rtol=1e-5)


def test_without_a_gradient_weight_decay_pulls_towards_zero() -> None:
    optimizer, trajectory = unbounded("openai-es", **{**OPTIONS, "weight_decay": 0.1})
    before = step(optimizer, trajectory, sphere)[8]
    for _ in range(3):
        after = step(optimizer, trajectory, lambda g: np.zeros(len(g)))[8]
    assert (np.abs(after - before) > 0).all()
    assert (np.sign(after - before) == -np.sign(before)).all()


def test_two_objectives_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"expects one objective; got weights \(1\.0, 1\.0\)"):
        unbounded("openai-es", (1.0, 1.0))
