"""Box2D: the extra that brings it, and an environment with it."""

from __future__ import annotations

import sys

import gymnasium
import numpy as np
import pytest

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, create_batch, make
from neurosim_rl.environments.contract import check_contract
from neurosim_rl.errors import MissingExtraError


def test_a_missing_box2d_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "Box2D", None)
    with pytest.raises(MissingExtraError, match=r"'Box2D' is not installed .*pip install 'neurosim-rl\[box2d\]'"):
        make(EnvironmentOptions(id="LunarLander-v3"))
    make(EnvironmentOptions(id="CartPole-v1"))


def test_the_lander_keeps_the_contract_and_has_eight_variables() -> None:
    pytest.importorskip("Box2D", reason="needs the extra [box2d]")
    spec = EnvironmentSpec.of(EnvironmentOptions(id="LunarLander-v3"))
    check_contract(spec)
    assert (len(spec.observation_low), spec.step_limit) == (8, 1000)
    assert np.isfinite(spec.observation_high).all()


def test_a_walker_repeats_its_episodes_which_are_those_of_a_new_environment() -> None:
    """Gymnasium's own keeps its world: its second episode from one start differs from its first."""
    pytest.importorskip("Box2D", reason="needs the extra [box2d]")
    spec = EnvironmentSpec.of(EnvironmentOptions(id="BipedalWalker-v3"))
    check_contract(spec)
    plain = gymnasium.make("BipedalWalker-v3")
    expected = [plain.reset(seed=4)[0], *[plain.step(np.full(4, 0.5))[0] for _ in range(20)]]
    with create_batch(spec, 1, training=False) as batch:
        for seed in (9, 4):
            first = batch.reset([seed])[0]
            steps = [batch.step(np.array([0]), np.full((1, 4), 0.5)).observations[0] for _ in range(20)]
    np.testing.assert_array_equal([first, *steps], np.array(expected, np.float64))
