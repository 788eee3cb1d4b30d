"""Environments, a task and a simulator small enough to be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete

from neurosim_rl.bridge import Currents, Encoder
from neurosim_rl.bridge.drive import Drive
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.simulators import Simulator


class Corridor(gymnasium.Env):
    """Cells 0 to 4 in a row; the start is seed modulo 4, and cell 4 ends the episode.

    Action 0 steps left, 1 stays, 2 steps right; each step costs 1. So the best return from cell c is c - 4.
    """

    observation_space = Box(0.0, 4.0, (1,), np.float64)
    action_space: gymnasium.Space = Discrete(3)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        self.cell = 0 if seed is None else seed % 4
        return self.observation(), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        self.cell = min(max(self.cell + int(action) - 1, 0), 4)
        return self.observation(), -1.0, self.cell == 4, False, {}

    def observation(self) -> np.ndarray:
        return np.array([float(self.cell)])


class Diverging(Corridor):
    """A corridor whose physics diverges: the first step gives the two observations and the reward of the arguments."""

    observation_space = Box(0.0, 4.0, (2,), np.float64)

    def __init__(self, first: float = 0.0, second: float = 0.0, reward: float = -1.0) -> None:
        self.given = np.array([first, second]), reward

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        return np.zeros(2), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        return *self.given, False, False, {}


class Speaking(Corridor):
    """A corridor that observes a text."""

    observation_space = gymnasium.spaces.Text(5)  # type: ignore[assignment]


class Spoken(Corridor):
    """A corridor whose actions are texts."""

    action_space = gymnasium.spaces.Text(5)


class Lever(Corridor):
    """Actions of shape (2, 3); the reward is their sum, and the episode ends at once."""

    action_space = Box(np.full((2, 3), -1.0, np.float32), np.full((2, 3), 1.0, np.float32))

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict]:
        assert action.shape == (2, 3)
        assert action.dtype == np.float32
        return self.observation(), float(np.sum(action)), True, False, {}


TOYS: dict[str, tuple[Callable[..., gymnasium.Env], int | None]] = {
    "Corridor-v0": (Corridor, 10),
    "EndlessCorridor-v0": (Corridor, None),
    "Diverging-v0": (Diverging, 10),
    "Speaking-v0": (Speaking, 10),
    "Spoken-v0": (Spoken, 10),
    "Lever-v0": (Lever, 10),
}
"""Class and step limit of each toy, by the id under which the fixture ``toys`` registers it."""


class CorridorTask(ClosedLoop):
    """The corridor as a task. With all weights zero the network is silent, and silence steps right: optimal."""

    defaults: ClassVar = {
        "task": "corridor",
        "environment": {"id": "Corridor-v0"},
        "encoder": {"name": "current", "tuning": {"name": "linear"}},
        "decoder": {"name": "winner", "tie": "neutral", "neutral_action": 2},
        "model": {"name": "feed-forward", "hidden": [2]},
        "window_ms": 2.0,
    }
    solved_return = -2.0
    rule_label = "step right"

    def rule(self, observations: np.ndarray) -> np.ndarray:
        return np.full(len(observations), 2)


class ObservationEncoder(Encoder):
    """Gives each observed value as a current."""

    @property
    def n_inputs(self) -> int:
        return len(self.low)

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Currents:
        return Currents(observations.copy())


class ScriptedSimulator(Simulator):
    """Lets output neuron ``scripts[element][k]`` spike ``k + 1`` times in window k, and notes how it was called."""

    def __init__(self, scripts: Sequence[Sequence[int]], n_outputs: int = 3) -> None:
        self.scripts = scripts
        self.n_outputs = n_outputs
        self.calls: list[tuple[Drive, float, list[int]]] = []

    def build(self, networks: Sequence[Network], **options: Any) -> None:
        self.networks = networks

    def advance(self, drive: Drive, window_ms: float, active: np.ndarray) -> np.ndarray:
        window = len(self.calls)
        self.calls.append((drive, window_ms, active.tolist()))
        counts = np.zeros((len(active), self.n_outputs), np.int64)
        counts[np.arange(len(active)), [self.scripts[element][window] for element in active]] = window + 1
        return counts

    def output_mv(self) -> np.ndarray:
        raise NotImplementedError

    def spikes(self) -> Spikes:
        raise NotImplementedError

    def window_spikes(self) -> Spikes:
        raise NotImplementedError

    def membranes(self) -> Membranes:
        raise NotImplementedError

    def weights_pa(self) -> list[list[np.ndarray]]:
        raise NotImplementedError

    def set_weights_pa(self, *args: Any, **options: Any) -> None:
        raise NotImplementedError

    def close(self) -> None:
        pass
