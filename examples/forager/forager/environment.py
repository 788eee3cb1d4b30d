"""The environment: an animal that finds food by smell, on a torus: opposite edges of a square are joined."""

from __future__ import annotations

import math
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box

ID = "forager/Forager-v0"
N_PORTIONS = 3
STEP, LARGEST_TURN = 0.05, math.pi / 4
ANTENNA_ANGLE, ANTENNA_LENGTH = math.pi / 4, 0.1
SMELL_LENGTH, REACH = 0.2, 0.06
HUNGER, PORTION = 0.02, 0.4


class Forager(gymnasium.Env):
    """An animal that walks at a constant speed and steers by what its two antennae smell.

    Lengths are in units of the square's side. Three portions of food lie at random places. Each one smells; the
    concentration falls by the factor e over a distance of 0.2.

    Observation
    -----------
    Concentration of smell at the left antenna and at the right antenna, in [0, 1], and energy, in [0, 1].

    Action
    ------
    Turn before the next step, in [-1, 1]: 1 is 45 degrees to the left. A step is 0.05 long.

    Reward
    ------
    1 for each portion that is eaten, because it is at most 0.06 away; another portion appears at a random place.

    Episode end
    -----------
    Terminated when the energy is used up: a step costs 0.02, a portion gives 0.4. Truncated after 100 steps.
    """

    metadata = {"render_modes": []}
    observation_space = Box(0.0, 1.0, (3,), np.float32)
    action_space = Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Put animal and food at random places."""
        super().reset(seed=seed)
        self.position = self.np_random.uniform(0.0, 1.0, 2)
        self.heading = self.np_random.uniform(-math.pi, math.pi)
        self.food = self.np_random.uniform(0.0, 1.0, (N_PORTIONS, 2))
        self.energy = 1.0
        return self._observation(), {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict]:
        """Turn, walk, and eat what is in reach."""
        self.heading += LARGEST_TURN * min(max(float(action[0]), -1.0), 1.0)
        self.position = (self.position + STEP * _direction(self.heading)) % 1.0
        in_reach = self._distances(self.position) <= REACH
        eaten = int(in_reach.sum())
        self.food[in_reach] = self.np_random.uniform(0.0, 1.0, (eaten, 2))
        self.energy = min(max(self.energy - HUNGER + PORTION * eaten, 0.0), 1.0)
        return self._observation(), float(eaten), self.energy == 0.0, False, {}

    def _observation(self) -> np.ndarray:
        smells = []
        for side in (1.0, -1.0):
            antenna = self.position + ANTENNA_LENGTH * _direction(self.heading + side * ANTENNA_ANGLE)
            smells.append(min(float(np.exp(-self._distances(antenna) / SMELL_LENGTH).sum()), 1.0))
        return np.array([*smells, self.energy], np.float32)

    def _distances(self, place: np.ndarray) -> np.ndarray:
        """Return the distance of each portion from a place; the nearest way may cross an edge."""
        apart = np.abs(self.food - place) % 1.0
        apart = np.minimum(apart, 1.0 - apart)
        return np.sqrt((apart * apart).sum(axis=1))


def _direction(angle: float) -> np.ndarray:
    return np.array([math.cos(angle), math.sin(angle)])


# The entry point is a text: nothing is imported before an environment is made.
gymnasium.register(ID, entry_point="forager.environment:Forager", max_episode_steps=100)
