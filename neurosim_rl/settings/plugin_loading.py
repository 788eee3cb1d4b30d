"""Loading of plugins: modules that the user named are imported before the name of a part is looked up.

A plugin registers its parts when it is imported (`neurosim_rl.register`), and its environments with Gymnasium. Plugins
are those of `neurosim_rl.settings.plugins.named_plugins`, and those of installed distributions: the modules of their
entry points in the group ``neurosim_rl.plugins``. Nothing else is imported; a file that names a plugin loads nothing.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from neurosim_rl.errors import PluginError
from neurosim_rl.settings import registered_environments
from neurosim_rl.settings.named_modules import PACKAGE, module_of, source_of
from neurosim_rl.settings.plugins import Named, installed, named_plugins
from neurosim_rl.settings.user_code import located, note_code


@dataclass(frozen=True)
class Plugin:
    """A plugin that this process has imported.

    Parameters
    ----------
    name : str
        As the user named it: a module, or the path of a file.
    module : str
        Name under which it is imported.
    """

    name: str
    module: str


class _State:
    """What this process has loaded."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.loading: list[Plugin] = []  # not empty: a plugin is being imported, in the thread that has the lock
        self.plugins: dict[Named, Plugin] = {}
        # By id, the plugin that registered it, and its specification: a cell may register the id anew.
        self.environments: dict[str, tuple[Plugin, Any]] = {}
        self.checked: tuple[Named, ...] | None = None  # the names at the last call of `load_plugins`
        self.is_worker = False


_STATE = _State()


def load_plugins() -> None:
    """Import the plugins that are not imported yet.

    Called before each look at a registry, so it costs next to nothing when there is nothing new.

    Raises
    ------
    PluginError
        When there is no such module or file, or its import fails; names file and line.
    """
    if _STATE.is_worker:  # the calls to a worker say what it loads
        return
    with _STATE.lock:
        if _STATE.loading:  # a plugin looks a name up while it is imported
            return
        wanted = named_plugins()
        if wanted == _STATE.checked:
            return
        for one in (*installed(), *wanted):
            if one.is_plugin and one not in _STATE.plugins:
                _load(one)
        add_folders(one.folder for one in wanted if not one.is_plugin)
        _STATE.checked = wanted


def load_in_worker(plugins: Iterable[Plugin], folders: Iterable[str]) -> None:
    """Import the plugins of the process that sent a call, and no others; errors as of `load_plugins`."""
    add_folders(folders, last=True)
    with _STATE.lock:
        _STATE.is_worker = True
        for plugin in plugins:
            one = Named(plugin.name, "")
            if one not in _STATE.plugins:
                _import(plugin, "the worker's folders")
                _STATE.plugins[one] = plugin


def load_module(name: str) -> ModuleType:
    """Return a module or file that the user named in a setting; it is a plugin from now on.

    Parameters
    ----------
    name : str
        Left part of ``module:Class``, or of ``nets/my_net.py:build``. A path counts from the working folder.

    Raises
    ------
    PluginError
        When there is no such module or file, or its import fails; names file and line.
    """
    load_plugins()
    with _STATE.lock:
        modules = {plugin.name: plugin.module for plugin in loaded()}
        known = sys.modules.get(modules.get(name, name))
        if known is not None:
            return known
        path = source_of(name)
        if path is not None:
            plugin, module = _import_source(name, path)
        else:
            plugin = Plugin(name, name)
            module = _import(plugin, os.getcwd())
        _STATE.plugins[Named(name, "")] = plugin
        return module


def loaded() -> tuple[Plugin, ...]:
    """Return the plugins that this process has imported and still names, with those that are being imported."""
    named = _STATE.checked or ()
    kept = [plugin for one, plugin in _STATE.plugins.items() if not one.folder or one in named]
    return (*kept, *_STATE.loading)


def plugin_of(module: str) -> Plugin | None:
    """Return the plugin that a module is, or belongs to."""
    for plugin in loaded():
        if module == plugin.module or module.startswith(f"{plugin.module}."):
            return plugin
    return None


