"""The contract of decoders: ours keep it, and each way to break it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from neurosim_rl.bridge import DECODERS, Decoder
from neurosim_rl.bridge.decoder import NO_SPIKE
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.errors import DecodingError
from neurosim_rl.settings.checks import check_shape
from neurosim_rl.settings.options import option
from neurosim_rl.testing import ContractError, check_decoder

CASES: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in DECODERS]
CASES += [("winner", {"tie": "random"}), ("winner", {"neurons_per_action": 3, "action_space": Discrete(3, start=-7)})]
CASES += [("rate-difference", {"neurons_per_side": 3, "action_space": Box(-2.0, 2.0, ())})]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_decoder_keeps_the_contract(name: str, options: dict[str, Any]) -> None:
    check_decoder(DECODERS[name], **options)


@dataclass
class Fading(Decoder):
    """Torque by fading counts of two neurons a dimension, with a random tie-break."""

    scale_hz: float = option(100.0, "firing rate in Hz that saturates", low=1e-6)

    def __post_init__(self) -> None:
        self._require(Box, "the winner decoder")

    @property
    def n_outputs(self) -> int:
        return 2 * int(np.prod(self.action_space.shape or ()))

    def start(self, networks: Sequence[Any]) -> None:
        self.trace = np.zeros((len(networks), self.n_outputs))

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        check_shape("counts", counts, (len(active), self.n_outputs))
        self.trace[active] = 0.5 * self.trace[active] + counts
        strength = np.tanh(self.trace[active][:, ::2] - self.trace[active][:, 1::2])
        strength *= np.array([rngs[element].random() for element in active])[:, None]
        assert isinstance(self.action_space, Box)
        low, high = self.action_space.low.ravel(), self.action_space.high.ravel()
        return low + (high - low) * (strength + 1) / 2


class Remembers(Fading):
    def start(self, networks: Sequence[Any]) -> None:
        if not hasattr(self, "trace") or len(self.trace) != len(networks):
            super().start(networks)


class Shares(Fading):
    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Any) -> np.ndarray:
        return super().decode(counts - counts.min(axis=0), active, rngs)


class DrawsOnce(Fading):
    """One draw of the first element for all."""

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Any) -> np.ndarray:
        return super().decode(counts, active, [rngs[0]] * len(rngs))


class Unseeded(Fading):
    generator = np.random.default_rng()

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Any) -> np.ndarray:
        return super().decode(counts, active, [self.generator] * len(rngs))


class Mutates(Fading):
    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Any) -> np.ndarray:
        actions = super().decode(counts, active, rngs)
        counts[:] = 0
        return actions


class Overshoots(Fading):
    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Any) -> np.ndarray:
        return 1.5 * super().decode(counts, active, rngs)


class TooFew(Fading):
    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Any) -> np.ndarray:
        return super().decode(counts, active, rngs)[:, :-1]


class OneForAll(Fading):
    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Any) -> np.ndarray:
        return super().decode(counts, active, rngs)[0]


class AcceptsMore(Fading):
    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Any) -> np.ndarray:
        return super().decode(counts[:, : self.n_outputs], active, rngs)


class AnySpace(Fading):
    def __post_init__(self) -> None:
        pass


class Loud(Fading):
    def credit(self, actions: np.ndarray) -> np.ndarray:
        return np.full((len(actions), self.n_outputs), 2.0)


class Twisted(Fading):
    def reflection(self) -> Reflection:
        return Reflection.of_order(np.roll(np.arange(self.n_outputs), 1))


class NeedsASpike(Decoder):
    """The action of a neuron that spiked: none in silence."""

    reads_first_spikes = True

    @property
    def n_outputs(self) -> int:
        return 2

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Any) -> np.ndarray:
        check_shape("first_steps", counts, (len(active), self.n_outputs))
        return counts.argmin(axis=1)[counts.min(axis=1) < NO_SPIKE]


def test_a_decoder_of_first_spikes_is_tried_with_silence() -> None:
    with pytest.raises(ContractError, match=r"decode\(\) gives shape \(0,\) for 12 rows"):
        check_decoder(lambda: NeedsASpike(Discrete(2), 10.0))


class NoSpace(Fading):
    def __post_init__(self) -> None:
        raise DecodingError(f"no action space suits; got {self.action_space}.")


def test_a_decoder_of_ones_own_may_keep_it() -> None:
    check_decoder(Fading, scale_hz=50.0)
    check_decoder(lambda: Fading(Box(-1.0, 1.0, (3,), np.float64), 10.0))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Remembers, r"after start\(\), an episode is another one: .*Forget earlier episodes"),
        (Shares, "element . alone acts otherwise than in a batch of 12: .*Keep one row for each element"),
        (DrawsOnce, "element . alone acts otherwise than in a batch of 12"),
        (Unseeded, r"after start\(\), an episode is another one"),
        (Mutates, r"decode\(\) changes its arguments"),
        (Overshoots, r"decode\(\) gives .* in row .*; expected an action of Box"),
        (TooFew, r"decode\(\) gives 3 values a row; expected 4, as Box"),
        (OneForAll, r"decode\(\) gives shape \(4,\) for 12 rows"),
        (AcceptsMore, r"an array of shape \(12, 9\) is accepted; expected ShapeError"),
        (AnySpace, r"an action space of text is accepted; expected DecodingError with 'Text\("),
        (Loud, r"credit\(\) reaches 2; expected values in \[-1, 1\]"),
        (Twisted, "the mirror of the mirror of an output is another output"),
        (NoSpace, "it takes neither a Discrete nor a Box space"),
    ],
)
def test_a_broken_decoder_is_told(broken: type[Decoder], message: str) -> None:
    space = Box(np.array([[-1.0, 0.0], [-5.0, 2.0]]), np.array([[1.0, 10.0], [5.0, 3.0]]), dtype=np.float64)
    with pytest.raises(ContractError, match=message):
        check_decoder(broken, action_space=None if broken is NoSpace else space)
