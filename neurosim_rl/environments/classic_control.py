"""Gymnasium's classic tasks, stepped by compiled code that gives Gymnasium's own bits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium.envs.classic_control import (
    AcrobotEnv,
    CartPoleEnv,
    Continuous_MountainCarEnv,
    MountainCarEnv,
    PendulumEnv,
)

from neurosim_rl.environments import compiled_classic_control as compiled

Outcome = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Observations, rewards, and whether the episode is over."""
TWO = 2.0
"""Exponent of squares (see `neurosim_rl.environments.compiled_classic_control`)."""


class Dynamics(ABC):
    """States of many copies of a classic task, and their steps.

    Parameters
    ----------
    env : gymnasium.Env
        The environment itself, without wrappers: its attributes are the constants.
    n_batch : int
    """

    environment: ClassVar[type]
    """Gymnasium's class that it steps."""
    n_states: ClassVar[int] = 2

    def __init__(self, env: Any, n_batch: int) -> None:
        self.state = np.zeros((self.n_states, n_batch))
        self.constants = self.read(env)

    def begin(self, elements: np.ndarray, states: np.ndarray) -> None:
        """Take the states of episodes that begin, shape (n_elements, n_states)."""
        self.state[:, elements] = states.T

    @staticmethod
    def plays(env: Any) -> bool:
        """Return whether this environment has no option that the compiled code leaves out."""
        return True

    @staticmethod
    @abstractmethod
    def read(env: Any) -> tuple[float, ...]:
        """Return the constants of an environment."""

    @abstractmethod
    def step(self, active: np.ndarray, actions: np.ndarray, is_first: np.ndarray) -> Outcome:
        """Step some elements.

        Parameters
        ----------
        active : int64 array, shape (n_rows,)
        actions : int64 or float32 array, shape (n_rows,)
            In the form that the environment takes.
        is_first : bool array, shape (n_rows,)
            Whether it is the first step of an episode.

        Returns
        -------
        observations : float32 array, shape (n_rows, n_observations)
        rewards : float64 array, shape (n_rows,)
        terminated : bool array, shape (n_rows,)
        """


class MountainCarDynamics(Dynamics):
    """Steps of ``MountainCarEnv``."""

    environment = MountainCarEnv

    @staticmethod
    def read(env: Any) -> tuple[float, ...]:
        """See `Dynamics.read`."""
        names = ("force", "gravity", "max_speed", "min_position", "max_position", "goal_position", "goal_velocity")
        return _floats(env, names)

    def step(self, active: np.ndarray, actions: np.ndarray, is_first: np.ndarray) -> Outcome:
        """See `Dynamics.step`."""
        observations, terminated = np.empty((len(active), 2), np.float32), np.empty(len(active), np.bool_)
        compiled.step_mountain_car(self.state, active, actions, self.constants, observations, terminated)
        return observations, np.full(len(active), -1.0), terminated


class ContinuousMountainCarDynamics(Dynamics):
    """Steps of ``Continuous_MountainCarEnv``."""

    environment = Continuous_MountainCarEnv

    @staticmethod
    def read(env: Any) -> tuple[float, ...]:
        """See `Dynamics.read`."""
        return _floats(env, ("power", "max_speed", "min_position", "max_position", "goal_position", "goal_velocity"))

    def step(self, active: np.ndarray, actions: np.ndarray, is_first: np.ndarray) -> Outcome:
        """See `Dynamics.step`."""
        n = len(active)
        observations, rewards, terminated = np.empty((n, 2), np.float32), np.empty(n), np.empty(n, np.bool_)
        compiled.step_continuous_mountain_car(
            self.state, is_first, active, actions, self.constants, observations, rewards, terminated, TWO
        )
        return observations, rewards, terminated


class CartPoleDynamics(Dynamics):
    """Steps of ``CartPoleEnv``."""

    environment = CartPoleEnv
    n_states = 4

    def __init__(self, env: Any, n_batch: int) -> None:
        super().__init__(env, n_batch)
        self._rewards = (0.0, -1.0) if env._sutton_barto_reward else (1.0, 1.0)

    @staticmethod
    def read(env: Any) -> tuple[float, ...]:
        """See `Dynamics.read`."""
        names = ("gravity", "masspole", "total_mass", "length", "polemass_length", "force_mag", "tau")
        limits = _floats(env, ("x_threshold", "theta_threshold_radians"))
        return (*_floats(env, names), *limits, float(env.kinematics_integrator == "euler"))

    def step(self, active: np.ndarray, actions: np.ndarray, is_first: np.ndarray) -> Outcome:
        """See `Dynamics.step`."""
        observations, terminated = np.empty((len(active), 4), np.float32), np.empty(len(active), np.bool_)
        angles = self.state[2, active]
        cosine, sine = np.cos(angles), np.sin(angles)
        compiled.step_cart_pole(self.state, active, actions, cosine, sine, self.constants, observations, terminated)
        return observations, np.where(terminated, self._rewards[1], self._rewards[0]), terminated


