"""Pictures of an episode, from its recorded actions and without a network."""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np

from neurosim_rl.environments.action_parts import taken
from neurosim_rl.environments.mujoco import needs_mujoco
from neurosim_rl.environments.spec import EnvironmentOptions, EnvironmentSpec, make, setup_errors
from neurosim_rl.errors import EnvironmentSetupError
from neurosim_rl.settings.frozen_table import FrozenTable

DEFAULT_FPS = 30.0
"""Environment steps in a second if an environment does not state them."""


def pictures(
    options: EnvironmentOptions,
    start_seed: int,
    actions: np.ndarray,
    *,
    every: int = 1,
    steps: Container[int] | None = None,
) -> Iterator[np.ndarray]:
    """Yield the environment's own picture before the first action, and then after every `every`-th action.

    Without a display, MuJoCo draws with EGL and SDL with its dummy driver, unless the environment variables
    ``MUJOCO_GL`` and ``SDL_VIDEODRIVER`` say otherwise.

    Parameters
    ----------
    options : EnvironmentOptions
    start_seed : int
    actions : array, shape (n_steps, n_dimensions)
        Decoded actions; padding rows of NaN at the end are left out.
    every : int
        Environment steps from one picture to the next.
    steps : container of int or None
        Numbers of environment steps after which there is a picture, 0: before the first; None: as `every` says.

    Returns
    -------
    pictures : iterator of uint8 array, shape (height, width, 3)

    Raises
    ------
    EnvironmentSetupError
        When the environment cannot draw, or not on this machine.
    """
    env = _drawing(options)  # first: MuJoCo chooses how to draw when it is imported
    spec = EnvironmentSpec.of(options)
    shown = range(0, len(actions) + 1, every) if steps is None else steps
    try:
        env.reset(seed=start_seed)
        if 0 in shown:
            yield _picture(env)
        for number, action in enumerate(actions[~np.isnan(actions[:, 0])], start=1):
            env.step(taken(action[None], spec.action_space, spec.own_action_space)[0])
            if number in shown:
                yield _picture(env)
    finally:
        env.close()


def drawn_small(options: EnvironmentOptions, width_px: int) -> EnvironmentOptions:
    """Return an environment of which MuJoCo draws square pictures of a width, since small ones take less time.

    Others, and those with a size of the user's, are returned as they are.
    """
    if not needs_mujoco(options.id) or {"width", "height"} & set(options.kwargs):
        return options
    return replace(options, kwargs=FrozenTable({**options.kwargs, "width": width_px, "height": width_px}))


def steps_per_s(options: EnvironmentOptions) -> float:
    """Return the number of environment steps in one second of simulated time."""
    return float(_metadata(options).get("render_fps") or DEFAULT_FPS)


def step_s(options: EnvironmentOptions) -> float | None:
    """Return the physical time of an environment step in s; None: the environment has no unit of time.

    Gymnasium has no name for it. Environments that integrate equations of motion keep it as ``dt`` (the robots of
    MuJoCo, pendulum, acrobot) or ``tau`` (cart-pole). Of an environment with wrappers it is not known, since a wrapper
    may repeat actions.
    """
    if options.wrappers:
        return None
    env = make(options)
    env.close()
    for name in ("dt", "tau"):
        value = getattr(env.unwrapped, name, None)
        if isinstance(value, int | float | np.number) and np.isfinite(value) and value > 0:
            return float(value)
    return None


def _metadata(options: EnvironmentOptions) -> dict[str, Any]:
    env = make(options)
    env.close()
    return env.metadata


def _drawing(options: EnvironmentOptions) -> gymnasium.Env:
    _draw_without_a_display()
    with _drawing_errors(options.id):
        if "rgb_array" not in _metadata(options).get("render_modes", []):
            raise EnvironmentSetupError(
                f"{options.id} draws no pictures: it has no render mode 'rgb_array'. Use another environment, or give "
                "your own this mode (metadata['render_modes'], render_mode and render() of gymnasium.Env)."
            )
        env = make(options, render_mode="rgb_array")
    if needs_mujoco(options.id) and not {"camera_id", "camera_name", "default_camera_config"} & set(options.kwargs):
        _follow(env)
    return env


def _draw_without_a_display() -> None:
    """Choose off-screen drivers where there is no display; a choice of the user's stays.

    MuJoCo reads ``MUJOCO_GL`` when it is imported. SDL, which the classic environments draw with, would look for a
    display and print an error on standard error.
    """
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("MUJOCO_GL", "egl")
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")


def _follow(env: gymnasium.Env) -> None:
    """Select the camera that follows the robot, if its model has one; the default camera would lose it."""
    import mujoco

    unwrapped: Any = env.unwrapped
    camera = mujoco.mj_name2id(unwrapped.model, mujoco.mjtObj.mjOBJ_CAMERA, "track")
    if camera != -1:
        unwrapped.mujoco_renderer.camera_id = camera


def _picture(env: gymnasium.Env) -> np.ndarray:
    with _drawing_errors(env.spec.id if env.spec is not None else "the environment"):
        picture = env.render()
    if not isinstance(picture, np.ndarray):
        raise EnvironmentSetupError(
            f"the environment returned {type(picture).__name__} as a picture; expected an array. Use another "
            "environment."
        )
    return picture


def _drawing_errors(name: str) -> AbstractContextManager[None]:
    """Return a context that reports errors of MuJoCo and OpenGL in drawing."""
    return setup_errors(
        f"{name} cannot draw here",
        "Without a display, MuJoCo needs a library for off-screen drawing. Install EGL (Debian: libegl1) and set "
        "MUJOCO_GL=egl, or OSMesa (libosmesa6) and MUJOCO_GL=osmesa.",
    )
