"""Box2D, the physics of Gymnasium's lander, walker and racing car; an optional dependency."""

from __future__ import annotations

import warnings
from typing import Any

import gymnasium

from neurosim_rl.settings.checks import require_extra

_ENTRY_POINT = "gymnasium.envs.box2d"
_KEEP_THEIR_WORLD = ("BipedalWalker", "CarRacing")
"""Classes that use one Box2D world for all episodes; the lander makes a new one."""


def require_box2d(name: str) -> None:
    """Raise if an id is one of Gymnasium's Box2D environments and Box2D is missing.

    Raises
    ------
    MissingExtraError
    """
    if _entry_point(name).startswith(_ENTRY_POINT):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of types that its generated code makes
            require_extra("Box2D", "box2d")


def with_new_worlds(env: gymnasium.Env, name: str) -> gymnasium.Env:
    """Return the environment, with a new world for each episode if it is one that would keep its own."""
    entry_point = _entry_point(name)
    if entry_point.startswith(_ENTRY_POINT) and entry_point.endswith(_KEEP_THEIR_WORLD):
        return NewWorlds(env)
    return env


class NewWorlds(gymnasium.Wrapper):
    """Begins each episode in a new Box2D world.

    A world in which an episode was played keeps an order of bodies and contacts, on which its sums depend: from one
    start, the walker would move otherwise after another episode. Gymnasium's lander makes new worlds, too
    (Farama-Foundation/Gymnasium, issue 728). The first episode of an environment does not change.
    """

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode in a new world, with the gravity and the listener of the old one."""
        import Box2D

        inner: Any = self.unwrapped
        gravity, listener = inner.world.gravity, inner.world.contactListener
        inner._destroy()
        inner.world = Box2D.b2World(gravity=gravity, contactListener=listener)
        return self.env.reset(seed=seed, options=options)


def _entry_point(name: str) -> str:
    spec = gymnasium.registry.get(name)
    return "" if spec is None else str(spec.entry_point)