class PendulumDynamics(Dynamics):
    """Steps of ``PendulumEnv``."""

    environment = PendulumEnv

    @staticmethod
    def read(env: Any) -> tuple[float, ...]:
        """See `Dynamics.read`."""
        pull, push = 3 * env.g / (2 * env.l), 3.0 / (env.m * env.l**2)
        return (*_floats(env, ("max_torque", "max_speed")), float(pull), float(push), float(env.dt))

    def step(self, active: np.ndarray, actions: np.ndarray, is_first: np.ndarray) -> Outcome:
        """See `Dynamics.step`."""
        rewards = np.empty(len(active))
        angles = self.state[0, active]
        upright = ((angles + np.pi) % (2 * np.pi)) - np.pi
        compiled.step_pendulum(self.state, active, actions, upright, np.sin(angles), self.constants, rewards, TWO)
        angles, speeds = self.state[0, active], self.state[1, active]
        observations = np.stack([np.cos(angles), np.sin(angles), speeds], axis=1).astype(np.float32)
        return observations, rewards, np.zeros(len(active), np.bool_)


class AcrobotDynamics(Dynamics):
    """Steps of ``AcrobotEnv``, by the equations of the book and without noise of the torque."""

    environment = AcrobotEnv
    n_states = 4

    def __init__(self, env: Any, n_batch: int) -> None:
        super().__init__(env, n_batch)
        self._torques = np.array(env.AVAIL_TORQUE, dtype=np.float64)
        self._dt = env.dt
        self._limits = (float(env.MAX_VEL_1), float(env.MAX_VEL_2))

    @staticmethod
    def plays(env: Any) -> bool:
        """See `Dynamics.plays`."""
        return env.book_or_nips == "book" and env.torque_noise_max == 0

    @staticmethod
    def read(env: Any) -> tuple[float, ...]:
        """See `Dynamics.read`."""
        names = ("LINK_MASS_1", "LINK_MASS_2", "LINK_LENGTH_1", "LINK_COM_POS_1", "LINK_COM_POS_2", "LINK_MOI")
        return _floats(env, names)

    def step(self, active: np.ndarray, actions: np.ndarray, is_first: np.ndarray) -> Outcome:
        """See `Dynamics.step`."""
        torque, dt, start = self._torques[actions], self._dt, self.state[:, active]
        half = dt / 2.0
        k1 = self._derivative(start, torque)
        k2 = self._derivative(start + half * k1, torque)
        k3 = self._derivative(start + half * k2, torque)
        k4 = self._derivative(start + dt * k3, torque)
        after = start + dt / 6.0 * (k1 + 2 * k2 + 2 * k3 + k4)
        compiled.limit_acrobot(after, *self._limits)
        self.state[:, active] = after
        cosine = np.cos(after[0])
        columns = [cosine, np.sin(after[0]), np.cos(after[1]), np.sin(after[1]), after[2], after[3]]
        terminated = -cosine - np.cos(after[1] + after[0]) > 1.0
        return np.stack(columns, axis=1).astype(np.float32), np.where(terminated, 0.0, -1.0), terminated

    def _derivative(self, state: np.ndarray, torque: np.ndarray) -> np.ndarray:
        derivative = np.empty_like(state)
        compiled.acrobot_accelerations(
            state,
            torque,
            np.cos(state[1]),
            np.sin(state[1]),
            np.cos(state[0] - np.pi / 2),
            np.cos(state[0] + state[1] - np.pi / 2.0),
            self.constants,
            derivative,
            TWO,
        )
        return derivative


_KINDS = (MountainCarDynamics, ContinuousMountainCarDynamics, CartPoleDynamics, PendulumDynamics, AcrobotDynamics)
DYNAMICS: dict[type, type[Dynamics]] = {kind.environment: kind for kind in _KINDS}
"""Kinds of compiled steps, by the class that they step."""


def dynamics_of(env: gymnasium.Env) -> type[Dynamics] | None:
    """Return the compiled steps of an environment; None: there are none for it.

    Wrappers and classes that derive from Gymnasium's have none, because they may change anything.
    """
    kind = DYNAMICS.get(type(env))
    return kind if kind is not None and kind.plays(env) else None


def _floats(env: Any, names: tuple[str, ...]) -> tuple[float, ...]:
    return tuple(float(getattr(env, name)) for name in names)
