"""The contract of backgrounds: ours keep it, and each way to break it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from neurosim_rl.bridge import BACKGROUNDS, Background, Currents, Drive, SpikeTrains
from neurosim_rl.bridge.background import PoissonBackground
from neurosim_rl.networks.network import Network
from neurosim_rl.settings.options import option
from neurosim_rl.testing import ContractError, check_background

CASES: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in BACKGROUNDS]
CASES += [("poisson", {"into": ["hidden"], "rate_hz": 900.0, "weight_pa": -300.0})]
Phases = list[tuple[Drive, float]]
NONE = np.zeros(0, np.int64)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_background_keeps_the_contract(name: str, options: dict[str, Any]) -> None:
    check_background(BACKGROUNDS[name], **options)


@dataclass
class Volleys(PoissonBackground):
    """All sources spike together, in one step that each element draws."""

    step_high: int = option(1, "latest step of a volley", low=1)

    def phases(self, phases: Phases, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Phases:
        return [(replace(drive, background=self.volley(active, rngs)), part_ms) for drive, part_ms in phases]

    def volley(self, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> SpikeTrains:
        steps = [self.drawn(int(element), rngs) for element in active]
        n = self._n_sources
        rows = np.repeat(np.arange(len(active)), n)
        return SpikeTrains(rows, np.tile(np.arange(n), len(active)), np.repeat(steps, n), len(active))

    def drawn(self, element: int, rngs: Sequence[np.random.Generator]) -> int:
        return int(rngs[element].integers(1, 1 + self.step_high))


def silence(n_rows: int) -> SpikeTrains:
    return SpikeTrains(NONE, NONE, NONE, n_rows)


def test_a_background_of_ones_own_keeps_it_as_a_class_and_from_a_factory() -> None:
    check_background(Volleys)
    check_background(lambda: Volleys(0.1, into=("output",)))


class Shares(Volleys):
    def added_to(self, network: Network) -> Network:
        self.n_played = 0
        return super().added_to(network)

    def phases(self, phases: Phases, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Phases:
        spikes = self.volley(active, rngs) if len(active) % 2 else silence(len(active))
        return [(replace(drive, background=spikes), part_ms) for drive, part_ms in phases]


class Early(Volleys):
    def drawn(self, element: int, rngs: Sequence[np.random.Generator]) -> int:
        return 0


class Remembers(Volleys):
    n_volleys = 0

    def volley(self, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> SpikeTrains:
        self.n_volleys += 1
        spikes = super().volley(active, rngs)
        return spikes if self.n_volleys < 4 else silence(len(active))


class Drives(Volleys):
    def phases(self, phases: Phases, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Phases:
        louder: Phases = [(Currents(2 * drive.pa), ms) for drive, ms in phases if isinstance(drive, Currents)]
        return super().phases(louder, active, rngs)


class Longer(Volleys):
    def phases(self, phases: Phases, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Phases:
        return [(drive, 2 * part_ms) for drive, part_ms in super().phases(phases, active, rngs)]


class Removes(Volleys):
    def added_to(self, network: Network) -> Network:
        added = super().added_to(network)
        return replace(added, projections=added.projections[1:])


class Varies(Volleys):
    n_added = 0

    def added_to(self, network: Network) -> Network:
        self.n_added += 1
        self.into = ("hidden", "output") if self.n_added % 2 else ("hidden",)
        self._sources.clear()
        return super().added_to(network)


class Silent(Volleys):
    is_silent = True


class Missing(Volleys):
    def start(self, networks: Sequence[Network]) -> None:
        networks[0].population("backgrond")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Shares, r"element 0 alone gets other spikes than in a batch of 4: .* draw only from rngs\[element\]"),
        (Early, r"the form of the spikes fails: SimulatorError: drive\.background\.step spans 0 to 0"),
        (Remembers, r"after start\(\), an episode is another one: .* Forget earlier episodes in start\(\)"),
        (Drives, r"phases\(\) changes the drive of the encoder"),
        (Longer, r"phases\(\) changes the durations of the parts: expected 0\.1, got 0\.2"),
        (Removes, r"added_to\(\) changes populations or projections of the network"),
        (Varies, r"networks that differ in weights only get different sources"),
        (Silent, r"is_silent is True, and Network\.background is 'background'"),
        (Missing, r"start\(\) or phases\(\) fails: StopIteration"),
    ],
)
def test_a_broken_background_is_told(broken: type[Background], message: str) -> None:
    with pytest.raises(ContractError, match=rf"^check_background: {broken.__name__}: .*{message}"):
        check_background(broken)
