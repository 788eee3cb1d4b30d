"""Many runs side by side: read from their folders, grouped by setting, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.configuration import Configuration
from neurosim_rl.errors import NeurosimError
from neurosim_rl.optimizees import TASKS
from neurosim_rl.runs import History, RunFolder
from neurosim_rl.runs.champion import load_champion
from neurosim_rl.runs.run_list import Entry, find_runs
from neurosim_rl.settings import labels_of

FINISHED, RUNNING, UNFINISHED, DAMAGED, MISSING = "finished", "running", "not finished", "damaged", "missing"
UNKNOWN = "unknown setting"
"""The setting of runs whose configuration cannot be read."""


@dataclass(frozen=True)
class Result:
    """What one run has come to.

    Parameters
    ----------
    path : path
    setting : str
        What distinguishes it from the others, apart from the seed; "" when nothing does.
    seed : int or None
        None for a run that cannot be read.
    state : str
        ``finished``, ``running``, ``not finished``, ``damaged`` or ``missing``.
    problem : str
        Why it cannot be read; "" otherwise.
    config : Configuration or None
        None for a run that cannot be read; the numbers are then 0 or None too.
    n_generations, n_evaluations : int
        Finished so far.
    fitness : float or None
        The champion's, else the best so far.
    mean_return, ci95, success_rate
        The champion's on unseen starts; None before it is known.
    history : History or None
    """

    path: Path
    setting: str
    seed: int | None
    state: str = UNFINISHED
    problem: str = ""
    config: Configuration | None = None
    n_generations: int = 0
    n_evaluations: int = 0
    fitness: float | None = None
    mean_return: float | None = None
    ci95: tuple[float, float] | None = None
    success_rate: float | None = None
    champion_sha256: str | None = None
    history: History | None = None

    @property
    def solved(self) -> bool | None:
        """Whether the mean return is what the task calls solved; None when that is not known."""
        wanted = self.solved_return
        return None if wanted is None or self.mean_return is None else self.mean_return >= wanted

    @property
    def solved_return(self) -> float | None:
        """What its task calls solved; None when it does not say."""
        task = None if self.config is None else TASKS.get(self.config.task)
        return None if task is None else task.solved_return

    def table(self) -> dict[str, Any]:
        """Return it as plain values."""
        names = ("setting", "seed", "state", "problem", "n_generations", "n_evaluations", "fitness", "mean_return")
        low, high = self.ci95 or (None, None)
        return {
            "run": str(self.path),
            "task": None if self.config is None else self.config.task,
            **{name: getattr(self, name) for name in names},
            "generations_wanted": None if self.config is None else self.config.generations,
            "ci95_low": low,
            "ci95_high": high,
            "success_rate": self.success_rate,
            "solved": self.solved,
            "champion_sha256": self.champion_sha256,
        }


@dataclass(frozen=True)
class Group:
    """All runs of one setting.

    Parameters
    ----------
    setting : str
    results : tuple of Result
    """

    setting: str
    results: tuple[Result, ...]

    @property
    def returns(self) -> np.ndarray:
        """Mean return on unseen starts of each finished run, shape (n_finished,)."""
        return np.array([r.mean_return for r in self.results if r.mean_return is not None])

    @property
    def quartiles(self) -> tuple[float, float, float] | None:
        """Lower quartile, median and upper quartile of `returns` (NumPy's linear ones); None without any."""
        if not self.returns.size:
            return None
        low, median, high = np.percentile(self.returns, (25, 50, 75)).tolist()
        return low, median, high

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
    results = [_result(entry, configs[entry.path]) for entry in entries]
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


def _result(entry: Entry, config: Configuration | None) -> Result:
    assert entry.setting is not None
    seed = entry.seed if config is None else config.seed
    result = Result(entry.path, entry.setting, seed, config=config)
    try:
        return replace(result, **_read(RunFolder.open(entry.path)))
    except NeurosimError as error:
        state = DAMAGED if entry.path.is_dir() else MISSING
        return replace(result, state=state, problem=" ".join(str(error).split()))


def _read(folder: RunFolder) -> dict[str, Any]:
    """Return a result's fields from a run folder."""
    folder.config()  # damaged: the rest cannot be trusted
    history = folder.history()
    found: dict[str, Any] = {"state": UNFINISHED if folder.holder() is None else RUNNING}
    if history is not None:
        found["n_generations"] = history.n_generations
        found["n_evaluations"] = history.n_evaluations
        found["fitness"] = float(history.best_fitness.max())
        found["history"] = history
    if not folder.champion_path.exists():
        return found
    champion = load_champion(folder.path)
    return found | {
        "state": FINISHED,
        "fitness": champion.fitness,
        "mean_return": champion.held_out.mean_return,
        "ci95": champion.held_out.ci95(),
        "success_rate": champion.held_out.success_rate,
        "champion_sha256": champion.sha256,
    }
