"""Summary of one run: its state and the returns of its champion, read from the run folder."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from neurosim_rl.errors import NeurosimError
from neurosim_rl.optimizees import Configuration, solved_return
from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.runs.run_list import Entry

FINISHED, RUNNING, UNFINISHED, DAMAGED, MISSING = "finished", "running", "not finished", "damaged", "missing"


@dataclass(frozen=True)
class RunSummary:
    """State of one run, and returns of its champion.

    Parameters
    ----------
    path : path
    setting : str
        Name of the setting: the keys in which the run differs from the others, without the seed; "" for no difference.
    seed : int or None
        None: the run cannot be read.
    state : str
        ``finished``, ``running``, ``not finished``, ``damaged`` or ``missing``.
    problem : str
        Reason why the run cannot be read; "" if it can.
    config : Configuration or None
        None: the run cannot be read; then all numbers are 0 or None.
    n_generations, n_evaluations : int
        Numbers of finished generations and of their evaluations.
    fitness : float or None
        Fitness of the champion, or the best fitness so far; None before the first generation.
    mean_return, ci95, success_rate
        Mean return of the champion on unseen starts, its 95 % interval, and success rate; None if unfinished.
    champion_sha256 : str or None
        Digest of the champion's genome.
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
        """Whether the mean return solves the task; None if it is unknown, or the task does not define it."""
        threshold = self.solved_return
        if threshold is None or self.mean_return is None:
            return None
        return self.mean_return >= threshold

    @property
    def solved_return(self) -> float | None:
        """Mean return from which the task counts as solved; None if the task does not define it."""
        if self.config is None:
            return None
        return solved_return(self.config.task, self.config.environment.id)

    def table(self) -> dict[str, Any]:
        """Return the summary as plain values, for JSON and CSV."""
        low, high = self.ci95 or (None, None)
        return {
            "run": str(self.path),
            "task": None if self.config is None else self.config.task,
            "setting": self.setting,
            "seed": self.seed,
            "state": self.state,
            "problem": self.problem,
            "n_generations": self.n_generations,
            "n_evaluations": self.n_evaluations,
            "fitness": self.fitness,
            "mean_return": self.mean_return,
            "generations_wanted": None if self.config is None else self.config.generations,
            "ci95_low": low,
            "ci95_high": high,
            "success_rate": self.success_rate,
            "solved": self.solved,
            "champion_sha256": self.champion_sha256,
        }


def read_summary(entry: Entry, config: Configuration | None) -> RunSummary:
    """Return the summary of a run; an unreadable run is damaged or missing, with the reason.

    Parameters
    ----------
    entry : Entry
        Path, seed and setting of the run.
    config : Configuration or None
        Configuration of the run; None: it cannot be read.
    """
    assert entry.setting is not None
    seed = entry.seed if config is None else config.seed
    summary = RunSummary(entry.path, entry.setting, seed, config=config)
    try:
        return replace(summary, **_read(RunFolder.open(entry.path)))
    except NeurosimError as error:
        state = DAMAGED if entry.path.is_dir() else MISSING
        return replace(summary, state=state, problem=" ".join(str(error).split()))


def _read(folder: RunFolder) -> dict[str, Any]:
    """Return fields of a summary from a run folder."""
    folder.config()  # raises an error if it is damaged: then the other files are not reliable either
    history = folder.history()
    found: dict[str, Any] = {"state": UNFINISHED if folder.holder() is None else RUNNING}
    if history is not None:
        found["n_generations"] = history.n_generations
        found["n_evaluations"] = history.n_evaluations
        found["fitness"] = float(history.best_fitness.max())
        found["history"] = history
    if not folder.champion_path.exists():
        return found
    champion = read_champion(folder.path)
    found |= {"fitness": champion.fitness, "champion_sha256": champion.sha256}
    if champion.is_complete:
        found["state"] = FINISHED
    if not math.isnan(champion.unseen.mean_return):  # else it is not measured, or failed from each start
        found["mean_return"], found["ci95"] = champion.unseen.mean_return, champion.unseen.ci95()
        found["success_rate"] = champion.unseen.success_rate
    return found
