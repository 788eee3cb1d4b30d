"""The contract of encoders: ours keep it, and each way to break it is told."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from neurosim_rl.bridge import ENCODERS, TUNINGS, Currents, Encoder, SpikeTrains
from neurosim_rl.bridge.drive import Drive
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.bridge.tuned_encoders import TunedEncoder
from neurosim_rl.errors import EncodingError
from neurosim_rl.settings.checks import check_shape
from neurosim_rl.settings.options import option, option_fields
from neurosim_rl.testing import ContractError, check_encoder

SYMMETRIC: dict[str, Any] = {"low": (-2.0, -1.0), "high": (2.0, 3.0)}
TUNED = [name for name, cls in ENCODERS.items() if issubclass(cls, TunedEncoder)]
PAIRS: list[tuple[str, dict[str, Any]]] = [
    (encoder, {"tuning": {"name": tuning}})
    for encoder, tuning in itertools.product(TUNED, TUNINGS)
    if not (TUNINGS[tuning].signed and ENCODERS[encoder].drives_spikes)
]
PAIRS += [
    (name, {"n_neurons": 16} if "n_neurons" in option_fields(ENCODERS[name]) else {})
    for name in ENCODERS
    if name not in TUNED
]
PAIRS += [
    ("latency", {"law": "logarithmic"}),
    ("delta", {"reference": "middle"}),
    ("population", {"mode": "probabilistic", "n_fields": 3}),
]


@pytest.mark.parametrize(("name", "options"), PAIRS)
def test_every_encoder_keeps_the_contract(name: str, options: dict[str, Any]) -> None:
    check_encoder(ENCODERS[name], **SYMMETRIC, **options)


@pytest.mark.parametrize("name", TUNED)
def test_every_encoder_keeps_it_where_it_does_not_clip(name: str) -> None:
    check_encoder(ENCODERS[name], clip=False)


@dataclass
class Noisy(Encoder):
    """Currents in proportion to observations, with noise that decays from window to window."""

    gain_pa: float = option(100.0, "current in pA for one unit", low=0)

    @property
    def n_inputs(self) -> int:
        return len(self.low)

    def start(self, networks: Sequence[Any]) -> None:
        self.noise = np.zeros((len(networks), self.n_inputs))

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Drive:
        check_shape("observations", observations, ("n_rows", len(self.low)))
        bad = np.argwhere(np.isnan(observations))
        if len(bad):
            raise EncodingError(f"observation[{bad[0, 1]}] is nan; expected a number.")
        draws = np.stack([rngs[element].normal(size=self.n_inputs) for element in active])
        self.noise[active] = 0.5 * self.noise[active] + draws
        return Currents(self.gain_pa * observations + self.noise[active])


class Remembers(Noisy):
    def start(self, networks: Sequence[Any]) -> None:
        if not hasattr(self, "noise") or len(self.noise) != len(networks):
            super().start(networks)


class Shares(Noisy):
    """Subtracts the mean of the batch."""

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Any) -> Drive:
        drive = super().encode(observations, active, rngs)
        assert isinstance(drive, Currents)
        return Currents(drive.pa - drive.pa.mean(axis=0))


class DrawsByRow(Noisy):
    """Takes the generators of the first elements, whichever are running."""

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Any) -> Drive:
        check_shape("observations", observations, ("n_rows", len(self.low)))
        return Currents(np.stack([rngs[row].normal(size=self.n_inputs) for row in range(len(active))]))


class Unseeded(Noisy):
    generator = np.random.default_rng()

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Any) -> Drive:
        return super().encode(observations, active, [self.generator] * (int(active.max()) + 1))


class Mutates(Noisy):
    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Any) -> Drive:
        drive = super().encode(observations, active, rngs)
        observations *= 2.0
        return drive


class Reuses(Noisy):
    """Fills one array again and again."""

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Any) -> Drive:
        drive = super().encode(observations, active, rngs)
        assert isinstance(drive, Currents)
        if getattr(self, "kept", np.zeros(0)).shape != drive.pa.shape:
            self.kept = drive.pa
        self.kept[:] = drive.pa
        return Currents(self.kept)


class AcceptsNaN(Noisy):
    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Any) -> Drive:
        return super().encode(np.nan_to_num(observations), active, rngs)


class AcceptsMore(Noisy):
    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Any) -> Drive:
        return super().encode(observations[:, : len(self.low)], active, rngs)


class Miscounts(Noisy):
    @property
    def n_inputs(self) -> int:
        return 3

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Any) -> Drive:
        return Currents(observations)


class Late(Noisy):
    """A spike after the window."""

    drives_spikes = True

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Any) -> Drive:
        row = np.arange(len(active))
        return SpikeTrains(row, np.zeros_like(row), np.full_like(row, self.n_steps + 1), len(row))


class Mislabelled(Late):
    drives_spikes = False


class Short(Noisy):
    def phases(self, drive: Drive) -> list[tuple[Drive, float]]:
        return [(drive, self.window_ms / 2)]


class WrongMirror(Noisy):
    """Says that a sign changes nothing."""

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Any) -> Drive:
        return super().encode(observations, active, [np.random.default_rng(1) for _ in range(9)])

    def reflection(self, variables: Any) -> Reflection:
        return Reflection.of_order(range(self.n_inputs))


@dataclass
class NoUnit(Noisy):
    """An option in pA that does not say so."""

    gain_pa: float = option(100.0, "current for one unit", low=0)


@dataclass
class BadDefault(Noisy):
    """A default out of its own range."""

    gain_pa: float = option(-1.0, "current in pA for one unit", low=0)


class Divides(Noisy):
    def start(self, networks: Sequence[Any]) -> None:
        raise ZeroDivisionError("division by zero")


def test_an_encoder_of_ones_own_may_keep_it() -> None:
    check_encoder(Noisy, gain_pa=3.0)
    check_encoder(lambda: Noisy(np.zeros(3), np.ones(3), 10.0, 0.1), low=(0.0,) * 3, high=(1.0,) * 3)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Remembers, r"Remembers: after start\(\), an episode is another one: .*expected .* got .*Forget earlier"),
        (Shares, "element 0 alone gets another drive than in a batch of 5: .*Keep one row for each element"),
        (DrawsByRow, "element . alone gets another drive"),
        (Unseeded, r"after start\(\), an episode is another one"),
        (Mutates, r"encode\(\) changes its arguments"),
        (Reuses, r"the next encode\(\) changes an earlier drive"),
        (AcceptsNaN, r"NaN is accepted; expected EncodingError with 'observation\[1\] is nan' in its message"),
        (AcceptsMore, r"observations of shape \(2, 3\) is accepted; expected ShapeError"),
        (Miscounts, r"a simulator refuses the drive: .*shape \(2, 2\); expected \(2, 3\)"),
        (Late, "a simulator refuses the drive: .*step spans 101 to 101; expected values from 1 to 100"),
        (Mislabelled, "drives_spikes is False, so the drive is Currents; got SpikeTrains"),
        (Short, r"phases\(\) last 10 ms together; expected the window, 20 ms"),
        (NoUnit, "the help of encoder.gain_pa does not say its unit: 'current for one unit'; expected 'pA'"),
        (BadDefault, "its defaults make no configuration fails: ConfigurationError: .*out of range"),
        (Divides, r"encode\(\) of both bounds fails: ZeroDivisionError: division by zero"),
    ],
)
def test_a_broken_encoder_is_told(broken: type[Encoder], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_encoder(broken)


def test_a_wrong_mirror_is_told() -> None:
    with pytest.raises(ContractError, match=r"a mirrored observation does not give the mirrored drive"):
        check_encoder(WrongMirror, **SYMMETRIC)


def test_a_factory_that_no_worker_can_have_is_told() -> None:
    lock = threading.Lock()

    def make() -> Encoder:
        with lock:
            return Noisy(np.array([-1.2, 0.0]), np.array([0.6, 10.0]), 20.0, 0.2)

    with pytest.raises(ContractError, match="pickling it for a worker fails: TypeError: cannot pickle"):
        check_encoder(make)


def test_what_is_no_encoder_is_told() -> None:
    with pytest.raises(ContractError, match="expected an object derived from Encoder; got float"):
        check_encoder(lambda: 1.0)  # type: ignore[arg-type, return-value]
    with pytest.raises(ContractError, match=r"expected a class or a function that makes one; got 1\.0"):
        check_encoder(1.0)  # type: ignore[arg-type]
    with pytest.raises(ContractError, match=r"a factory takes no options; got \['gain_pa'\]"):
        check_encoder(lambda: Noisy(np.zeros(1), np.ones(1), 10.0, 0.1), gain_pa=2.0)


@pytest.mark.parametrize(("low", "high"), [((2.0,), (1.0,)), ((0.0, 1.0), (1.0,)), (0.0, 1.0)])
def test_bounds_that_are_none_are_told(low: Any, high: Any) -> None:
    message = "expected two sequences of one length, with low below high everywhere"
    with pytest.raises(ContractError, match=message):
        check_encoder(Noisy, low=low, high=high)


def test_a_broken_contract_is_a_failed_assertion_and_names_its_cause() -> None:
    with pytest.raises(AssertionError, match="check_encoder: Divides: ") as caught:
        check_encoder(Divides)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert "\n" not in str(caught.value)
