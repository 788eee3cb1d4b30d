"""Environments that the user registered with Gymnasium, so that workers can register them too.

Gymnasium is never imported here: a process that has not imported it has no environment of the user's own.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

MAIN = "__main__"
"""The module of a script or notebook."""


def ids() -> set[str]:
    """Return the ids of environments that neither Gymnasium nor this package registers itself."""
    own = _of_gymnasium() if "gymnasium" in sys.modules else frozenset()
    return {name for name in _registry() if name not in own and not name.startswith("neurosim_rl/")}


def spec_of(name: str) -> Any:
    """Return the present specification of an environment; None: it is not registered."""
    return _registry().get(name)


@cache
def _of_gymnasium() -> frozenset[str]:
    """Return the ids that Gymnasium registers itself, by the text of the module that does.

    The registry does not tell who registered an id: a user's may have one of Gymnasium's classes as its entry point.
    """
    path = getattr(sys.modules.get("gymnasium.envs"), "__file__", None)
    return frozenset(re.findall(r'id="([^"]+)"', Path(path).read_text(encoding="utf-8"))) if path else frozenset()


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
        # Its module may register it once more when it is imported.
        again = f".*Overriding environment {re.escape(spec.id)} already in registry"
        warnings.filterwarnings("ignore", message=again)
        if gymnasium.registry.get(spec.id) != spec:
            gymnasium.registry[spec.id] = spec


def user_module(name: str) -> str:
    """Return the module of an environment's entry point, if the user registered it; empty: unknown, or not."""
    if name not in ids():
        return ""
    entry = _registry()[name].entry_point
    if isinstance(entry, str):
        return entry.partition(":")[0]
    return getattr(entry, "__module__", "") or ""


def _registry() -> dict[str, Any]:
    gymnasium = sys.modules.get("gymnasium")
    return getattr(gymnasium, "registry", {})
