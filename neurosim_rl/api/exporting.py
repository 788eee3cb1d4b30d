"""Export of a champion: the ending of a name says in which format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.runs.champion import ChampionRecord


def export_record(record: ChampionRecord, path: Path, **options: Any) -> Path:
    """Write a champion as a script, or its recorded episodes as a file of Neo or CSV tables; return the path.

    Parameters
    ----------
    record : ChampionRecord
    path : path
        The ending chooses (see `Champion.export`).
    **options
        Of the writer of that format.

    Raises
    ------
    ConfigurationError
        For an ending that no format has.
    """
    if path.suffix in (".nix", ".nwb"):
        from neurosim_rl.api.neo_file import write_neo

        return write_neo(record, path, **options)
    if path.suffix == ".py":
        from neurosim_rl.exchange.pynest import write_pynest

        write_pynest(record, path, **options)
        return path
    if not path.suffix:
        from neurosim_rl.api.csv_files import write_episode_tables

        write_episode_tables(record, path, **options)
        return path
    raise ConfigurationError(
        f"{path}: expected a name that ends with .py (PyNEST), .nir, .nix or .nwb (Neo), or a folder "
        "without an ending (CSV)."
    )
