"""A part that a user registered: its class or function, and the place where it was registered."""

from __future__ import annotations

import dataclasses
import inspect
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from neurosim_rl.errors import PluginError
from neurosim_rl.settings.options import is_missing


@dataclass(frozen=True)
class OwnPart:
    """A part of the user's.

    Parameters
    ----------
    kind, name : str
        Such as ``"encoder"`` and ``"latency"``.
    part : type or callable
    options : mapping of str to object
        What was registered with it, such as the commands that draw a figure.
    module : str
        Module that registered it.
    place : str
        ``file:line`` of that, for messages.
    plugin : str
        Name of the plugin that was being imported at that time; empty: none.
    """

    kind: str
    name: str
    part: Any
    options: Mapping[str, Any] = field(default_factory=dict)
    module: str = ""
    place: str = ""
    plugin: str = ""

    def is_same(self, other: OwnPart) -> bool:
        """Return whether both are one class, of a module or cell that was loaded again, or as a script and a module."""
        same_name = self.part.__qualname__ == other.part.__qualname__
        same_module = self.part.__module__ == other.part.__module__
        return same_name and (same_module or _file_of(self.part.__module__) == _file_of(other.part.__module__) != "")


def _file_of(module: str) -> str:
    path = getattr(sys.modules.get(module), "__file__", None)
    return os.path.realpath(path) if path else ""


def check_class(kind: str, base: type, own: OwnPart) -> None:
    """Raise unless a class can be a part of a kind.

    Raises
    ------
    PluginError
        When it is no class, does not derive from the base class, is no dataclass although it declares options, or
        leaves methods of the base class open.
    """
    part = own.part
    what = f"{own.place}: {kind} {own.name!r}"
    if not isinstance(part, type) or not issubclass(part, base):
        advice = ""
        if kind == "task" and hasattr(part, "reset") and hasattr(part, "step"):
            advice = f" An environment is registered with Gymnasium; its task is its id: {part.__module__}:My-v0."
        raise PluginError(f"{what}: expected a class that derives from {_path(base)}, got {part!r}.{advice}")
    declared = [key for key, value in vars(part).items() if isinstance(value, dataclasses.Field)]
    if declared and "__dataclass_fields__" not in vars(part):
        raise PluginError(
            f"{what}: {part.__name__} declares {', '.join(declared)}, and is no dataclass. Put @dataclass(frozen=True) "
            "above the class, below @register."
        )
    if inspect.isabstract(part):
        missing = ", ".join(sorted(getattr(part, "__abstractmethods__", ())))
        raise PluginError(f"{what}: {part.__name__} has no {missing}, which {_path(base)} asks for. Define it.")
    _check_fields(what, base, part)


def _check_fields(what: str, base: type, part: type) -> None:
    """Raise if a field can get no value: neither an option, nor of the base class, nor with a default."""
    if not dataclasses.is_dataclass(part):
        return
    known = {one.name for parent in part.__mro__[1:] for one in _fields(parent)} | {one.name for one in _fields(base)}
    for one in _fields(part):
        has_default = not (is_missing(one.default) and is_missing(one.default_factory))
        if one.init and one.name not in known and not one.metadata.get("option") and not has_default:
            raise PluginError(
                f"{what}: nothing sets the field {one.name!r} of {part.__name__}. Declare it as an option: "
                f"{one.name}: float = option(DEFAULT, 'what it is, in its unit')."
            )


def _fields(cls: type) -> tuple[dataclasses.Field, ...]:
    return dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ()


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
