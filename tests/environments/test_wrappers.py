"""Wrappers of environments: their order, where they come from, and that all places use them."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, create_batch, make
from neurosim_rl.environments.contract import check_contract
from neurosim_rl.environments.pictures import pictures
from neurosim_rl.errors import ConfigurationError, EnvironmentSetupError, PluginError, UnknownNameError
from neurosim_rl.optimizees import Settings
from neurosim_rl.settings import plugins

OWN = "tests.environments.test_wrappers"


class Shifted(gymnasium.ObservationWrapper):
    """Adds a number to each observed variable."""

    def __init__(self, env: gymnasium.Env, by: float = 1.0) -> None:
        super().__init__(env)
        self.by = by

    def observation(self, observation: Any) -> Any:
        return observation + self.by


class Doubled(gymnasium.ObservationWrapper):
    """Doubles each observed variable."""

    def observation(self, observation: Any) -> Any:
        return 2 * observation


def options(*wrappers: Any, **others: Any) -> EnvironmentOptions:
    return EnvironmentOptions.read({"id": "Corridor-v0", "wrappers": list(wrappers), **others}, "environment")


def test_wrappers_apply_in_order_with_their_arguments_in_training_and_elsewhere(toys: None) -> None:
    """From cell 2: (2 + 3) * 2 = 10."""
    plugins.allow(OWN)
    found = options({"name": f"{OWN}:Shifted", "by": 3.0}, f"{OWN}:Doubled")
    for training in (True, False):
        with create_batch(EnvironmentSpec.of(found), 1, training=training) as batch:
            assert batch.reset([2]).tolist() == [[10.0]]
            assert batch.step(np.array([0]), np.array([2])).observations.tolist() == [[12.0]]
    with create_batch(EnvironmentSpec.of(options()), 1, training=True) as batch:  # another pool of environments
        assert batch.reset([2]).tolist() == [[2.0]]


def test_names_and_tables_are_the_same_wrappers_in_a_file_and_read_back(toys: None) -> None:
    settings = Settings.read({"environment": {"id": "Corridor-v0", "wrappers": ["FlattenObservation"]}})
    assert settings.environment.wrappers == ({"name": "FlattenObservation"},)
    assert Settings.from_toml(settings.to_toml()) == settings
    assert hash(settings) == hash(Settings.from_toml(settings.to_toml()))
    with pytest.raises(ConfigurationError, match=r"wrappers = 'Flatten': expected a list of names and tables"):
        Settings.read({"environment": {"wrappers": "Flatten"}})


def test_a_wrapper_may_set_the_step_limit(toys: None) -> None:
    limited = options({"name": "TimeLimit", "max_episode_steps": 4}, id="EndlessCorridor-v0")
    spec = EnvironmentSpec.of(limited)
    assert (spec.step_limit, spec.has_limit) == (4, True)
    with create_batch(spec, 1, training=True) as batch:
        batch.reset([0])
        ends = [batch.step(np.array([0]), np.array([1])).truncated.tolist() for _ in range(4)]
    assert ends == [[False]] * 3 + [[True]]


def test_a_list_of_a_file_is_the_tuple_that_wrappers_of_gymnasium_ask_for() -> None:
    settings = Settings.from_toml(
        '[environment]\nid = "CartPole-v1"\nwrappers = [{ name = "ReshapeObservation", shape = [2, 2] }]\n'
    )
    with create_batch(EnvironmentSpec.of(settings.environment), 1, training=True) as batch:
        flat = batch.reset([5])
    expected, _ = gymnasium.make("CartPole-v1").reset(seed=5)
    np.testing.assert_array_equal(flat, [expected])


def test_films_are_of_the_wrapped_environment() -> None:
    """Two steps of the car in one of the wrapper: as many pictures as actions, of the states two steps apart."""
    twice = EnvironmentOptions.read(
        {"id": "MountainCar-v0", "wrappers": [{"name": "RepeatAction", "num_repeats": 2}]}, ""
    )
    plain = EnvironmentOptions.read({"id": "MountainCar-v0"}, "")
    two = list(pictures(twice, 3, np.full((2, 1), 2.0)))
    four = list(pictures(plain, 3, np.full((4, 1), 2.0)))
    np.testing.assert_array_equal(two, four[::2])


@pytest.mark.parametrize(
    ("wrapper", "error", "message"),
    [
        ("FlatenObservation", UnknownNameError, "unknown wrapper .* Did you mean 'FlattenObservation'"),
        ({"max_episode_steps": 3}, ConfigurationError, "has an entry without a name"),
        ("RecordVideo", ConfigurationError, "RecordVideo draws, and training draws nothing"),
        ("gymnasium.wrappers:RecordVideo", ConfigurationError, "draws, and training draws nothing"),
        ("gymnasium:Env", ConfigurationError, "expected a class of gymnasium.Wrapper"),
        ("gymnasium:Wraper", ConfigurationError, "cannot load gymnasium:Wraper: .*no attribute"),
        (
            {"name": "TimeLimit", "steps": 3},
            EnvironmentSetupError,
            "TimeLimit cannot wrap .*'steps'.* Check its arguments",
        ),
        ("no_such_module:Mine", PluginError, "needs module 'no_such_module', which neither the command line"),
        ({"name": "TimeLimit", "log": "/tmp/x"}, PluginError, "needs file '/tmp/x', which neither"),
    ],
)
def test_wrappers_that_cannot_be_are_one_line(toys: None, wrapper: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make(options(wrapper))


@pytest.mark.parametrize(
    "wrapper",
    [
        {"name": "FrameStackObservation", "stack_size": 10**9},
        {"name": "gymnasium.wrappers:FrameStackObservation", "stack_size": 10**9},
        {"name": "DelayObservation", "delay": 10**12},
        {"name": "RepeatAction", "num_repeats": 10**9},
        {"name": "MaxAndSkipObservation", "skip": 10**9},
        {"name": "DiscretizeObservation", "bins": 10**9},
        {"name": "ResizeObservation", "shape": [10**5, 10**5]},
    ],
    ids=lambda table: table["name"],
)
def test_numbers_that_fill_the_memory_are_refused(toys: None, wrapper: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"holds about \S+ values; expected at most 10 000 000. Set a smaller"):
        make(options(wrapper))


def test_numbers_that_fit_are_taken_and_steps_are_only_counted(toys: None) -> None:
    env = make(
        options({"name": "FrameStackObservation", "stack_size": 4}, {"name": "TimeLimit", "max_episode_steps": 10**9})
    )
    assert env.observation_space.shape is not None
    assert env.observation_space.shape[0] == 4
    stacked_twice = {"name": "FrameStackObservation", "stack_size": 10**4}
    with pytest.raises(ConfigurationError, match="holds about"):
        make(options(stacked_twice, stacked_twice))


def test_a_wrapper_that_learns_from_episode_to_episode_breaks_the_contract() -> None:
    normalised = EnvironmentOptions.read({"id": "CartPole-v1", "wrappers": ["NormalizeObservation"]}, "environment")
    with pytest.raises(EnvironmentSetupError, match=r"is not the same twice: .*observation\[\d\] after step 0"):
        check_contract(EnvironmentSpec.of(normalised))


@pytest.mark.envpool
def test_envpool_has_no_wrappers() -> None:
    pytest.importorskip("envpool")
    table = {"id": "CartPole-v1", "wrappers": ["FlattenObservation"], "engine": "envpool"}
    spec = EnvironmentSpec.of(EnvironmentOptions.read(table, "environment"))
    with pytest.raises(EnvironmentSetupError, match=r"environment.wrappers are Gymnasium's"):
        create_batch(spec, 1, training=True)
