"""Functions of the user's that a configuration names: ``module:function``, or ``folder/file.py:function``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.plugins import require


def user_function(name: str) -> Callable[..., Any]:
    """Return a function by its name; its module is imported from Python's path, or from the working folder.

    Parameters
    ----------
    name : str
        ``"my_net:build"``, or ``"nets/my_net.py:build"``.

    Raises
    ------
    ConfigurationError
        When the name has another form, or there is no such module or function; says where it looked.
    PluginError
        When only a file names the module: the user has to allow it.
    """
    module, colon, function = name.rpartition(":")
    if not (colon and module and function.isidentifier()):
        raise ConfigurationError(
            f"model.build = {name!r}: expected module:function, such as 'my_net:build'. The function gets nest, the "
            "genome and a random generator, and returns the nodes for input and output."
        )
    require({"model": {"build": name}})
    found = getattr(_module(module), function, None)
    if not callable(found):
        raise ConfigurationError(f"model.build = {name!r}: module {module!r} has no function {function!r}. Check it.")
    return found  # type: ignore[no-any-return]


@cache
def _module(name: str) -> ModuleType:
    if name.endswith(".py"):
        return _from_file(Path(name).expanduser())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:  # a module that the user's own imports
            raise
        path = Path.cwd().joinpath(*name.split(".")).with_suffix(".py")
        if not path.is_file():
            raise ConfigurationError(
                f"model.build: there is no module {name!r}, neither on Python's path nor as {path}. Work in its "
                "folder, or name its file."
            ) from error
        return _from_file(path)


def _from_file(path: Path) -> ModuleType:
    """Import a file under its own name, which `sys.modules` then has, as for ``import``."""
    if not path.is_file():
        raise ConfigurationError(f"model.build: there is no file {path}. Correct the path.")
    loaded = sys.modules.get(path.stem)
    if loaded is not None and getattr(loaded, "__file__", None) == str(path.absolute()):
        return loaded
    spec = importlib.util.spec_from_file_location(path.stem, path.absolute())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
