"""MuJoCo, the physics of Gymnasium's robots; an optional dependency."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gymnasium

from neurosim_rl.settings.checks import require_extra

_ENTRY_POINT = "gymnasium.envs.mujoco"


def needs_mujoco(name: str) -> bool:
    """Return whether an id is one of Gymnasium's MuJoCo environments."""
    spec = gymnasium.registry.get(name)
    return spec is not None and str(spec.entry_point).startswith(_ENTRY_POINT)


@contextmanager
def loading_quietly(name: str) -> Iterator[None]:
    """Suppress MuJoCo's warnings about Gymnasium's own models while an environment is created.

    MuJoCo warns of a deprecated attribute in ``half_cheetah.xml`` each time it loads the file, on standard error and in
    a file ``MUJOCO_LOG.TXT`` in the working directory. Warnings during an episode are not suppressed.

    Raises
    ------
    MissingExtraError
        When the environment needs MuJoCo and it is not installed.
    """
    if not needs_mujoco(name):
        yield
        return
    mujoco = require_extra("mujoco", "mujoco")
    before = mujoco.get_mju_user_warning()
    mujoco.set_mju_user_warning(lambda message: None)
    try:
        yield
    finally:
        mujoco.set_mju_user_warning(before)
