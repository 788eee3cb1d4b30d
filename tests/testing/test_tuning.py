"""The contracts of tunings and normalisations: ours keep them, and each way to break them is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from neurosim_rl.bridge import NORMALISATIONS, TUNINGS, Normalisation, Tuning
from neurosim_rl.bridge.normalisation import BoundsNormalisation, NoNormalisation
from neurosim_rl.bridge.tunings import LinearTuning
from neurosim_rl.settings.options import option
from neurosim_rl.testing import ContractError, check_normalisation, check_tuning


@pytest.mark.parametrize("name", TUNINGS)
def test_every_tuning_keeps_the_contract(name: str) -> None:
    check_tuning(TUNINGS[name])


@pytest.mark.parametrize("name", NORMALISATIONS)
def test_every_normalisation_keeps_the_contract(name: str) -> None:
    check_normalisation(NORMALISATIONS[name])


class Shares(LinearTuning):
    def activity(self, scaled: np.ndarray) -> np.ndarray:
        return scaled / scaled.max(axis=0)


class Signed(LinearTuning):
    def activity(self, scaled: np.ndarray) -> np.ndarray:
        return 2 * scaled - 1


class Miscounts(LinearTuning):
    def n_inputs(self, n_observations: int) -> int:
        return n_observations + 1


class Mutates(LinearTuning):
    def activity(self, scaled: np.ndarray) -> np.ndarray:
        scaled[scaled < 0.5] = 0.0
        return scaled.copy()


class Draws(LinearTuning):
    def activity(self, scaled: np.ndarray) -> np.ndarray:
        return np.random.default_rng().random(scaled.shape)


class WrongMirror(LinearTuning):
    def mirrored(self, n_observations: int, variables: Collection[int]) -> np.ndarray:
        return np.arange(n_observations)


@dataclass(frozen=True)
class NoHelp(LinearTuning):
    """An option without a word."""

    width: float = option(1.0, "")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Shares, "row 0 alone differs from the row among others"),
        (Signed, r"activities lie in \[-1, 1\]; expected \[0, 1\], as signed = False says"),
        (Miscounts, r"activity\(\) has shape \(44, 3\); expected \(44, 4\)"),
        (Mutates, r"activity\(\) changes its argument"),
        (Draws, "row 0 alone differs"),
        (WrongMirror, r"x and 1 - x do not give the mirror images"),
        (NoHelp, "the help of encoder.tuning.width is ''; expected one line of text"),
        (Tuning, "expected a dataclass, whose options are fields declared with option"),
    ],
)
def test_a_broken_tuning_is_told(broken: type[Tuning], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_tuning(broken)


@dataclass(frozen=True)
class Half(NoNormalisation):
    """Divides by 2, with the bounds of what is undivided."""

    def apply(self, observations: np.ndarray) -> np.ndarray:
        return 0.5 * observations


class Centred(Half):
    def apply(self, observations: np.ndarray) -> np.ndarray:
        return observations - observations.mean(axis=0)


class Deviates(Half):
    def apply(self, observations: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return (observations - self.low) / (self.high - self.low - 2.0)


class InPlace(Half):
    def apply(self, observations: np.ndarray) -> np.ndarray:
        observations *= 0.5
        return observations


class Leaves(Half):
    def apply(self, observations: np.ndarray) -> np.ndarray:
        return 3.0 * observations


class Drops(Half):
    def apply(self, observations: np.ndarray) -> np.ndarray:
        return observations[:, 1:]


class ForgetsOptions(BoundsNormalisation):
    @property
    def measured_options(self) -> dict[str, Any]:
        return {**super().measured_options, "gain": 0.5}


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Centred, "row 0 alone differs"),
        (Deviates, r"apply\(\) gives values that are not finite\. A variable may never move"),
        (InPlace, r"apply\(\) changes its argument"),
        (Leaves, "out of the bounds that encoders get"),
        (Drops, r"apply\(\) has shape \(50, 2\); expected \(50, 3\)"),
        (ForgetsOptions, "made again from its measured_options, it differs"),
    ],
)
def test_a_broken_normalisation_is_told(broken: type[Normalisation], message: str) -> None:
    check_normalisation(NoNormalisation)
    with pytest.raises(ContractError, match=message):
        check_normalisation(broken)
