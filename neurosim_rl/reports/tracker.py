"""Base class of trackers: the record of a run in a tool that draws and compares runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neurosim_rl.records.generation_summary import GenerationSummary
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.settings.frozen_table import plain


class Tracker(ABC):
    """The record of one run in another tool.

    Its methods may raise anything: `neurosim_rl.reports.tracking.Tracking` catches that, and the run continues.

    Parameters
    ----------
    folder : RunFolder
    record_id : str
        Id of the run's record, if it has one already; empty: none.
    """

    def __init__(self, folder: RunFolder, record_id: str) -> None:
        self.folder, self.record_id = folder, record_id

    @classmethod
    @abstractmethod
    def require(cls) -> None:
        """Raise MissingExtraError unless the tool's library is installed."""

    @abstractmethod
    def begin(self) -> int:
        """Begin the record, or continue it; return the number of generations that it has. Sets `record_id`."""

    @abstractmethod
    def add(self, summary: GenerationSummary) -> None:
        """Add a generation."""

    @abstractmethod
    def end(self, champion: ChampionRecord, figures: Sequence[Path]) -> None:
        """Add the champion and the figures of a finished run."""

    @abstractmethod
    def close(self, is_finished: bool) -> None:
        """Close the record; a run that is not finished may be resumed."""


def flat_settings(folder: RunFolder) -> dict[str, Any]:
    """Return the settings of a run as ``table.key``."""
    return dict(_flat("", plain(folder.config().tables())))


def _flat(prefix: str, table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            found += _flat(f"{prefix}{key}.", value)
        else:
            found.append((f"{prefix}{key}", value))
    return found


def champion_numbers(champion: ChampionRecord) -> dict[str, float]:
    """Return the numbers of a champion that are known, by name."""
    numbers = {
        "champion_generation": float(champion.generation),
        "champion_fitness": champion.fitness,
        "champion_validation_return": champion.validation_return,
        "champion_unseen_return": champion.unseen.mean_return if champion.unseen.is_measured else float("nan"),
        "champion_replay_identical": float(champion.verification.identical),
    }
    return {name: value for name, value in numbers.items() if value == value}
