"""Box2D, the physics of Gymnasium's lander, walker and racing car; an optional dependency."""

from __future__ import annotations

import warnings

import gymnasium

from neurosim_rl.settings.checks import require_extra

_ENTRY_POINT = "gymnasium.envs.box2d"


def require_box2d(name: str) -> None:
    """Raise if an id is one of Gymnasium's Box2D environments and Box2D is missing.

    Raises
    ------
    MissingExtraError
    """
    spec = gymnasium.registry.get(name)
    if spec is None or not str(spec.entry_point).startswith(_ENTRY_POINT):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of types that its generated code makes
        require_extra("Box2D", "box2d")
