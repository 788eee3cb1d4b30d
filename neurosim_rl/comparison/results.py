"""What one run has come to, read from its folder."""

from __future__ import annotations

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
        return None if self.config is None else solved_return(self.config.task)

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


def read_summary(entry: Entry, config: Configuration | None) -> RunSummary:
    """Return what a run has come to; one that cannot be read is damaged or missing, with the reason.

    Parameters
    ----------
    entry : Entry
        With its setting.
    config : Configuration or None
        The run's; None: it cannot be read.
    """
    assert entry.setting is not None
    seed = entry.seed if config is None else config.seed
    result = RunSummary(entry.path, entry.setting, seed, config=config)
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
    champion = read_champion(folder.path)
    return found | {
        "state": FINISHED,
        "fitness": champion.fitness,
        "mean_return": champion.unseen.mean_return,
        "ci95": champion.unseen.ci95(),
        "success_rate": champion.unseen.success_rate,
        "champion_sha256": champion.sha256,
    }
