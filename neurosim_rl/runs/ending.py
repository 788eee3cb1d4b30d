"""Ends of generations: the last one, a task that is solved, or a time limit."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurosim_rl.optimizees import Settings, solved_return
from neurosim_rl.records.history import History


@dataclass(frozen=True)
class Done:
    """Work of a run so far.

    Parameters
    ----------
    n_generations : int
    seconds : float
        Time of all generations in s, interruptions left out.
    best_validation : float
        Highest validation return of all generations; -inf: none.
    """

    n_generations: int = 0
    seconds: float = 0.0
    best_validation: float = -math.inf

    @classmethod
    def of(cls, history: History | None) -> Done:
        """Return the work that a history holds."""
        done = cls()
        return done if history is None else done.after(history)

    def after(self, more: History) -> Done:
        """Return the work after more generations."""
        # NaN, where nothing was validated, is larger than nothing.
        best = max([self.best_validation, *more.validation_return.tolist()], key=lambda v: -math.inf if v != v else v)
        return Done(self.n_generations + more.n_generations, self.seconds + float(more.seconds.sum()), best)


def ending(config: Settings, done: Done) -> str:
    """Return why no generation follows; empty: another one follows.

    The answer depends on what is recorded only, so a run that is resumed ends where it would have ended.

    Parameters
    ----------
    config : Settings
    done : Done
    """
    if done.n_generations >= config.generations:
        return f"all {config.generations} generations are done"
    if not done.n_generations:
        return ""
    solved = solved_return(config.task, config.environment.id) if config.stop_when_solved else None
    if solved is not None and done.best_validation >= solved:
        return f"solved: validation return {done.best_validation:.2f}; expected at least {solved:g}"
    if 0 < config.max_hours * 3600 <= done.seconds:
        return f"the time limit of {config.max_hours:g} hours is reached"
    return ""
