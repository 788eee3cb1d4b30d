"""Runs grouped by setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.comparison.results import RunSummary, read_summary
from neurosim_rl.comparison.settings import labels_of
from neurosim_rl.comparison.statistics import quartiles
from neurosim_rl.errors import NeurosimError
from neurosim_rl.optimizees import Configuration
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.run_list import Entry, find_runs

UNKNOWN = "unknown setting"
"""The setting of runs whose configuration cannot be read."""


@dataclass(frozen=True)
class Group:
    """All runs of one setting.

    Parameters
    ----------
    setting : str
    results : tuple of RunSummary
    """

    setting: str
    results: tuple[RunSummary, ...]

    @property
    def returns(self) -> np.ndarray:
        """Mean return on unseen starts of each finished run, shape (n_finished,)."""
        return np.array([r.mean_return for r in self.results if r.mean_return is not None])

    @property
    def quartiles(self) -> tuple[float, float, float] | None:
        """Lower quartile, median and upper quartile of `returns`; None without any."""
        return quartiles(self.returns)

    @property
    def n_solved(self) -> int | None:
        """Number of finished runs that solved the task; None when the task does not say what that is."""
        known = [r.solved for r in self.results if r.solved is not None]
        return sum(known) if known else None

    def table(self) -> dict[str, Any]:
        """Return it as plain values."""
        low, median, high = self.quartiles or (None, None, None)
        return {
            "setting": self.setting,
            "n_seeds": len(self.results),
            "n_finished": len(self.returns),
            "median_return": median,
            "quartiles": [low, high],
            "n_solved": self.n_solved,
        }


def compare(targets: Sequence[Path]) -> list[Group]:
    """Read runs and group them by setting; runs that cannot be read are told, not fatal.

    Settings are called as the folder's ``runs.toml`` calls them; without it, after what differs between the runs.

    Parameters
    ----------
    targets : sequence of path
        Run folders, or folders of runs.

    Raises
    ------
    RunFolderError
        When there is no run at all.
    """
    entries = find_runs(targets)
    configs = {entry.path: _config(entry.path) for entry in entries}
    if any(entry.setting is None for entry in entries) or len(targets) > 1:
        entries = _labelled(entries, configs)
    results = [read_summary(entry, configs[entry.path]) for entry in entries]
    return [Group(s, tuple(r for r in results if r.setting == s)) for s in dict.fromkeys(r.setting for r in results)]


def _config(path: Path) -> Configuration | None:
    try:
        return RunFolder.open(path).config()
    except NeurosimError:
        return None


def _labelled(entries: Sequence[Entry], configs: Mapping[Path, Configuration | None]) -> list[Entry]:
    """Return the entries with labels from their configurations."""
    known = {path: config for path, config in configs.items() if config is not None}
    labels = dict(zip(known, labels_of(list(known.values())), strict=True))
    return [replace(entry, setting=labels.get(entry.path, entry.setting or UNKNOWN)) for entry in entries]
