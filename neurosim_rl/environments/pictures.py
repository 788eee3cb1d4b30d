"""Pictures of an episode, which is played again from its recorded actions, without any network."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete

from neurosim_rl.environments.mujoco import needs_mujoco
from neurosim_rl.environments.spec import EnvironmentOptions, make
from neurosim_rl.errors import EnvironmentSetupError

DEFAULT_FPS = 30.0
"""Where an environment does not say how many of its steps pass in a second."""


def pictures(
    options: EnvironmentOptions, start_seed: int, actions: np.ndarray, *, every: int = 1
) -> Iterator[np.ndarray]:
    """Give the environment's own picture before the first action, and then after each `every`-th.

    Without a display, MuJoCo draws by EGL, unless the environment variable ``MUJOCO_GL`` says otherwise.

    Parameters
    ----------
    options : EnvironmentOptions
    start_seed : int
    actions : array, shape (n_steps, n_dimensions)
        As decoded; rows of NaN at the end, where a record is padded, are left out.
    every : int
        Environment steps from one picture to the next.

    Returns
    -------
    pictures : iterator of uint8 array, shape (height, width, 3)

    Raises
    ------
    EnvironmentSetupError
        When the environment cannot draw, or cannot do so here.
    """
    env = _drawing(options)
    try:
        env.reset(seed=start_seed)
        yield _picture(env)
        for number, action in enumerate(actions[~np.isnan(actions[:, 0])], start=1):
            env.step(_as_action(env, action))
            if number % every == 0:
                yield _picture(env)
    finally:
        env.close()


def steps_per_s(options: EnvironmentOptions) -> float:
    """Return how many of an environment's steps pass in a second of the world that it shows."""
    env = make(options)
    env.close()
    return float(env.metadata.get("render_fps") or DEFAULT_FPS)


def _drawing(options: EnvironmentOptions) -> gymnasium.Env:
    if needs_mujoco(options.id) and sys.platform == "linux" and not os.environ.get("DISPLAY"):
        os.environ.setdefault("MUJOCO_GL", "egl")
    env = make(options, render_mode="rgb_array")
    if "rgb_array" not in env.metadata.get("render_modes", []):
        raise EnvironmentSetupError(f"{options.id} draws no pictures: it has no render mode 'rgb_array'.")
    return env


def _picture(env: gymnasium.Env) -> np.ndarray:
    try:
        picture = env.render()
    except Exception as error:  # MuJoCo and OpenGL raise what they like
        hint = "Install EGL (Debian: libegl1) and set MUJOCO_GL=egl, or OSMesa (libosmesa6) and MUJOCO_GL=osmesa."
        raise EnvironmentSetupError(
            f"{env.spec.id if env.spec else 'the environment'} cannot draw here: {type(error).__name__}: {error}. "
            f"Without a display, MuJoCo needs a library that draws without one. {hint}"
        ) from error
    if not isinstance(picture, np.ndarray):
        raise EnvironmentSetupError(f"the environment gave {type(picture).__name__} for a picture; expected an array.")
    return picture


def _as_action(env: gymnasium.Env, action: np.ndarray) -> int | np.ndarray:
    """Return a row of recorded actions as the environment takes it."""
    space = env.action_space
    if isinstance(space, Discrete):
        return int(action[0])
    assert space.shape is not None
    return action.astype(np.float32).reshape(space.shape)
