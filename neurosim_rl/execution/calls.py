"""Calls to workers: function and arguments, with what the user's own parts need in another process.

A call carries the names of plugins, which the worker imports before it reads the arguments; parts that a script or
notebook registered, by value where they are defined in it; and environments that it registered with Gymnasium. A
worker that has them already does nothing with them.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cloudpickle

from neurosim_rl.errors import PluginError
from neurosim_rl.settings import registered_environments
from neurosim_rl.settings.own_part import OwnPart
from neurosim_rl.settings.plugin_digests import digest_of, note_sender
from neurosim_rl.settings.plugin_loading import Plugin, ids_of_plugins, load_in_worker, load_plugins, loaded
from neurosim_rl.settings.plugins import allowed_with_modules, permit
from neurosim_rl.settings.registry import adopt_parts, parts_of_no_plugin
from neurosim_rl.settings.user_code import located


@dataclass(frozen=True)
class Surroundings:
    """What a worker must know before it reads a call.

    Parameters
    ----------
    plugins : tuple of Plugin
    allowed : tuple of str
        Modules and paths that files may name.
    folders : tuple of str
        Folders from which this process imports modules.
    own : bytes
        Pickle of parts and environments that no plugin registers.
    script : str
        Digest of this process's script; empty: a notebook.
    sender : tuple of str and int
        Host and number of this process.
    """

    plugins: tuple[Plugin, ...]
    allowed: tuple[str, ...]
    folders: tuple[str, ...]
    own: bytes
    script: str
    sender: tuple[str, int]


def packed_call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """Return a call as one pickle; `call` makes it, in another process."""
    return cloudpickle.dumps((_surroundings(), cloudpickle.dumps((function, arguments))))


def call(blob: bytes) -> Any:
    """Make a call that `packed_call` packed; return its result.

    Raises
    ------
    PluginError
        When a plugin cannot be imported here.
    """
    surroundings, inner = cloudpickle.loads(blob)
    _adopt(surroundings)
    function, arguments = cloudpickle.loads(inner)
    return function(*arguments)


class _Sent:
    """The parts and environments of the last call, and their pickle: they seldom change."""

    key: tuple[Any, ...] = ()
    blob: bytes = b""


def _surroundings() -> Surroundings:
    load_plugins()
    parts, specs = parts_of_no_plugin(), registered_environments.own(ids_of_plugins())
    key = (*parts, *specs)
    if not _Sent.blob or len(key) != len(_Sent.key) or any(a is not b for a, b in zip(key, _Sent.key, strict=True)):
        _Sent.key, _Sent.blob = key, cloudpickle.dumps((_sendable(parts), _picklable(specs)))
    script = digest_of(registered_environments.MAIN) if key else ""
    return Surroundings(loaded(), allowed_with_modules(), _folders(), _Sent.blob, script, _this_process())


def _sendable(parts: tuple[OwnPart, ...]) -> tuple[OwnPart, ...]:
    """Return the parts; raise if one cannot be sent."""
    for part in parts:
        try:
            cloudpickle.dumps(part)
        except Exception as error:
            raise PluginError(
                f"{part.place}: {part.kind} {part.name!r} cannot be sent to workers ({located(error)}). Move it into a "
                "module, and name that: --plugin MODULE (in Python: plugins=['MODULE'])."
            ) from error
    return parts


def _picklable(specs: list[Any]) -> list[Any]:
    """Return the environments that can be sent: others may have nothing to do with this run."""
    found = []
    for spec in specs:
        try:
            cloudpickle.dumps(spec)
        except Exception:
            continue
        found.append(spec)
    return found


def _folders() -> tuple[str, ...]:
    """Return the folders from which modules are imported, without those of Python itself."""
    own = [os.path.abspath(folder) for folder in sys.path]
    return tuple(dict.fromkeys(f for f in own if not f.startswith((sys.prefix, sys.base_prefix))))


def _this_process() -> tuple[str, int]:
    return platform.node(), os.getpid()


_ADOPTED: list[Surroundings] = []


def _adopt(surroundings: Surroundings) -> None:
    """Import, register and allow what a call carries, unless this process sent it, or the last call had the same."""
    if surroundings.sender == _this_process() or [surroundings] == _ADOPTED:
        return
    permit(*surroundings.allowed)
    load_in_worker(surroundings.plugins, surroundings.folders)
    try:
        parts, specs = cloudpickle.loads(surroundings.own)
    except ImportError as error:
        raise PluginError(
            f"a worker cannot import a module of your own parts: {error}. Name the module by --plugin MODULE, and make "
            "sure that workers can read its folder."
        ) from error
    note_sender(surroundings.script)
    adopt_parts(parts)
    registered_environments.adopt(specs)
    _ADOPTED[:] = [surroundings]
