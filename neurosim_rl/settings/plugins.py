"""Plugins: modules and files of the user that run folders, champions and other files may name.

A file from somebody else is data. It may name a part or an environment as ``module:Name``, a path in
``environment.kwargs``, or the champion that a run starts from, but the name alone imports and opens nothing. The user
allows the module or path: by ``--plugin NAME``, by the Python argument ``plugins``, by ``[tool.neurosim-rl] plugins``
in the ``pyproject.toml`` of the working folder or above it, or by naming it in a setting of the user's own.

The first three name plugins: they are imported, too, before the name of a part is looked up
(`neurosim_rl.settings.plugin_loading`). Names hold for this process. Processes that it starts get them by an
environment variable, workers with each call (`neurosim_rl.execution.calls`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from neurosim_rl.errors import PluginError
from neurosim_rl.settings.named_modules import PROGRAMS, functions_in, is_path, module_of, names_in, teacher_in
from neurosim_rl.settings.printable import printable
from neurosim_rl.settings.project import TABLE, project_entry

GROUP = "neurosim_rl.plugins"
"""Entry-point group in which installed distributions name their plugins."""
VARIABLE = "NEUROSIM_RL_PLUGINS"
"""Environment variable with the allowed names, one a line: processes inherit it. Names after a tab are no plugins."""


@dataclass(frozen=True)
class Named:
    """A module or path that the user named.

    Parameters
    ----------
    name : str
    folder : str
        Folder from which the name counts, and modules are imported.
    is_plugin : bool
        Whether it is imported before names are looked up; False: it is only allowed.
    """

    name: str
    folder: str
    is_plugin: bool = True


_ALLOWED: dict[str, Named] = {}  # a dictionary keeps the order, so that printed commands are the same each time
_OWN_FILES: set[str] = set()  # champions and teachers that a setting of the user's own names, for this command alone
_NAMED_BY: dict[str, str] = {}  # by name, the last file that named it


def allow(*names: str) -> None:
    """Name plugins, for this process and for processes that it starts from now on.

    Raises
    ------
    PluginError
        For a name that no module can have and no path either.
    """
    _name(names, is_plugin=True)


def permit(*names: str) -> None:
    """Allow modules or paths without importing them; errors as of `allow`."""
    known = given()
    _name([name for name in names if name not in known], is_plugin=False)


def _name(names: Iterable[str], *, is_plugin: bool) -> None:
    for name in names:
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise PluginError(
                f"plugin {name!r}: expected the name of a module, such as my_environments, or the path of a file. "
                "Correct --plugin, plugins= or the pyproject.toml."
            )
        _ALLOWED[name] = Named(name, os.getcwd(), is_plugin)
    if names:
        lines = [named.name if named.is_plugin else f"\t{named.name}" for named in _given()]
        os.environ[VARIABLE] = "\n".join(lines)


def allow_named(settings: Mapping[str, Any]) -> None:
    """Allow what settings name that the user wrote: those of the command line or of a Python call."""
    permit(*names_in(settings))
    _OWN_FILES.update((_ancestor_of(settings), teacher_in(settings)))


def _given() -> list[Named]:
    """Return what the user named by command or call, here or in a parent process, without the project's."""
    found = {}
    for line in filter(None, os.environ.get(VARIABLE, "").split("\n")):
        name = line.removeprefix("\t")
        found[name] = Named(name, os.getcwd(), is_plugin=name == line)
    return [*(found | _ALLOWED).values()]


def given() -> tuple[str, ...]:
    """Return the names that the user allowed by command or call, here or in a parent process, without the project's."""
    return tuple(named.name for named in _given())


def named_plugins() -> tuple[Named, ...]:
    """Return what the user named by command or call, then what the project names.

    Raises
    ------
    ConfigurationError, PluginError
        When the ``pyproject.toml`` is damaged, or its list is no list of names.
    """
    found = {one.name: one for one in _given()}
    for one in _of_project(Path.cwd()):  # whose folder counts: the working folder may be below it
        found[one.name] = one
    return tuple(found.values())


def allowed() -> tuple[str, ...]:
    """Return all allowed names, those of the project included; errors as of `named_plugins`."""
    return tuple(one.name for one in named_plugins())


@cache
def installed() -> tuple[Named, ...]:
    """Return the plugins of installed distributions."""
    return tuple(Named(entry.module, "") for entry in metadata.entry_points(group=GROUP))


def allowed_with_modules() -> tuple[str, ...]:
    """Return all allowed names, and the module of each plugin that a path or an installed distribution names.

    Errors as of `named_plugins`.
    """
    of_plugins = [one for one in (*named_plugins(), *installed()) if one.is_plugin]
    modules = [module_of(one.name, one.folder) for one in of_plugins]
    return tuple(dict.fromkeys([*allowed(), *modules]))


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


def python_argument() -> str:
    """Return the names that the user allowed as the end of a printed Python call; empty: nothing to repeat."""
    names = list(given())
    return f", plugins={names!r}" if names else ""


def note(settings: Mapping[str, Any], source: str) -> None:
    """Remember which file settings came from, for the message of `require`."""
    for name in (*names_in(settings), _ancestor_of(settings), teacher_in(settings)):
        _NAMED_BY[name] = source


def missing(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the modules and paths that settings name and nobody has allowed."""
    found = names_in(settings)
    if not found:  # nearly always: then the project's file is not read
        return ()
    known, called = allowed_with_modules(), functions_in(settings)
    return tuple(name for name in found if not _is_allowed(name, known, loaded_counts=name not in called))


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
        raise _refusal(name, "file" if is_path(name) else "module", source)


def require_module(name: str) -> None:
    """Raise unless a module is allowed; errors as of `require`."""
    if not _is_allowed(name, allowed_with_modules()):
        raise _refusal(name, "module")


def require_file(path: str) -> None:
    """Raise unless the path of a champion or teacher is the user's own word, or allowed; errors as of `require`."""
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


def _is_allowed(name: str, known: Iterable[str], *, loaded_counts: bool = True) -> bool:
    if is_path(name) or name.endswith(PROGRAMS):  # no module: a plugin of a similar name does not count
        return name in known
    # A loaded module runs nothing when it is imported again: the user's own script has imported it. That does not
    # hold for a function of it, which would be called.
    if loaded_counts and name in sys.modules:
        permit(name)
        return True
    return any(name == plugin or name.startswith(f"{plugin}.") for plugin in known)


def _of_project(folder: Path) -> list[Named]:
    """Return the plugins that the project of a folder names."""
    path, names = project_entry("plugins", folder)
    if names is None:
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise PluginError(f"{path}: [tool.{TABLE}] plugins = {names!r}: expected a list of names.")
    assert path is not None
    return [Named(name, str(path.parent)) for name in names]
