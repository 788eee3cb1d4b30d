"""The contract of critics: ours keep it, and each way to break it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Discrete

from neurosim_rl.bridge.decoders import WinnerTakesAll
from neurosim_rl.environments import Step
from neurosim_rl.learning.critics import CRITICS, Critic, ScalarCritic, Verdict
from neurosim_rl.settings.options import option
from neurosim_rl.testing import ContractError, check_critic

CASES: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in CRITICS]
CASES += [("loss", {"weights": [1.0, 0.0, 2.0], "n_observations": 3, "balanced": 0.3, "credit": "chosen"})]
CASES += [("reward", {"mean_tau": 3.0, "at_end": -5.0, "credit": "global"})]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_critic_keeps_the_contract(name: str, options: dict[str, Any]) -> None:
    check_critic(CRITICS[name], **options)


@dataclass
class Growing(ScalarCritic):
    """The growth of the reward since the window before."""

    scale: float = option(0.5, "reward for a growth of 1", low=0)

    def start(self, n_batch: int) -> None:
        self.last = np.zeros(n_batch)

    def value(self, active: np.ndarray, observations: np.ndarray, step: Step) -> np.ndarray:
        growth = self.scale * (step.rewards - self.last[active])
        self.last[active] = step.rewards
        return growth


def test_a_critic_of_ones_own_keeps_it_as_a_class_and_from_a_factory() -> None:
    check_critic(Growing, scale=2.0)
    check_critic(lambda: Growing(WinnerTakesAll(Discrete(2, start=3), 20.0, tie="first"), np.sign))


class Compares(Growing):
    def value(self, active: np.ndarray, observations: np.ndarray, step: Step) -> np.ndarray:
        return step.rewards - step.rewards.mean()


class Remembers(Growing):
    def start(self, n_batch: int) -> None:
        if not hasattr(self, "last"):
            super().start(n_batch)


class Mutates(Growing):
    def value(self, active: np.ndarray, observations: np.ndarray, step: Step) -> np.ndarray:
        observations *= 2.0
        return observations[:, 0]


class Divides(Growing):
    def value(self, active: np.ndarray, observations: np.ndarray, step: Step) -> np.ndarray:
        return 0.0 * step.rewards / 0.0


class OneForAll(Growing):
    def assess(self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, step: Step) -> Verdict:
        reward = self.value(active, observations, step)
        return Verdict(reward, reward[:, None])


class Numbers(Growing):
    def assess(self, *window: Any) -> Any:
        return np.zeros(3)


class Missing(Growing):
    def value(self, active: np.ndarray, observations: np.ndarray, step: Step) -> np.ndarray:
        return step.nothing  # type: ignore[attr-defined,no-any-return]


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Compares, r"element 0 alone is judged otherwise than in a batch of 4: .* one value for each element"),
        (Remembers, r"after start\(\), a trial is judged otherwise: .* Forget earlier trials in start\(\)"),
        (Mutates, r"assess\(\) changes its arguments"),
        (Divides, r"overall has rewards that are not finite"),
        (OneForAll, r"outputs has shape \(4, 1\); expected \(4, 6\)"),
        (Numbers, r"assess\(\) returned ndarray; expected a Verdict"),
        (Missing, r"start\(\) or assess\(\) fails: AttributeError: .*'nothing'"),
    ],
)
def test_a_broken_critic_is_told(broken: type[Critic], message: str) -> None:
    with pytest.raises(ContractError, match=rf"^check_critic: {broken.__name__}: .*{message}"):
        check_critic(broken)
