"""Checks of the plugins that a file needs: whether they are there, and are those with which it was made."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from neurosim_rl.errors import ConfigurationError, PluginError
from neurosim_rl.settings.named_modules import module_of
from neurosim_rl.settings.plugin_digests import digest_of
from neurosim_rl.settings.plugin_loading import load_plugins, loaded
from neurosim_rl.settings.plugin_records import digest_of_cells, origin_of, version_of
from neurosim_rl.settings.printable import printable
from neurosim_rl.settings.registered_environments import MAIN
from neurosim_rl.settings.registry import REGISTRIES

_NEEDED: dict[str, str] = {}
"""The message for each environment that a file takes from a plugin, by id."""
_TOLD: set[tuple[str, str]] = set()
"""Changes that were told: one line each, however many files were made before the change."""


def check_recorded(record: object, source: str) -> None:
    """Check the table ``[plugins]`` of a file; nothing is loaded because of it.

    A plugin that has changed, and a part that comes from somewhere else now, are told in a line on stderr.

    Parameters
    ----------
    record : object
        See `neurosim_rl.settings.plugin_records.recorded`.
    source : str
        The file, for messages; empty: a configuration.

    Raises
    ------
    PluginError
        When a part of a plugin is missing; names the plugin, and the option that loads it.
    ConfigurationError
        When the record is none.
    """
    if record is None:
        return
    load_plugins()
    source = source or "the configuration"
    for name, entry in _entries(record, source):
        parts = [part.partition(" ")[::2] for part in entry.get("parts", [])]
        missing = [f"{kind} {part!r}" for kind, part in parts if not _is_known(kind, part)]
        if missing:
            raise PluginError(_said(source, name, entry, ", ".join(missing)))
        _NEEDED.update(
            {part: _said(source, name, entry, f"environment {part!r}") for kind, part in parts if kind == "environment"}
        )
        _tell_change(source, name, entry, parts)
        _tell_origins(source, name, parts)


def require_environment(name: str) -> None:
    """Raise if a file takes an unknown environment from a plugin; names the plugin."""
    if name in _NEEDED:
        raise PluginError(_NEEDED[name])


def _entries(record: object, source: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the entries of a record, if they are as this package writes them."""
    if not isinstance(record, Mapping):
        raise _no_record(source, "")
    for name, entry in record.items():
        if not isinstance(entry, Mapping) or not _is_entry(entry):
            raise _no_record(source, str(name))
    return list(record.items())


def _is_entry(entry: Mapping[str, Any]) -> bool:
    parts = entry.get("parts", [])
    texts = [entry.get("version", ""), entry.get("sha256", ""), *(parts if isinstance(parts, list) else [None])]
    return all(isinstance(text, str) for text in texts)


def _no_record(source: str, name: str) -> ConfigurationError:
    return ConfigurationError(
        f"{printable(source)}: [plugins] {printable(name)} is no record of plugins. Leave the table out, and name "
        "plugins by --plugin NAME or in pyproject.toml."
    )


def _is_known(kind: str, part: str) -> bool:
    """Return whether a part is there; environments and ``module:Class`` are looked for when they are used."""
    return ":" in part or kind not in REGISTRIES or part in REGISTRIES[kind]


def _said(source: str, name: str, entry: Mapping[str, Any], missing: str) -> str:
    shown, file = printable(name), printable(source)
    if name == MAIN:
        return (
            f"{file} needs {printable(missing)} of a script or notebook, which this process does not have. Move it "
            "into a module, and name that: --plugin MODULE (in Python: plugins=['MODULE'])."
        )
    version = f" {printable(entry['version'])}" if "version" in entry else ""
    if _is_loaded(name):  # the user has named it: to name it once more would not help
        module = module_of(name)
        change = _change(entry, version_of(module), digest_of(module))
        how = f"has changed since, {change}, and" if change else "is loaded, and"
        return (
            f"{file} needs {printable(missing)} of plugin '{shown}', which {how} does not register it any more. Give "
            "the part its name back, or take the plugin's version of then."
        )
    return (
        f"{file} needs plugin '{shown}'{version} for {printable(missing)}, which neither the command line nor a "
        f"pyproject.toml names; files alone load nothing. If you trust it, add --plugin {shown} (in Python: "
        f"plugins=['{shown}'])."
    )


def _tell_change(source: str, name: str, entry: Mapping[str, Any], parts: Sequence[tuple[str, str]]) -> None:
    """Print how a plugin differs from that of a file; nothing if it does not, or nothing comes from it here."""
    origins = [origin_of(kind, part) for kind, part in parts]
    if not _is_loaded(name) and not any(origin is not None and origin.name == name for origin in origins):
        return
    module = module_of(name)
    sha256 = digest_of(module) or (digest_of_cells(parts) if name == MAIN else "")
    change = _change(entry, version_of(module), sha256)
    if change and (name, change) not in _TOLD:
        _TOLD.add((name, change))
        what = f"plugin '{name}'" if name != MAIN else "the script or notebook"
        line = f"neurosim-rl: warning: {what} has changed since {source} was made: {change}. Results may differ."
        print(printable(line), file=sys.stderr)


def _is_loaded(name: str) -> bool:
    return module_of(name) in {plugin.module for plugin in loaded()}


def _tell_origins(source: str, name: str, parts: Iterable[tuple[str, str]]) -> None:
    """Print which parts of a file came from this plugin and come from somewhere else now.

    Environments are left out: a cell of a notebook may register one in place of a plugin's.
    """
    for kind, part in parts:
        if ":" in part or kind not in REGISTRIES:
            continue
        origin = origin_of(kind, part)
        if (origin is not None and _is_module(origin.module, name)) or (name, part) in _TOLD:
            continue
        _TOLD.add((name, part))
        now = _whence(origin.name if origin is not None else "")
        line = (
            f"neurosim-rl: warning: {kind} '{part}' comes from {now} now, from {_whence(name)} when {source} was made. "
            "Results may differ."
        )
        print(printable(line), file=sys.stderr)


def _is_module(module: str, name: str) -> bool:
    """Return whether a plugin of a record is this module, or one of its package; a record may have an old path."""
    return module.partition(".")[0] == Path(module_of(name)).name.partition(".")[0]


def _whence(name: str) -> str:
    """Return where a part comes from, in words; an empty name: from the package."""
    if name == MAIN:
        return "a script or notebook"
    return f"'{name}'" if name else "neurosim-rl itself"


def _change(entry: Mapping[str, Any], version: str, sha256: str) -> str:
    """Return how a plugin has changed; empty: it has not."""
    then, now = entry.get("sha256", ""), sha256
    if entry.get("version", "") != version:
        return f"version {entry.get('version') or 'unknown'} then, {version or 'unknown'} now"
    if then and now and then != now:
        return f"source {then[:12]} then, {now[:12]} now"
    return ""
