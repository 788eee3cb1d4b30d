"""Extension modules of NEST that ``neurosim-rl nestml`` has built, in the user's cache folder."""

from __future__ import annotations

import json
import os
from importlib import metadata
from pathlib import Path

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.settings.plugins import require

FACTS = "module.json"
"""File beside a built module: its library, its models, and its source with the digest."""


def modules_folder() -> Path:
    """Return the folder of built modules, in the user's cache folder (``XDG_CACHE_HOME``)."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(cache) if os.path.isabs(cache) else Path.home() / ".cache"
    return base / "neurosim-rl" / "nestml"


def nest_version() -> str:
    """Return the version of the installed NEST, which a module is built for."""
    return metadata.version("nest-simulator")


def built_module(name: str) -> NestModule:
    """Return a built module.

    Parameters
    ----------
    name : str
        As ``neurosim-rl nestml`` prints it, or the path of a shared library that you built yourself.

    Raises
    ------
    ConfigurationError
        When it is not there, or was built for another NEST.
    PluginError
        When only a file names it: a module is code, and the user has to allow it.
    """
    require({"nest_modules": [name]})
    if "/" in name:
        path = Path(name).expanduser().absolute()
        if not path.is_file():
            raise ConfigurationError(f"nest_modules: there is no file {path}. Correct the path.")
        return NestModule(name, str(path))
    folder = modules_folder() / name
    if not (folder / FACTS).is_file():
        raise ConfigurationError(
            f"nest_modules: module {name!r} is not built on this machine, for NEST {nest_version()}. Build it with "
            "neurosim-rl nestml FILE.nestml, which prints its name."
        )
    facts = facts_of(folder)
    if facts["nest"] != nest_version():
        raise ConfigurationError(
            f"nest_modules: module {name!r} was built for NEST {facts['nest']}; NEST {nest_version()} is installed. "
            "Build it again with neurosim-rl nestml."
        )
    return NestModule(name, str(folder / facts["library"]), tuple(facts["deterministic"]))


def facts_of(folder: Path) -> dict:
    """Return the facts of a built module: ``nest``, ``library``, ``models``, ``deterministic``, ``sources``."""
    facts: dict = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    return facts


def record_of(name: str) -> dict[str, object]:
    """Return where a module comes from, for the record of a run: its name, and source and digest by file."""
    folder = modules_folder() / name
    if "/" in name or not (folder / FACTS).is_file():
        return {"name": name}
    facts = facts_of(folder)
    return {"name": name, "nest": facts["nest"], "sources": facts["sources"]}
