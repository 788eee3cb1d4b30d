"""Groups of runs with the same setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.comparison.labels import setting_labels
from neurosim_rl.comparison.run_summary import RunSummary, read_summary
from neurosim_rl.comparison.statistics import quartiles
from neurosim_rl.errors import NeurosimError
from neurosim_rl.optimizees import Configuration
from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.run_list import Entry, find_runs

UNKNOWN = "unknown setting"
"""Name of the setting of runs with an unreadable configuration."""


@dataclass(frozen=True)
class Group:
    """All runs of one setting.

    Parameters
    ----------
    setting : str
        Label of the setting.
    runs : tuple of RunSummary
    """

    setting: str
    runs: tuple[RunSummary, ...]

    @property
    def returns(self) -> np.ndarray:
        """Mean return on unseen starts of each finished run, shape (n_finished,)."""
        return np.array([run.mean_return for run in self.runs if run.mean_return is not None])

    @property
    def histories(self) -> list[History]:
        """History of each run with a finished generation."""
        return [run.history for run in self.runs if run.history is not None]

    @property
    def quartiles(self) -> tuple[float, float, float] | None:
        """Lower quartile, median and upper quartile of `returns`; None if no run is finished."""
        return quartiles(self.returns)

    @property
    def n_solved(self) -> int | None:
        """Number of finished runs that solved the task; None if the task does not define it."""
        known = [run.solved for run in self.runs if run.solved is not None]
        return sum(known) if known else None

    def table(self) -> dict[str, Any]:
        """Return the group as plain values, for JSON."""
        low, median, high = self.quartiles or (None, None, None)
        return {
            "setting": self.setting,
            "n_seeds": len(self.runs),
            "n_finished": len(self.returns),
            "median_return": median,
            "quartiles": [low, high],
            "n_solved": self.n_solved,
        }


def group_runs(targets: Sequence[Path]) -> list[Group]:
    """Read runs and group them by setting; an unreadable run gets a state and a problem, and does not end the command.

    The names of the settings come from ``runs.toml`` in the folder of runs. Without that file, a name has the keys that
    differ between the runs.

    Parameters
    ----------
    targets : sequence of path
        Run folders, or folders of runs.

    Raises
    ------
    RunFolderError
        When there is no run.
    """
    entries = find_runs(targets)
    configs = {entry.path: _config(entry.path) for entry in entries}
    # Names from several files runs.toml need not agree: then they are made from the configurations, too.
    if any(entry.setting is None for entry in entries) or len(targets) > 1:
        entries = _labelled(entries, configs)
    of_setting: dict[str, list[RunSummary]] = {}
    for entry in entries:
        run = read_summary(entry, configs[entry.path])
        of_setting.setdefault(run.setting, []).append(run)
    return [Group(setting, tuple(runs)) for setting, runs in of_setting.items()]


def _config(path: Path) -> Configuration | None:
    """Return the configuration of a run; None: it cannot be read."""
    try:
        return RunFolder.open(path).config()
    except NeurosimError:
        return None


def _labelled(entries: Sequence[Entry], configs: Mapping[Path, Configuration | None]) -> list[Entry]:
    """Return the entries with names from their configurations."""
    known = {path: config for path, config in configs.items() if config is not None}
    labels = dict(zip(known, setting_labels(list(known.values())), strict=True))
    return [replace(entry, setting=labels.get(entry.path, entry.setting or UNKNOWN)) for entry in entries]
