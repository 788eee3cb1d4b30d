"""MuJoCo, the physics of Gymnasium's walking, hopping and swimming robots: an optional dependency."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gymnasium

from neurosim_rl.settings.checks import require_extra

_ENTRY_POINT = "gymnasium.envs.mujoco"


def needs_mujoco(name: str) -> bool:
    """Return whether an environment id is one of Gymnasium's that run in MuJoCo."""
    spec = gymnasium.registry.get(name)
    return spec is not None and str(spec.entry_point).startswith(_ENTRY_POINT)


@contextmanager
def loading_quietly(name: str) -> Iterator[None]:
    """Make an environment without what MuJoCo has to say of Gymnasium's own models.

    It warns of an attribute in ``half_cheetah.xml`` that is deprecated, each time the file is loaded, on standard error
    and in a file ``MUJOCO_LOG.TXT`` in the working directory. Warnings while an episode runs stay.

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
