"""The contract: an environment that is not the same twice is noticed, and all tasks keep it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, create_batch
from neurosim_rl.environments.contract import check_contract
from neurosim_rl.errors import EnvironmentSetupError
from neurosim_rl.optimizees import create_optimizee, default_settings
from tests.tasks import EVERY_TASK


class Walk(gymnasium.Env):
    """Keeps the contract: a random walk from a random start."""

    observation_space: gymnasium.Space = Box(-9, 9, (1,), np.float64)
    action_space: gymnasium.Space = Discrete(2)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        self.t, self.x = 0, float(self.np_random.uniform())
        return np.array([self.x]), {}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict]:
        self.t += 1
        self.x += self.drift(action)
        return np.array([self.x]), self.reward(), self.is_over(), False, {}

    def drift(self, action: Any) -> float:
        return float(action) - 0.5 + 0.1 * float(self.np_random.normal())

    def reward(self) -> float:
        return -abs(self.x)

    def is_over(self) -> bool:
        return self.t >= 30


class Counts(Walk):
    """Remembers how many episodes it has played."""

    n_resets = 0

    def reset(self, **options: Any) -> tuple[np.ndarray, dict]:
        self.n_resets += 1
        return super().reset(**options)

    def reward(self) -> float:
        return -float(self.n_resets)


class Inherits(Walk):
    """Begins with the velocity of the last episode."""

    velocity = 0.0

    def drift(self, action: Any) -> float:
        self.velocity += 0.1 * (float(action) - 0.5)
        return self.velocity


class WearsOut(Walk):
    """Ends its episodes one step earlier each time."""

    limit = 31

    def reset(self, **options: Any) -> tuple[np.ndarray, dict]:
        self.limit -= 1
        return super().reset(**options)

    def is_over(self) -> bool:
        return self.t >= self.limit


class Unseeded(Walk):
    """Draws from a generator that no seed reaches."""

    rng = np.random.default_rng()

    def drift(self, action: Any) -> float:
        return float(self.rng.normal())


class Global(Walk):
    """Seeds the global generator of Python, which all environments of the process share."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        if seed is not None:
            random.seed(seed)
        return super().reset(seed=seed, options=options)

    def drift(self, action: Any) -> float:
        return random.gauss()


class Individual(Walk):
    """Each environment of the class has another mass."""

    n_made = 0

    def __init__(self) -> None:
        Individual.n_made += 1
        self.mass = float(Individual.n_made)

    def drift(self, action: Any) -> float:
        return float(action) / self.mass


class Reseeds(Walk):
    """A reset without a seed begins another random stream, which differs each time."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        if seed is None:
            self.np_random = np.random.default_rng()
        return super().reset(seed=seed, options=options)


class Raises(Walk):
    """Raises at a step."""

    at_step = 1

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict]:
        if self.t + 1 == self.at_step:
            raise ValueError("no such action")
        return super().step(action)


class Diverges(Raises):
    at_step = 5


class StartsAtNaN(Walk):
    def reset(self, **options: Any) -> tuple[np.ndarray, dict]:
        super().reset(**options)
        return np.array([np.nan]), {}


@pytest.fixture
def spec_of() -> Iterator[Callable[..., EnvironmentSpec]]:
    """A function that registers an environment for one test, and gives its spec."""

    def spec(cls: type, **registered: Any) -> EnvironmentSpec:
        gymnasium.registry.pop("Walk-v0", None)
        gymnasium.register("Walk-v0", entry_point=cls, max_episode_steps=40, **registered)  # type: ignore[arg-type]
        return EnvironmentSpec.of(EnvironmentOptions(id="Walk-v0"))

    yield spec
    gymnasium.registry.pop("Walk-v0", None)


SpecOf = Callable[..., EnvironmentSpec]


@pytest.mark.parametrize(
    ("cls", "message"),
    [
        (Counts, r"reward after step 1 is -1\.0 at first, and -3\.0 after another episode"),
        (Inherits, r"observation\[0\] after step \d+ is .* after another episode"),
        (WearsOut, r"terminated after step 28 is False at first, and True after another episode"),
        (Unseeded, r"observation\[0\] after step 1 is .* after another episode"),
        (Global, r"observation\[0\] after step 1 is .* in a second environment, beside another episode"),
        (Individual, r"observation\[0\] after step \d+ is .* in a second environment, beside another episode"),
    ],
)
def test_an_environment_that_is_not_the_same_twice_is_refused(cls: type, message: str, spec_of: SpecOf) -> None:
    advice = r"; expected equal episodes\. .*super\(\)\.reset\(seed=seed\)"
    with pytest.raises(EnvironmentSetupError, match=rf"^Walk-v0 is not the same twice: .*{message}{advice}"):
        check_contract(spec_of(cls))


@pytest.mark.parametrize("restarts", [False, True])
def test_an_environment_that_draws_from_its_own_generator_is_accepted(restarts: bool, spec_of: SpecOf) -> None:
    check_contract(spec_of(Walk), restarts=restarts)


def test_a_reset_without_a_seed_must_continue_the_stream_only_where_trials_need_it(spec_of: SpecOf) -> None:
    spec = spec_of(Reseeds)
    check_contract(spec)
    with pytest.raises(EnvironmentSetupError, match="is not the same twice"):
        check_contract(spec, restarts=True)


def test_what_an_environment_does_counts_and_not_what_it_is_registered_as(spec_of: SpecOf) -> None:
    check_contract(spec_of(Walk, nondeterministic=True))
    with pytest.raises(EnvironmentSetupError, match=r"not the same twice \(it is registered as nondeterministic\)"):
        check_contract(spec_of(Unseeded, nondeterministic=True))


RAISED = r"Walk-v0 refuses a random action: ValueError: no such action \(.*test_contract.py:\d+\)\. Correct its"


def test_a_random_action_must_be_accepted(spec_of: SpecOf) -> None:
    with pytest.raises(EnvironmentSetupError, match=RAISED):
        check_contract(spec_of(Raises))


def test_an_error_later_in_an_episode_is_left_to_the_individual_that_causes_it(spec_of: SpecOf) -> None:
    check_contract(spec_of(Diverges))


def test_an_episode_must_begin_with_numbers(spec_of: SpecOf) -> None:
    with pytest.raises(EnvironmentSetupError, match=r"Walk-v0 returned observation\[0\] = nan"):
        check_contract(spec_of(StartsAtNaN))


@pytest.mark.parametrize("name", EVERY_TASK)
@pytest.mark.parametrize("engine", ["gymnasium", pytest.param("envpool", marks=pytest.mark.envpool)])
def test_every_task_keeps_the_contract_and_plays_as_before(name: str, engine: str) -> None:
    settings = default_settings(name)
    if engine == "envpool":
        pytest.importorskip("envpool", reason="needs the extra [fast]")
        if settings.environment.id.startswith("neurosim_rl/"):
            pytest.skip("EnvPool has no environments of this package")
    spec = create_optimizee(settings.replace(environment=settings.environment.replace(engine=engine))).environment
    action = np.array([spec.action_space.sample()] * 2)
    before = _episode(spec, action)
    check_contract(spec, restarts=True)
    np.testing.assert_array_equal(_episode(spec, action), before)


def _episode(spec: EnvironmentSpec, action: np.ndarray) -> np.ndarray:
    with create_batch(spec, 2, training=True) as batch:
        first = batch.reset([5, 6])
        return np.stack([first, *[batch.step(np.arange(2), action).observations for _ in range(5)]])
