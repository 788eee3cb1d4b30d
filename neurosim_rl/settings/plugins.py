"""Plugins: modules and files of the user that run folders, champions and other files may name.

A file from somebody else is data. It may name an environment as ``module:Id``, a path in ``environment.kwargs``, or the
champion that a run starts from, but the name alone imports and opens nothing. The user allows the module or path: by
``--plugin NAME``, by the Python argument ``plugins``, by ``[tool.neurosim-rl] plugins`` in the ``pyproject.toml`` of
the working folder or above it, or by naming it in a setting of the user's own.

Allowed names hold for this process. Processes that it starts get them by an environment variable, workers of Dask with
each call.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from neurosim_rl.errors import PluginError
from neurosim_rl.settings.printable import printable
from neurosim_rl.settings.project import TABLE, project_entry

VARIABLE = "NEUROSIM_RL_PLUGINS"
"""Environment variable with the allowed names, one a line: processes inherit it."""
OWN_PACKAGES = ("neurosim_rl", "gymnasium")
"""Packages that environments may come from without a plugin."""

_ALLOWED: dict[str, None] = {}  # a dictionary keeps the order, so that printed commands are the same each time
_OWN_FILES: set[str] = set()  # champions that a setting of the user's own names, for this command alone
_NAMED_BY: dict[str, str] = {}  # by name, the last file that named it


def allow(*names: str) -> None:
    """Allow modules or paths, in this process and in processes that it starts from now on.

    Raises
    ------
    PluginError
        For a name that no module can have and no path either.
    """
    for name in names:
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise PluginError(
                f"plugin {name!r}: expected the name of a module, such as my_environments, or the path of a file. "
                "Correct --plugin, plugins= or the pyproject.toml."
            )
        _ALLOWED[name] = None
    if names:
        os.environ[VARIABLE] = "\n".join(given())


def allow_named(settings: Mapping[str, Any]) -> None:
    """Allow what settings name that the user wrote: those of the command line or of a Python call."""
    allow(*names_in(settings))
    _OWN_FILES.add(_ancestor_of(settings))


def given() -> tuple[str, ...]:
    """Return the names that the user allowed by command or call, here or in a parent process, without the project's."""
    inherited = filter(None, os.environ.get(VARIABLE, "").split("\n"))
    return tuple(dict.fromkeys([*inherited, *_ALLOWED]))


def allowed() -> tuple[str, ...]:
    """Return all allowed names, those of the project included.

    Raises
    ------
    ConfigurationError, PluginError
        When the ``pyproject.toml`` is damaged, or its list is no list of names.
    """
    return tuple(dict.fromkeys([*given(), *_of_project(Path.cwd())]))


def options_to_repeat(*, with_project: bool = False) -> list[str]:
    """Return ``--plugin NAME`` for each allowed name: a command that continues this one repeats them.

    Parameters
    ----------
    with_project : bool
        Whether to name the project's plugins too, for a command that may run in another folder.
    """
    words = []
    for name in allowed() if with_project else given():
        words += ["--plugin", name]
    return words


def shell_options() -> str:
    """Return `options_to_repeat` as the end of a printed command, with a space before it; empty: nothing to repeat."""
    return "".join(f" {shlex.quote(word)}" for word in options_to_repeat())


def python_argument() -> str:
    """Return the names that the user allowed as the end of a printed Python call; empty: nothing to repeat."""
    names = list(given())
    return f", plugins={names!r}" if names else ""


def names_in(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the modules and paths that settings name.

    Parameters
    ----------
    settings : mapping
        Tables of a configuration, complete or a layer of it.

    Examples
    --------
    >>> names_in({"environment": {"id": "my_module:Mine-v0", "kwargs": {"xml_file": "/tmp/body.xml"}}})
    ('my_module', '/tmp/body.xml')
    """
    found = []
    environment, model = settings.get("environment", {}), settings.get("model", {})
    if isinstance(environment, Mapping):
        module, colon, _ = str(environment.get("id", "")).partition(":")
        if colon and module.partition(".")[0] not in OWN_PACKAGES:
            found.append(module)
        found += filter(_is_path, _texts(environment.get("kwargs", {})))
    if isinstance(model, Mapping):
        module, colon, _ = str(model.get("build", "")).rpartition(":")
        if colon:
            found.append(module)
    found += _texts(settings.get("nest_modules", ()))
    return tuple(dict.fromkeys(found))


def note(settings: Mapping[str, Any], source: str) -> None:
    """Remember which file settings came from, for the message of `require`."""
    for name in (*names_in(settings), _ancestor_of(settings)):
        _NAMED_BY[name] = source


def missing(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the modules and paths that settings name and nobody has allowed."""
    found = names_in(settings)
    if not found:  # nearly always: then the project's file is not read
        return ()
    known = allowed()
    return tuple(name for name in found if not _is_allowed(name, known))


def require(settings: Mapping[str, Any], source: str = "") -> None:
    """Raise unless everything that settings name is allowed.

    Parameters
    ----------
    settings : mapping
    source : str
        The file that holds them; empty: the file that `note` knows.

    Raises
    ------
    PluginError
        Names the file, and the option that allows the name.
    """
    for name in missing(settings):
        raise _refusal(name, "file" if _is_path(name) else "module", source)


def require_file(path: str) -> None:
    """Raise unless the path of a champion is the user's own word, or allowed; errors as of `require`."""
    if path not in _OWN_FILES and path not in allowed():
        raise _refusal(path, "file")


def _refusal(name: str, what: str, source: str = "") -> PluginError:
    file = printable(source or _NAMED_BY.get(name, "the configuration"))
    shown = printable(name)
    return PluginError(
        f"{file} needs {what} '{shown}', which neither the command line nor a pyproject.toml names; files alone "
        f"load nothing. If you trust it, add --plugin {shown} (in Python: plugins=['{shown}'])."
    )


def _ancestor_of(settings: Mapping[str, Any]) -> str:
    """Return the champion that settings start from; empty: none."""
    ancestor = settings.get("ancestor")
    champion = ancestor.get("champion", "") if isinstance(ancestor, Mapping) else ""
    return str(champion)


def _is_allowed(name: str, known: Iterable[str]) -> bool:
    if _is_path(name):
        return name in known
    # A loaded module runs nothing when it is imported again: the user's own script has imported it.
    if name in sys.modules:
        allow(name)
        return True
    return any(name == plugin or name.startswith(f"{plugin}.") for plugin in known)


def _is_path(text: str) -> bool:
    """Return whether a text names a file: it has a separator, begins at home, or is there in the working folder."""
    if "/" in text or "\\" in text or text.startswith("~"):
        return True
    return text.isprintable() and len(text) < 256 and os.path.isfile(text)


def _texts(value: Any) -> Iterator[str]:
    """Give all texts in a value, those in tables and lists included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _of_project(folder: Path) -> list[str]:
    """Return the plugins that the project of a folder names."""
    path, names = project_entry("plugins", folder)
    if names is None:
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise PluginError(f"{path}: [tool.{TABLE}] plugins = {names!r}: expected a list of names.")
    return names
