"""Environments that the user registered with Gymnasium, so that workers can register them too.

Gymnasium is never imported here: a process that has not imported it has no environment of the user's own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from neurosim_rl.settings.plugins import OWN_PACKAGES

MAIN = "__main__"
"""The module of a script or notebook."""


def ids() -> set[str]:
    """Return the ids of environments that do not come with Gymnasium or this package."""
    return {name for name, spec in _registry().items() if entry_module(spec).partition(".")[0] not in OWN_PACKAGES}


def specification(name: str) -> Any:
    """Return Gymnasium's specification of an environment; None: not registered."""
    return _registry().get(name)


def own(ids_of_plugins: Iterable[str]) -> list[Any]:
    """Return the specifications of environments that no plugin registers again in a worker.

    An entry point in ``__main__`` that is a text becomes the class itself, because a worker has another ``__main__``.
    """
    specs = []
    for name in sorted(ids() - set(ids_of_plugins)):
        spec = _registry()[name]
        entry = spec.entry_point
        if isinstance(entry, str) and entry.startswith(f"{MAIN}:"):
            found = getattr(sys.modules[MAIN], entry.partition(":")[2], None)
            spec = replace(spec, entry_point=found)
        specs.append(spec)
    return specs


def adopt(specs: Iterable[Any]) -> None:
    """Register environments of another process, in place of those of the same id."""
    import gymnasium  # a worker plays: it needs Gymnasium anyway

    for spec in specs:
        gymnasium.registry[spec.id] = spec


def entry_module(spec: Any) -> str:
    """Return the module in which the entry point of an environment is; empty: unknown."""
    entry = spec.entry_point
    if isinstance(entry, str):
        return entry.partition(":")[0]
    return getattr(entry, "__module__", "") or ""


def _registry() -> dict[str, Any]:
    gymnasium = sys.modules.get("gymnasium")
    return getattr(gymnasium, "registry", {})
