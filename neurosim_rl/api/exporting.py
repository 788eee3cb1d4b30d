"""Export of a champion: the ending of a name says in which format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim_rl.api.controller import Controller
from neurosim_rl.errors import ConfigurationError

if TYPE_CHECKING:
    from neurosim_rl.api.champion import Champion


def export_champion(champion: Champion, path: Path, **options: Any) -> Path:
    """Write a champion, its network or its recorded episodes, and return the path (see `Champion.export`)."""
    if path.suffix == ".nir":
        return Controller.export(champion, path, **options)
    if path.suffix in (".nix", ".nwb"):
        from neurosim_rl.api.neo_file import write_neo

        return write_neo(champion.record, path, **options)
    if path.suffix == ".py":
        from neurosim_rl.exchange.pynest import write_pynest

        write_pynest(champion.record, path, **options)
        return path
    if not path.suffix:
        from neurosim_rl.api.csv_files import write_episode_tables

        write_episode_tables(champion.record, path, **options)
        return path
    raise ConfigurationError(
        f"{path}: expected a name that ends with .py (PyNEST), .nir, .nix or .nwb (Neo), or a folder "
        "without an ending (CSV)."
    )
