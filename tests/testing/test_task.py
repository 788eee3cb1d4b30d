"""The contract of tasks: ours keep it, and each way to break it is told."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pytest

from neurosim_rl.bridge import Currents, Encoder
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.optimizees.cart_pole import CartPole
from neurosim_rl.optimizees.mountain_car import MountainCar
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.testing import ContractError, check_task
from tests.tasks import EVERY_TASK


@pytest.mark.parametrize("name", EVERY_TASK)
def test_every_task_keeps_the_contract(name: str) -> None:
    check_task(name)


def changed(**tables: Any) -> dict[str, Any]:
    """Return the defaults of CartPole with other tables."""
    return {**CartPole.defaults, **tables}


class Misspelt(CartPole):
    defaults: ClassVar = changed(genrations=3)


class Nameless(CartPole):
    defaults: ClassVar = changed(task="")


class TooFewLabels(CartPole):
    observation_labels = ("cart position (m)",)  # type: ignore[assignment]


class BadAxes(CartPole):
    map_axes = (2, 4)


class BadFixed(CartPole):
    map_fixed = (0.0, 0.0)


class WrongRule(CartPole):
    def rule(self, observations: np.ndarray) -> np.ndarray:
        return super().rule(observations) + 1


class PushyRule(MountainCar):
    """Right in the states of a first step only."""

    def rule(self, observations: np.ndarray) -> np.ndarray:
        return np.where(observations[:, 0] > 0.3, 7, super().rule(observations))


class RuleMutates(CartPole):
    def rule(self, observations: np.ndarray) -> np.ndarray:
        actions = super().rule(observations)
        observations *= 0
        return actions


class NaNScores(CartPole):
    def scores(self, episodes: Episodes) -> np.ndarray:
        return super().scores(episodes) * np.nan


class BadSuccess(CartPole):
    def successes(self, episodes: Episodes) -> np.ndarray:
        return episodes.returns / 500.0


class Unseeded(CartPole):
    def create_individual(self) -> dict[str, np.ndarray]:
        return self.to_individual(self.parameters.sample(np.random.default_rng()))


class SameForAll(CartPole):
    def create_individual(self) -> dict[str, np.ndarray]:
        return self.to_individual(np.zeros(self.parameters.size))


class Shaped(CartPole):
    def create_individual(self) -> dict[str, np.ndarray]:
        return {name: array[:, None] for name, array in super().create_individual().items()}


class Heavy(CartPole):
    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "table": np.zeros(5000)}


class Drifting(Encoder):
    """Currents that grow with everything that the process has encoded."""

    made = 0

    @property
    def n_inputs(self) -> int:
        return 24

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Any) -> Currents:
        Drifting.made += 1
        return Currents(np.full((len(active), 24), 500.0 * Drifting.made))


class Drifts(CartPole):
    @cached_property
    def encoder(self) -> Encoder:
        return Drifting(*self.normalisation.bounds, self.config.window_ms, self.config.resolution_ms)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Misspelt, "completing the defaults fails: UnknownNameError: .*'genrations'. Did you mean 'generations'"),
        (Nameless, r"defaults\['task'\] is ''; expected the task's name"),
        (TooFewLabels, "its facts fails: ConfigurationError: .* has 1 observation_labels; expected 4"),
        (BadAxes, r"map_axes is \(2, 4\); expected variables below 4"),
        (BadFixed, "map_fixed has 2 values; expected 4 or none"),
        (WrongRule, r"its rule gives 2; expected an action of Discrete\(2\)"),
        (PushyRule, r"its rule gives 7; expected an action of Discrete\(3\)"),
        (RuleMutates, "its rule changes the observations"),
        (NaNScores, r"scores\(\) gives \[nan nan\]; expected a number for each of 2 episodes"),
        (BadSuccess, r"successes\(\) gives .*; expected true or false for each of 2 episodes"),
        (Unseeded, "the same seed gives another individual: .*Draw from self._individual_rng only"),
        (SameForAll, "another seed gives the same individual; expected another one"),
        (Shaped, r"create_individual\(\)\['weights_0'\] is no flat array of float64"),
        (Heavy, r"its pickle has 4\d{4} bytes; expected at most 10000"),
        (Drifts, "a worker's copy plays otherwise: "),
    ],
)
def test_a_broken_task_is_told(broken: type[ClosedLoop], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_task(broken)


def test_a_task_of_ones_own_and_settings_above_its_defaults_are_checked() -> None:
    check_task(CartPole, decoder={"tie": "random"}, encoder={"name": "poisson"}, window_ms=10.0)
    with pytest.raises(ContractError, match=r"playing a generation .* fails: SimulatorError: .*no_such_neuron"):
        check_task(CartPole, model={"neuron": "no_such_neuron"})
    with pytest.raises(ContractError, match="looking it up fails: UnknownNameError: unknown task 'cartpole'"):
        check_task("cartpole")
