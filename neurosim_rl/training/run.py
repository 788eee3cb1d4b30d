"""Run of a configuration: generations until the last, then the choice and evaluation of the champion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from neurosim_rl.evaluation.dispatch import first_line
from neurosim_rl.execution import Executor, create_executor
from neurosim_rl.optimizees import ClosedLoop, Configuration, create_optimizee, require_complete
from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.candidate import Candidate, best_of, better
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.settings.plugins import require
from neurosim_rl.training.champion import assess, choose_finalist, validate
from neurosim_rl.training.evolution import Evolution, Validate
from neurosim_rl.training.normalisation import task_at_generation

FREE_KEYS = ("batch_size", "execution", "timeout_s", "workers")
"""Settings that a resumed run may change: no result depends on them."""


@dataclass(frozen=True)
class Progress:
    """Progress of a run after a generation.

    ``best_fitness``, ``mean_fitness`` and ``n_failed`` (individuals with the penalty fitness, not in the mean) are of
    this generation. ``candidate`` is the best individual of all generations so far.
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
    """Run a configuration to its end, from the last finished generation in its folder.

    Finished generations are not evaluated again: the optimizer gets their recorded fitnesses, and asks for the same
    genomes as before. So an interrupted run ends like an uninterrupted one, bit for bit.

    Parameters
    ----------
    config : Configuration
        Configuration of the folder; ``workers`` may differ.
    folder : RunFolder
    executor : Executor or None
        Plays batches; None: one made from ``config.workers`` and ``config.execution``.
    on_progress : callable
        Called after each generation.

    Returns
    -------
    ChampionRecord
        Also written to the folder.

    Raises
    ------
    ConfigurationError
        For settings that leave something open.
    PluginError
        When they name a module that nobody has allowed.
    """
    require_complete(config)
    require(config.tables())  # once and here, not by each individual's failure
    with folder.locked():
        # History is read within the lock, too: another process may have finished generations a moment ago.
        optimizee = create_optimizee(config)
        if executor is None:
            with create_executor(config.workers, config.execution) as own:
                return _evolve(optimizee, folder, own, on_progress)
        return _evolve(optimizee, folder, executor, on_progress)


class Source(Protocol):
    """Source of a run's generations: evolution, or training by gradients."""

    @property
    def optimizee(self) -> ClosedLoop:
        """The task of the next generation."""

    def replay(self, history: History) -> None:
        """Continue after the recorded generations."""

    def generation(self, number: int, validate: Validate) -> History:
        """Make the next generation, and validate its best individual."""


def _source(optimizee: ClosedLoop, folder: RunFolder, executor: Executor) -> Source:
    if not optimizee.learning.trains:
        return Evolution(optimizee, folder, executor)
    # Imported here, because it loads PyTorch: an optional extra, and slow to load.
    from neurosim_rl.training.gradients import GradientTraining

    return GradientTraining(optimizee, folder)


def _evolve(
    optimizee: ClosedLoop, folder: RunFolder, executor: Executor, on_progress: Callable[[Progress], None]
) -> ChampionRecord:
    config, history = optimizee.config, folder.history()
    source = _source(optimizee, folder, executor)
    candidate, done = None, 0
    if history is not None:
        candidate, done = best_of(history, config), history.n_generations
        source.replay(history)
        folder.log(f"resumed after {done} generations")
    for number in range(done, config.generations):
        generation = source.generation(number, partial(validate, source.optimizee, executor, candidate))
        # A kill before this line loses one generation; a kill after it loses nothing.
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
    # From here on everything is computed from run.h5 alone: a run that is killed now, and resumed, ends the same.
    folder.consolidate()
    assert candidate is not None
    candidate = choose_finalist(optimizee, candidate, folder, executor)
    history = folder.history()
    as_met = task_at_generation(optimizee, history, candidate.generation)
    champion = assess(as_met, candidate, executor, history, folder.ancestor())
    # The champion's file comes last, and marks the run as finished.
    champion.write(folder.champion_path)
    folder.log(f"finished: mean return {champion.unseen.mean_return:.2f} over unseen starts")
    return champion


def _log_failures(folder: RunFolder, generation: History) -> None:
    for individual in np.flatnonzero(generation.failure != ""):
        reason = first_line(generation.failure[individual])
        folder.log(f"generation {generation.number[0]}, individual {individual} gets the penalty fitness: {reason}")
