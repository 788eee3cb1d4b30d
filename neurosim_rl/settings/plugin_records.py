"""Records of plugins: which ones a run needs, in which version, with a digest of their source.

The record is the table ``[plugins]`` of a run's configuration. It loads nothing: it says what a reader needs.
"""

from __future__ import annotations

import hashlib
import linecache
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from neurosim_rl.settings.named_modules import module_in
from neurosim_rl.settings.options import Options, option_fields
from neurosim_rl.settings.plugin_digests import digest_of, source_of_module
from neurosim_rl.settings.plugin_loading import Plugin, loaded, module_of, plugin_of, plugin_of_environment
from neurosim_rl.settings.registered_environments import MAIN, spec_of, user_module
from neurosim_rl.settings.registry import REGISTRIES

TABLE = "plugins"
"""Key of the record in a configuration's text."""


def recorded(settings: Any) -> dict[str, dict[str, Any]]:
    """Return the record of the plugins that settings need, by name; empty: the package has everything.

    Parameters
    ----------
    settings : dataclass with options
        Settings of a run.

    Returns
    -------
    dict of str to dict
        ``version`` of the distribution (left out: none), ``sha256`` of the source (left out: unknown), ``parts``: what
        the settings take from it, such as ``"encoder latency"``.
    """
    found: dict[str, dict[str, Any]] = {}
    for kind, name in parts_in(settings):
        origin = origin_of(kind, name)
        if origin is not None:
            record = found.setdefault(origin.name, _identity(origin.module))
            record["parts"].append(f"{kind} {name}")
    if MAIN in found and "sha256" not in found[MAIN]:
        parts = found[MAIN].pop("parts")
        sha256 = digest_of_cells(part.partition(" ")[::2] for part in parts)
        found[MAIN] |= {**({"sha256": sha256} if sha256 else {}), "parts": parts}
    return found


def digest_of_cells(parts: Iterable[tuple[str, str]]) -> str:
    """Return the digest of the cells that define parts of a notebook, and their base classes; empty: unknown.

    Cells of what the classes call count only if they define a class, too.

    Parameters
    ----------
    parts : iterable of tuple of str
        Kind and name of each part.
    """
    digest, cells = hashlib.sha256(), dict[str, None]()  # a dictionary keeps the order
    for kind, name in parts:
        defined = _definition(kind, name)
        for one in getattr(defined, "__mro__", [defined]):
            if getattr(one, "__module__", "") == MAIN:
                cells.update(dict.fromkeys(_files_of(one)))
    for cell in cells:
        digest.update("".join(linecache.getlines(cell)).encode())
    return digest.hexdigest() if cells else ""


def _files_of(defined: Any) -> Iterator[str]:
    """Give the names of a function's or a class's code, if their text is known: IPython keeps that of cells."""
    members = vars(defined).values() if isinstance(defined, type) else [defined]
    for member in members:
        code = getattr(getattr(member, "fget", member), "__code__", None)
        if code is not None and linecache.getlines(code.co_filename):
            yield code.co_filename


def _definition(kind: str, name: str) -> Any:
    """Return the class or function of a part that a script or notebook registered; None: unknown."""
    if kind == "environment":
        entry = getattr(spec_of(name), "entry_point", None)
        return vars(sys.modules[MAIN]).get(entry.partition(":")[2]) if isinstance(entry, str) else entry
    own = REGISTRIES[kind].own_part(name) if kind in REGISTRIES else None
    return own.part if own is not None else None


def origin_of(kind: str, name: str) -> Plugin | None:
    """Return the plugin, distribution or module from which a part comes; None: from the package, or from Gymnasium."""
    module = _module_of(kind, name)
    if not module:
        return None
    plugin = plugin_of(module)
    if plugin is not None:
        return plugin
    if version_of(module):  # of an installed distribution
        module = module.partition(".")[0]
    return Plugin(module, module)


def all_loaded() -> dict[str, dict[str, Any]]:
    """Return version and digest of every plugin that this process has imported, by name."""
    found = {}
    for plugin in loaded():
        found[plugin.name] = _identity(plugin.module)
        del found[plugin.name]["parts"]
    return found


def parts_in(settings: Any) -> Iterator[tuple[str, str]]:
    """Give kind and name of each part that settings name, the task and the environment included."""
    owner: type = getattr(settings, "component", None) or type(settings)
    for key, field in option_fields(owner).items():
        value = getattr(settings, key)
        registry = field.metadata["registry"]
        if isinstance(value, Options) and registry is not None:
            yield registry.kind, value.name
        if isinstance(value, Options):
            yield from parts_in(value)
        elif key in ("task", "build") and isinstance(value, str):
            yield key, value
        elif key == "id" and isinstance(value, str):
            yield "environment", value


def _module_of(kind: str, name: str) -> str:
    """Return the user's module from which a part comes; empty: it comes with the package or with Gymnasium."""
    if ":" in name:
        return module_of(module_in(name))
    if kind == "environment":
        plugin = plugin_of_environment(name)
        if plugin is not None:
            return plugin.module
        return user_module(name)
    registry = REGISTRIES.get(kind)
    own = registry.own_part(name) if registry is not None else None
    if own is None:
        return ""
    plugins = [plugin.module for plugin in loaded() if plugin.name == own.plugin]
    return plugins[0] if plugins else own.module


def _identity(module: str) -> dict[str, Any]:
    """Return version and digest of a module, as a record with no parts yet."""
    values = {"version": version_of(module), "sha256": digest_of(module)}
    return {**{key: value for key, value in values.items() if value}, "parts": []}


def version_of(module: str) -> str:
    """Return the version of the distribution that has a module; empty: none has it."""
    path = source_of_module(module)
    for name in _distributions().get(module.partition(".")[0], []):
        distribution = metadata.distribution(name)
        # A folder of the user's, such as tests, may have the name of a package that is installed.
        is_editable = '"editable": true' in (distribution.read_text("direct_url.json") or "")
        if path is None or is_editable or path.is_relative_to(Path(str(distribution.locate_file("")))):
            return distribution.version
    return ""


@cache
def _distributions() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()