def loading() -> Plugin | None:
    """Return the plugin that is being imported at this moment."""
    return _STATE.loading[-1] if _STATE.loading else None


def plugin_of_environment(name: str) -> Plugin | None:
    """Return the plugin that registered an environment; None: none did, or somebody else has registered it since."""
    plugin, spec = _STATE.environments.get(name, (None, None))
    return plugin if registered_environments.spec_of(name) is spec else None


def ids_of_plugins() -> tuple[str, ...]:
    """Return the ids of environments that plugins registered, and nobody since."""
    return tuple(name for name in _STATE.environments if plugin_of_environment(name) is not None)


def add_folders(folders: Iterable[str], *, last: bool = False) -> None:
    """Let modules be imported from folders, as ``python -m`` does from the working folder."""
    for folder in dict.fromkeys(folders):
        if folder and folder not in sys.path:
            sys.path.insert(len(sys.path) if last else 0, folder)


def _load(one: Named) -> None:
    path = source_of(one.name, one.folder)
    if path is not None:
        plugin, _ = _import_source(one.name, path)
    elif "/" in one.name or os.path.isfile(Path(one.folder, one.name)):
        return  # a file that an environment may open, such as a body of MuJoCo
    else:
        plugin = Plugin(one.name, one.name)
        add_folders([one.folder])
        _import(plugin, one.folder)
    _STATE.plugins[one] = plugin


def _import_source(name: str, path: Path) -> tuple[Plugin, ModuleType]:
    """Import a file or package under its own name, as from its folder.

    Parameters
    ----------
    name : str
        The plugin's name, as the user gave it.
    path : Path
        The file of the module or package.
    """
    if not path.is_file():
        raise PluginError(f"plugin {name!r}: there is no file {path}. Correct the path.")
    plugin = Plugin(name, module_of(str(path)))
    folder = str((path.parent if path.name == PACKAGE else path).parent)
    add_folders([folder])
    module = _import(plugin, folder)
    if not _is_at(module, path):
        raise PluginError(
            f"plugin {name!r}: there is a module {plugin.module!r} already, "
            f"{getattr(module, '__file__', None) or 'of Python itself'}. Rename the file or folder."
        )
    return plugin, module


def _is_at(module: ModuleType, path: Path) -> bool:
    place = getattr(module, "__file__", None)
    return place is not None and os.path.samefile(place, path)


def _import(plugin: Plugin, folder: str) -> ModuleType:
    if not all(word.isidentifier() for word in plugin.module.split(".")):
        raise PluginError(
            f"plugin {plugin.name!r}: no module can have the name {plugin.module!r}. Expected letters, digits and "
            "underscores: name the module, or rename the file."
        )
    importlib.invalidate_caches()  # the file may be a moment old
    before = {name: registered_environments.spec_of(name) for name in registered_environments.ids()}
    _STATE.loading.append(plugin)
    try:
        found = importlib.util.find_spec(plugin.module)
        if found is None:
            raise ModuleNotFoundError(name=plugin.module)
        note_code(found.origin)  # known before the import, which may fail
        module = importlib.import_module(plugin.module)
    except (Exception, SystemExit) as error:
        missing = getattr(error, "name", None)
        if isinstance(error, ModuleNotFoundError) and missing and f"{plugin.module}.".startswith(f"{missing}."):
            raise PluginError(
                f"plugin {plugin.name!r}: there is no module {missing!r} in {folder or 'the installed packages'} or "
                "elsewhere on Python's path. Correct the name, or work in the folder of the module."
            ) from error
        raise PluginError(f"plugin {plugin.name!r}: {located(error)}") from error
    finally:
        _STATE.loading.pop()
    for name in registered_environments.ids():
        spec = registered_environments.spec_of(name)
        if spec is not before.get(name):
            _STATE.environments[name] = plugin, spec
    return module
