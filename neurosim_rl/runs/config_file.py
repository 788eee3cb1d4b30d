"""The file of a run's configuration: TOML below a comment line with its digest."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from neurosim_rl.errors import NeurosimError, PluginError, RunFolderError
from neurosim_rl.optimizees import Configuration, read_configuration
from neurosim_rl.runs.files import FORMAT, check_format, writing
from neurosim_rl.settings.layers import parse_toml
from neurosim_rl.settings.regular_file import LARGEST_TEXT, read_regular

_HEADER = re.compile(r"# neurosim-rl configuration, format (\d+), sha256 ([0-9a-f]{64})\n")


def write_config(path: Path, config: Configuration) -> None:
    """Write a configuration, completely or not at all.

    Raises
    ------
    RunFolderError
        When the file cannot be written.
    """
    text = config.to_toml()
    # Without a digest a cut would go unnoticed: the first half of a TOML file is often valid TOML.
    header = f"# neurosim-rl configuration, format {FORMAT}, sha256 {_digest(text)}\n"
    with writing(path) as temporary:
        temporary.write_text(header + text, encoding="utf-8")


def read_config(path: Path) -> Configuration:
    """Return the configuration of a run's file.

    Raises
    ------
    RunFolderError
        When the file was cut, changed by hand, or written by a newer version.
    PluginError
        When it needs a plugin that is not named.
    """
    try:
        return read_configuration(_checked_text(path), str(path))
    except (RunFolderError, PluginError):
        raise
    except NeurosimError as error:
        raise RunFolderError(f"{path} is damaged: {error}") from error


def read_config_tables(path: Path) -> dict[str, Any]:
    """Return the tables of a run's file as they are written: no name in them is looked up, no plugin is needed.

    Raises
    ------
    RunFolderError
        As of `read_config`.
    """
    text = _checked_text(path)
    try:
        return parse_toml(text, str(path))
    except NeurosimError as error:
        raise RunFolderError(f"{path} is damaged: {error}") from error


def _checked_text(path: Path) -> str:
    """Return the text of a run's file, which is whole; its header is a comment in TOML."""
    try:
        text = read_regular(path, LARGEST_TEXT).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RunFolderError(f"{path} is damaged: {error}") from error
    header = _HEADER.match(text)
    # The version comes before the digest: a newer version may compute the digest in another way.
    if header is not None:
        check_format(path, int(header[1]))
    if header is None or _digest(text[header.end() :]) != header[2]:
        raise RunFolderError(
            f"{path} is damaged: it was cut or changed after the run began. Restore it, or make a new run from "
            f"its settings: neurosim-rl evolve TASK --config {path}"
        )
    return text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
