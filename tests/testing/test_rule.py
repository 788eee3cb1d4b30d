"""The contract of learning rules: ours keep it, and each way to break it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from neurosim_rl.learning import (
    FACTOR,
    LEARNING,
    Evolvable,
    LearningBatch,
    LearningWindow,
    PlasticityRule,
    PlasticLearner,
    Rule,
)
from neurosim_rl.learning.plastic_projection import PlasticProjection
from neurosim_rl.settings.options import option
from neurosim_rl.testing import ContractError, check_rule

BOTH = ["hidden->output", "input->hidden"]
CASES: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in LEARNING]
CASES += [("r-stdp", {"projections": BOTH, "hidden_credit": "feedback", "average": True})]
CASES += [("r-stdp", {"critic": {"name": "loss", "weights": [1.0, 0.0, 2.0]}, "n_observations": 3})]
CASES += [("r-stdp", {"evolve": ["learning_rate", "a_plus", "tau_minus_ms"]})]
CASES += [("r-stdp", {"soft_bounds": True, "keep_sign": False, "normalise_every": 3, "critic": {"name": "loss"}})]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_rule_keeps_the_contract(name: str, options: dict[str, Any]) -> None:
    check_rule(LEARNING[name], **options)


class Perturbing(PlasticLearner):
    """Weight perturbation: noise on all weights, kept in proportion to the reward that came with it."""

    def __init__(self, rule: Perturbation, batch: LearningBatch) -> None:
        super().__init__(rule, batch)
        self.noise_pa = [np.zeros(p.weight_pa.shape) for p in self.projections]

    def update(self, window: LearningWindow) -> None:
        active = window.active
        for projection, noise in zip(self.projections, self.noise_pa, strict=True):
            kept = np.tanh(window.rewards)[:, None] * noise[active]
            settled = projection.weight_pa[active] - noise[active] + kept
            noise[active] = self.noise(active, settled.shape)
            self.set_weights(projection, active, settled + noise[active])

    def noise(self, active: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        draws = np.stack([self.batch.rngs[element].normal(size=shape[1]) for element in active])
        return draws * self.values["noise_pa"][active, None]


@dataclass(frozen=True)
class Perturbation(PlasticityRule):
    """Weight perturbation (Jabri & Flower 1992)."""

    evolvable: ClassVar[Mapping[str, Evolvable]] = {"noise_pa": FACTOR}
    learner: ClassVar[type[Perturbing]] = Perturbing

    noise_pa: float = option(20.0, "standard deviation of the noise in pA", low=0)

    def start(self, batch: LearningBatch) -> PlasticLearner:
        return self.learner(self, batch)


def with_learner(learner: type[Perturbing]) -> type[Perturbation]:
    return type("Broken", (Perturbation,), {"learner": learner})


class Shares(Perturbing):
    def noise(self, active: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        noise = super().noise(active, shape)
        return noise - noise.mean(axis=0)


class DrawsByRow(Perturbing):
    def noise(self, active: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        return super().noise(np.arange(len(active)), shape)


class Unseeded(Perturbing):
    def noise(self, active: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        return np.random.default_rng().normal(size=shape)


class Remembers(Perturbing):
    """Keeps count of all trials of the class."""

    windows = 0

    def noise(self, active: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        type(self).windows += 1
        return super().noise(active, shape) * type(self).windows


class Idle(Perturbing):
    def update(self, window: LearningWindow) -> None:
        pass


class Believes(Perturbing):
    """Changes its own record of the weights, and not the simulator's."""

    def update(self, window: LearningWindow) -> None:
        for projection in self.projections:
            projection.weight_pa[window.active] += 1.0


class Explodes(Perturbing):
    def noise(self, active: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        return np.full(shape, np.nan)


class TooFew(Perturbing):
    def noise(self, active: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        return super().noise(active, shape)

    def set_weights(self, projection: PlasticProjection, active: np.ndarray, weight_pa: np.ndarray) -> None:
        super().set_weights(projection, active, weight_pa[:, 1:])


class Strays(Perturbing):
    """Changes a projection that the options do not name."""

    def weights_pa(self, element: int, network: Any) -> list[np.ndarray]:
        return [2.0 * weights for weights in super().weights_pa(element, network)]


class Unrecorded(Perturbing):
    def update(self, window: LearningWindow) -> None:
        super().update(window)
        assert window.counts_of("hiden").size


@dataclass(frozen=True)
class NoOption(Perturbation):
    """A constant that is no option."""

    evolvable: ClassVar[Mapping[str, Evolvable]] = {"nois_pa": FACTOR}


@dataclass(frozen=True)
class AnyProjection(Perturbation):
    """Takes what it does not know for nothing."""

    def plastic(self, network: Any) -> list[int]:
        return [1]


class Pretends(Rule):
    """Says that it learns."""

    learns = True
    when = "training"  # type: ignore[assignment]
    episodes = 1  # type: ignore[assignment]


def test_a_rule_of_ones_own_may_keep_it() -> None:
    check_rule(Perturbation, noise_pa=5.0)
    check_rule(lambda: Perturbation(projections=tuple(BOTH)))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Shares, "element 0 alone learns other weights than in a batch of 3: .*draw only from batch.rngs"),
        (DrawsByRow, "element . alone learns other weights than in a batch of 3"),
        (Unseeded, "NEST and the compiled simulator differ: weights: expected .* got"),
        (Remembers, "NEST and the compiled simulator differ: weights"),
        (Idle, r"no weight changes; expected that some do\. Call set_weights in update\(\)"),
        (Believes, r"the simulator does not play with the learner's weights: .*Change weights by set_weights only"),
        (Explodes, r"learning in the simulator 'compiled' fails: NetworkError: .*expected a finite number"),
        (TooFew, r"learning in the simulator 'compiled' fails: ShapeError: .*shape \(9,\); expected \(10,\)"),
        (Strays, r"projection 0 is not in learning\.projections and changes"),
        (Unrecorded, "fails: UnknownNameError: unknown population with spikes 'hiden'. Did you mean 'hidden'"),
    ],
)
def test_a_broken_learner_is_told(broken: type[Perturbing], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_rule(with_learner(broken))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (NoOption, "evolvable names 'nois_pa', which is no option; valid: episodes, .*noise_pa"),
        (AnyProjection, "a projection that does not exist is accepted; expected UnknownNameError"),
        (Perturbation.start, "expected an object derived from Rule|making it fails"),
    ],
)
def test_a_broken_rule_is_told(broken: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_rule(broken)


def test_what_only_says_that_it_learns_is_told() -> None:
    with pytest.raises(ContractError, match="learns is true; expected a class derived from PlasticityRule"):
        check_rule(lambda: Pretends())
