"""The row of one run: what the table, the filters and the parallel coordinates show of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from neurosim_rl.runs.champion_scores import ChampionScores
from neurosim_rl.runs.curve import RunCurve
from neurosim_rl.runs.status import RECENT
from neurosim_rl.settings.printable import printable

DAMAGED = "damaged"
"""State of a run that cannot be read."""
LONGEST_TEXT = 200
"""Most characters of a task's name or a setting in a row."""


@dataclass(frozen=True)
class RunRow:
    """Everything that a row shows.

    Parameters
    ----------
    name : str
        Path below the folder of the dashboard.
    state : str
        As in `neurosim_rl.runs.status.status_json`, or "damaged".
    problem : str
        Reason in one line why the run, or a part of it, cannot be read; empty: it can.
    is_read : bool
        Whether its history and its champion are read; False: they will be.
    tables : mapping
        Tables of the configuration, as they are written.
    settings : mapping
        Keys that distinguish settings, such as ``decoder.name``, with their values.
    n_generations : int
        Number of finished generations.
    curve : RunCurve
    scores : ChampionScores or None
        None: there is no champion yet.
    changed_s : float or None
        Time of the latest change of a file, in s since 1970.
    has_report : bool
    """

    name: str
    state: str
    problem: str = ""
    is_read: bool = False
    tables: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    n_generations: int = 0
    curve: RunCurve = field(default_factory=RunCurve.none)
    scores: ChampionScores | None = None
    changed_s: float | None = None
    has_report: bool = False

    def table(self) -> dict[str, Any]:
        """Return the row as plain values, for JSON. Texts come from files: control characters are shown."""
        wanted = self._number("generations")
        return {
            "name": printable(self.name),
            "state": self.state,
            "problem": printable(self.problem),
            "is_read": self.is_read,
            "task": _shown(self.tables.get("task", "")),
            "seed": self._number("seed"),
            "settings": {printable(key): _setting(value) for key, value in self.settings.items()},
            "generations": self.n_generations,
            "wanted": wanted,
            **self._of_curve(wanted),
            **self._of_champion(),
            "changed": self.changed_s,
        }

    def _number(self, key: str) -> int | None:
        """Return a whole number of the configuration, which may hold anything; None: it is none."""
        value = self.tables.get(key)
        # JavaScript has no larger whole numbers.
        return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 else None

    def _of_curve(self, wanted: int | None) -> dict[str, Any]:
        curve = self.curve
        if not curve.n_generations:
            return dict.fromkeys(("best_fitness", "validation_return", "generation_s", "left_s")) | {"failed": 0}
        mean_s = float(curve.seconds[-RECENT:].mean())
        is_under_way = self.state == "running" and wanted is not None
        best = curve.done().best_validation
        return {
            "best_fitness": float(curve.best_fitness.max()),
            "validation_return": best if math.isfinite(best) else None,
            "failed": int(curve.n_failed.sum()),
            "generation_s": mean_s,
            "left_s": mean_s * max(0, (wanted or 0) - self.n_generations) if is_under_way else None,
        }

    def _of_champion(self) -> dict[str, Any]:
        if self.scores is None:
            return {"mean_return": None, "success_rate": None, "failed_stages": 0}
        unseen = self.scores.unseen
        return {
            "mean_return": unseen.mean_return,
            "success_rate": unseen.success_rate,
            "failed_stages": len(self.scores.failures),
        }


def _shown(value: Any) -> str:
    """Return a value as a text of one line, not too long."""
    text = printable(value)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _setting(value: Any) -> Any:
    """Return a setting as a number, a truth value or a text."""
    if isinstance(value, bool) or (isinstance(value, int | float) and abs(value) < 2**53):
        return value
    return _shown(value)
