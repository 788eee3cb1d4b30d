"""A run: ask, evaluate, tell, record; then judge the champion and replay it in NEST."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from neurosim_rl.evaluation.dispatch import first_line
from neurosim_rl.execution import Executor, create_executor
from neurosim_rl.optimizees import ClosedLoop, Configuration, create_optimizee
from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.candidate import Candidate, best_of, better
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.training.champion import assess, choose_finalist, validate
from neurosim_rl.training.evolution import Evolution, Validate
from neurosim_rl.training.normalisation import task_at_generation


@dataclass(frozen=True)
class Progress:
    """What a run tells after each generation.

    ``best_fitness``, ``mean_fitness`` and ``n_failed`` (individuals that got the penalty, not in the mean) are the
    generation's; ``candidate`` is the best so far.
    """

    n_done: int
    best_fitness: float
    mean_fitness: float
    n_failed: int
    candidate: Candidate


def run_to_end(
    config: Configuration,
    folder: RunFolder,
    *,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> ChampionRecord:
    """Run an experiment to its end, from wherever its folder stands.

    Finished generations are not evaluated again: the optimizer is told their recorded fitnesses, and asks the
    same as it did then. So an interrupted run ends like an uninterrupted one, bit for bit.

    Parameters
    ----------
    config : Configuration
        As recorded in the folder; ``workers`` may differ.
    folder : RunFolder
    executor : Executor or None
        Where batches are played; None: ``config.workers`` local processes.
    on_progress : callable
        Called after each generation.

    Returns
    -------
    ChampionRecord
        Also written to the folder.
    """
    with folder.locked():
        optimizee = create_optimizee(config)
        if executor is None:
            with create_executor(config.workers, config.execution) as own:
                return _evolve(optimizee, folder, own, on_progress)
        return _evolve(optimizee, folder, executor, on_progress)


class Source(Protocol):
    """Where a run's generations come from."""

    @property
    def optimizee(self) -> ClosedLoop:
        """The task as the next generation meets it."""

    def replay(self, history: History) -> None:
        """Take up what was recorded."""

    def generation(self, number: int, validate: Validate) -> History:
        """Make the next generation, whose best individual is validated."""


def _source(optimizee: ClosedLoop, folder: RunFolder, executor: Executor) -> Source:
    if not optimizee.learning.trains:
        return Evolution(optimizee, folder, executor)
    from neurosim_rl.training.gradients import GradientTraining  # loads PyTorch

    return GradientTraining(optimizee, folder)


def _evolve(
    optimizee: ClosedLoop, folder: RunFolder, executor: Executor, on_progress: Callable[[Progress], None]
) -> ChampionRecord:
    config, history = optimizee.config, folder.history()
    source = _source(optimizee, folder, executor)
    candidate = None if history is None else best_of(history, config)
    done = 0 if history is None else history.n_generations
    if history is not None:
        source.replay(history)
        folder.log(f"resumed after {done} generations")
    for number in range(done, config.generations):
        generation = source.generation(number, partial(validate, source.optimizee, executor, candidate))
        folder.add_generation(generation)
        _log_failures(folder, generation)
        candidate = better(candidate, generation, config)
        on_progress(
            Progress(
                number + 1,
                float(generation.best_fitness[0]),
                float(generation.mean_fitness[0]),
                int(np.count_nonzero(generation.failure != "")),
                candidate,
            )
        )
    folder.consolidate()
    assert candidate is not None
    candidate = choose_finalist(optimizee, candidate, folder, executor)
    history = folder.history()
    as_met = task_at_generation(optimizee, history, candidate.generation)
    champion = assess(as_met, candidate, executor, history, folder.ancestor())
    champion.write(folder.champion_path)
    folder.log(f"finished: mean return {champion.unseen.mean_return:.2f} over unseen starts")
    return champion


def _log_failures(folder: RunFolder, generation: History) -> None:
    for individual in np.flatnonzero(generation.failure != ""):
        reason = first_line(generation.failure[individual])
        folder.log(f"generation {generation.number[0]}, individual {individual} gets the penalty fitness: {reason}")
