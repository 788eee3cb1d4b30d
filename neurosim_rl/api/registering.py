"""Registration of parts that users bring: ``@nrl.register("encoder", "latency")``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

from neurosim_rl.errors import PluginError
from neurosim_rl.settings.own_part import OwnPart
from neurosim_rl.settings.plugin_loading import loading
from neurosim_rl.settings.registry import register_part
from neurosim_rl.settings.user_code import note_code, shown_path

T = TypeVar("T")

HOMES = {
    "background": "neurosim_rl.bridge",
    "critic": "neurosim_rl.learning",
    "decoder": "neurosim_rl.bridge",
    "encoder": "neurosim_rl.bridge",
    "execution": "neurosim_rl.execution",
    "figure": "neurosim_rl.reports.figures",
    "fitness": "neurosim_rl.optimizees",
    "measure": "neurosim_rl.reports.own_measures",
    "model": "neurosim_rl.models",
    "normalisation": "neurosim_rl.bridge",
    "optimizer": "neurosim_rl.optimizers",
    "rule": "neurosim_rl.learning",
    "task": "neurosim_rl.optimizees",
    "tuning": "neurosim_rl.bridge",
}
"""Module that makes the registry of each kind of part."""
LATE = ("figure", "measure")
"""Kinds that wait for their registry: it loads matplotlib, which workers do not need."""


def register(kind: str, name: str, **options: Any) -> Callable[[T], T]:
    """Return a decorator that registers a class or function of your own under a name.

    The name can then be chosen wherever a part of this kind is named, and ``neurosim-rl list`` shows it. Workers,
    studies and jobs know the part if its module is a plugin: named by ``--plugin``, ``plugins=``, or in
    ``pyproject.toml``. Parts of a script or notebook reach local workers and Dask's with each call.

    Parameters
    ----------
    kind : str
        One of task, model, encoder, tuning, decoder, fitness, rule, critic, optimizer, normalisation, background,
        execution (a class, which derives from the base class of its kind), figure, measure (a function).
    name : str
        Name in configurations, such as ``"latency"``.
    **options
        For a figure: ``commands``, of ``"plot"`` and ``"analyse"``. For a measure: ``unit``.

    Raises
    ------
    UnknownNameError
        For an unknown kind, with the nearest match.
    PluginError
        When another class has the name, or the class does not fit; says where and why.

    Examples
    --------
    >>> @nrl.register("encoder", "latency")  # doctest: +SKIP
    ... @dataclass
    ... class Latency(Encoder):
    ...     longest_ms: float = option(10.0, "latency of the weakest input, in ms", low=0)
    """
    frame = sys._getframe(1)
    file, line, module = frame.f_code.co_filename, frame.f_lineno, str(frame.f_globals.get("__name__", ""))
    place = f"{shown_path(file)}:{line}"
    if not isinstance(name, str) or not name or not name.isprintable() or set(name) & set(" :/\\"):
        raise PluginError(
            f"{place}: {kind} {name!r}: expected a name without spaces, colons and slashes, such as 'latency'."
        )

    def decorate(part: T) -> T:
        note_code(file)
        plugin = loading()
        register_part(OwnPart(kind, name, part, options, module, place, plugin.name if plugin else ""), HOMES, LATE)
        return part

    return decorate
