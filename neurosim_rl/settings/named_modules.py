"""Modules and paths that settings name: of parts, functions, environments and their arguments."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

OWN_PACKAGES = ("neurosim_rl", "gymnasium")
"""Packages whose modules of parts files may name without a plugin."""
PART_MODULES = (
    "neurosim_rl.bridge",
    "neurosim_rl.environments",
    "neurosim_rl.execution",
    "neurosim_rl.learning",
    "neurosim_rl.models",
    "neurosim_rl.optimizees",
    "neurosim_rl.optimizers",
    "gymnasium.envs",
    "gymnasium.wrappers",
)
"""Modules that hold parts, environments and wrappers, with their submodules: importing them does nothing else."""
CHAMPION = "champion:"
"""First characters of the name of a shipped champion, where a path could be meant too."""
PROGRAMS = (".pt", ".pth", ".ts", ".torchscript")
"""Ends of the names of files in TorchScript: programs, which run when they are asked."""
PACKAGE = "__init__.py"
"""File that makes a folder a package."""


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
    >>> names_in({"encoder": {"name": "my_encoders:Latency"}, "model": {"build": "my_net:build"}})
    ('my_encoders', 'my_net')
    >>> names_in({"environment": {"id": "GymV26Environment-v0", "kwargs": {"env_id": "my_module:Mine-v0"}}})
    ('my_module',)
    """
    environment = settings.get("environment", {})
    if not isinstance(environment, Mapping):
        environment = {}
    wrappers = environment.get("wrappers", ())
    texts = [environment.get("id"), settings.get("task"), *_wrapper_names(wrappers), *_part_names(settings)]
    found = [module for text in texts if (module := module_in(text))]
    arguments = [environment.get("kwargs", {}), *_wrapper_arguments(wrappers)]
    found += [module for text in _texts(arguments) if (module := _module_in_argument(text))]
    found += filter(is_path, _texts([environment.get("kwargs", {}), wrappers]))
    found += [*functions_in(settings), *_texts(settings.get("nest_modules", ()))]
    return tuple(dict.fromkeys(found))


def functions_in(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the modules and files of functions that settings name: ``model.build = "my_net:build"``.

    A program counts as one: ``learning.teacher = "policy.pt"`` (TorchScript).
    """
    found = []
    module, colon, _ = _text_in(settings, "model", "build").rpartition(":")
    if colon:
        found.append(module)
    teacher = teacher_in(settings)
    if teacher.endswith(PROGRAMS):
        found.append(teacher)
    elif is_function_name(teacher):
        found.append(teacher.rpartition(":")[0])
    return tuple(found)


def is_function_name(text: str) -> bool:
    """Return whether a text has the form ``module:function`` or ``file.py:function``, and is no champion's name."""
    module, colon, function = text.rpartition(":")
    return bool(colon and module) and function.isidentifier() and not text.startswith(CHAMPION)


def teacher_in(settings: Mapping[str, Any]) -> str:
    """Return the teacher that settings name; empty: none."""
    return _text_in(settings, "learning", "teacher")


def _text_in(settings: Mapping[str, Any], table: str, key: str) -> str:
    options = settings.get(table, {})
    return str(options.get(key, "")) if isinstance(options, Mapping) else ""


def module_in(text: object) -> str:
    """Return the module of ``module:Name``; empty: the text names none, or one that holds parts (`PART_MODULES`).

    Examples
    --------
    >>> module_in("my_encoders:Latency"), module_in("neurosim_rl.bridge.latency:Latency"), module_in("gymnasium:Env")
    ('my_encoders', '', '')
    >>> module_in("neurosim_rl.cli.__main__:main")
    'neurosim_rl.cli.__main__'
    """
    module, colon, _ = str(text).partition(":")
    return module if colon and not _holds_parts(module) else ""


def _holds_parts(module: str) -> bool:
    """Return whether a module is one of the packages themselves, which are loaded, or one that holds parts."""
    words = module.split(".")
    if "__main__" in words:
        return False
    return module in OWN_PACKAGES or any(module == home or module.startswith(f"{home}.") for home in PART_MODULES)


def _module_in_argument(text: str) -> str:
    """Return the module that an argument of an environment may have imported, as ``module:Id-v0``; empty: none."""
    module = module_in(text)
    return "" if is_path(text) else module


def is_class_name(text: object) -> bool:
    """Return whether a text has the form ``module:Class``: the id of an environment, ``module:Id-v0``, has not."""
    module, colon, name = str(text).partition(":")
    return bool(colon) and name.isidentifier() and all(word.isidentifier() for word in module.split("."))


def is_path(text: str) -> bool:
    """Return whether a text names a file: it has a separator, begins at home, or is there in the working folder."""
    if "/" in text or "\\" in text or text.startswith("~"):
        return True
    return text.isprintable() and len(text) < 256 and os.path.isfile(text)


def source_of(name: str, folder: str = "") -> Path | None:
    """Return the file of a plugin that is named by a path; None: the name is a module's, or no source's.

    Parameters
    ----------
    name : str
        Path of a file, ``nets/my_net.py``, or of a package's folder, ``nets/my_nets``.
    folder : str
        Folder to which the path is relative; empty: the working folder.
    """
    path = Path(folder, name).expanduser().absolute()
    if name.endswith(".py"):
        return path
    package = path / PACKAGE
    return package if "/" in name and package.is_file() else None


def module_of(name: str, folder: str = "") -> str:
    """Return the name under which a plugin is imported: of a path, that of the file or package; else the name itself.

    Parameters as of `source_of`.

    Examples
    --------
    >>> module_of("my_nets"), module_of("nets/my_net.py"), module_of("nets/my_nets/__init__.py")
    ('my_nets', 'my_net', 'my_nets')
    """
    source = source_of(name, folder)
    if source is None:
        return name
    return source.parent.name if source.name == PACKAGE else source.stem


def _part_names(table: Mapping[str, Any]) -> Iterator[Any]:
    """Give the names of parts in tables of a configuration: the values of their keys ``name``."""
    for key, value in table.items():
        if isinstance(value, Mapping) and key != "kwargs":
            yield value.get("name")
            yield from _part_names(value)


def _wrapper_names(wrappers: Any) -> Iterator[Any]:
    """Give the names of wrappers, which are texts or tables."""
    for wrapper in wrappers if isinstance(wrappers, list | tuple) else ():
        yield wrapper.get("name", "") if isinstance(wrapper, Mapping) else wrapper


def _wrapper_arguments(wrappers: Any) -> Iterator[Mapping[str, Any]]:
    """Give the arguments of wrappers, which are tables without their names."""
    for wrapper in wrappers if isinstance(wrappers, list | tuple) else ():
        if isinstance(wrapper, Mapping):
            yield {key: value for key, value in wrapper.items() if key != "name"}


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
