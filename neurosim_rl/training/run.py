"""Run of a configuration: generations until the last, then the choice and evaluation of the champion."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from neurosim_rl.errors import EvaluationError, RunFolderError
from neurosim_rl.evaluation.dispatch import first_line
from neurosim_rl.execution import Executor, create_executor
from neurosim_rl.optimizees import ClosedLoop, Configuration, Settings, create_optimizee, require_complete
from neurosim_rl.optimizees.run_size import check_run_size
from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.candidate import Candidate, best_of, better
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.runs.ending import Done, ending
from neurosim_rl.runs.stages import FINALISTS, VALIDATION
from neurosim_rl.settings.plugins import require
from neurosim_rl.training.champion import measure, pending, unmeasured
from neurosim_rl.training.choice import choose_champion, validate
from neurosim_rl.training.evolution import Evolution, Validate
from neurosim_rl.training.flat_fitness import flat_fitness
from neurosim_rl.training.normalisation import task_at_generation
from neurosim_rl.training.stages import Stages

FREE_KEYS = ("batch_size", "execution", "max_hours", "timeout_s", "workers")
"""Settings that a resumed run may change: no generation depends on them."""


@dataclass(frozen=True)
class Progress:
    """Progress of a run after a generation.

    ``best_fitness``, ``mean_fitness`` and ``n_failed`` (individuals with the penalty fitness, not in the mean) are of
    this generation. ``candidate`` is the best individual of all generations so far. ``note`` is a remark about the
    first generation; empty: none.
    """

    n_done: int
    best_fitness: float
    mean_fitness: float
    n_failed: int
    candidate: Candidate
    note: str = ""


def run_to_end(
    config: Configuration,
    folder: RunFolder,
    *,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_stage: Callable[[str], None] = lambda name: None,
    on_generation: Callable[[History], None] = lambda generation: None,
) -> ChampionRecord:
    """Run a configuration to its end, from the last finished generation in its folder.

    Finished generations are not evaluated again: the optimizer gets their recorded fitnesses, and asks for the same
    genomes as before. So an interrupted run ends like an uninterrupted one, bit for bit.

    The champion is in the folder before it is measured. Episodes and stages of its measurement that fail end no run:
    the record names them, and a run that is resumed does those again that are missing or failed.

    Parameters
    ----------
    config : Configuration
        Configuration of the folder; ``workers`` may differ.
    folder : RunFolder
    executor : Executor or None
        Plays batches; None: one made from ``config.workers`` and ``config.execution``.
    on_progress : callable
        Called after each generation.
    on_stage : callable
        Called with the name of each stage that follows generations, before it begins.
    on_generation : callable
        Called with each finished generation, which is in the folder.

    Returns
    -------
    ChampionRecord
        Also written to the folder.

    Raises
    ------
    ConfigurationError
        For settings that leave something open, or a run that does not fit into memory.
    PluginError
        When they name a module that nobody has allowed.
    """
    require_complete(config)
    require(config.tables())  # once and here, not by each individual's failure
    with folder.locked():
        # History is read within the lock, too: another process may have finished generations a moment ago.
        optimizee = create_optimizee(config)
        kept = _kept_champion(optimizee, folder)
        if kept is not None and not pending(kept):
            return kept
        check_run_size(optimizee)  # the folder may be somebody else's
        own = create_executor(config.workers, config.execution) if executor is None else nullcontext(executor)
        with own as open_executor, Stages(open_executor, folder, on_stage) as stages:
            candidate = _evolve(optimizee, folder, open_executor, stages, on_progress, on_generation)
            return _end(optimizee, folder, stages, candidate, kept)


def _kept_champion(optimizee: ClosedLoop, folder: RunFolder) -> ChampionRecord | None:
    """Return the champion in the folder; None: there is none of all generations with these settings."""
    config, history = optimizee.config, folder.history()
    if not folder.champion_path.exists() or history is None or not ending(config, Done.of(history)):
        return None
    try:
        champion = read_champion(folder.path)
    except RunFolderError:  # damaged, or of another version: it is chosen and measured anew
        return None
    generation = history.of(champion.generation)
    found = generation.policies[generation.individual == champion.individual]
    as_met = task_at_generation(optimizee, history, champion.generation).config
    is_the_same = np.array_equal(found, champion.vector[None]) and _fixed(champion.config) == _fixed(as_met)
    return champion if is_the_same else None


def _fixed(config: Settings) -> dict[str, Any]:
    """Return the settings on which results depend."""
    return {key: value for key, value in config.tables().items() if key not in FREE_KEYS}


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
    optimizee: ClosedLoop,
    folder: RunFolder,
    executor: Executor,
    stages: Stages,
    on_progress: Callable[[Progress], None],
    on_generation: Callable[[History], None],
) -> Candidate:
    """Run generations until the last; return the best individual."""
    config, history = optimizee.config, folder.history()
    source = _source(optimizee, folder, executor)
    candidate, done = None, Done.of(history)
    if history is not None:
        candidate = best_of(history, config)
        source.replay(history)
        folder.log(f"resumed after {done.n_generations} generations")
    while not ending(config, done):
        number = done.n_generations
        try:
            generation = source.generation(number, partial(validate, source.optimizee, stages, candidate, number))
        except EvaluationError as error:  # all individuals failed: no record but the log has the reason
            folder.log(f"generation {number} ended by an error: {error}")
            raise
        # A kill before this line loses one generation; a kill after it loses nothing.
        folder.add_generation(generation)
        _log_failures(folder, generation)
        candidate, done = better(candidate, generation, config), done.after(generation)
        note = "" if number else flat_fitness(generation)
        if note:
            folder.log(note)
        on_generation(generation)
        on_progress(
            Progress(
                number + 1,
                float(generation.best_fitness[0]),
                float(generation.mean_fitness[0]),
                int(np.count_nonzero(generation.failure != "")),
                candidate,
                note,
            )
        )
    folder.log(ending(config, done))
    # From here on everything is computed from run.h5 alone: a run that is killed now, and resumed, ends the same.
    folder.consolidate()
    assert candidate is not None
    return candidate


def _end(
    optimizee: ClosedLoop, folder: RunFolder, stages: Stages, candidate: Candidate, kept: ChampionRecord | None
) -> ChampionRecord:
    """Choose the champion and measure it, or do the rest of that; return it."""
    history = folder.history()
    assert history is not None
    champion = kept
    if kept is None or FINALISTS in kept.failures:
        choice = choose_champion(optimizee, candidate, history, stages)
        if kept is not None and np.array_equal(kept.vector, choice.candidate.vector):
            failures = {
                stage: why for stage, why in kept.stage_failures.items() if stage not in (FINALISTS, VALIDATION)
            }
            champion = replace(kept, chosen_by=choice.by, stage_failures={**failures, **choice.failures})
        else:
            as_met = task_at_generation(optimizee, history, choice.candidate.generation)
            champion = unmeasured(as_met, choice, history, folder.ancestor())
        # Before anything is measured: whatever happens next, the result of the generations is safe.
        champion.write(folder.champion_path)
    assert champion is not None
    as_met = task_at_generation(optimizee, history, champion.generation)
    champion = measure(champion, as_met, stages, lambda measured: measured.write(folder.champion_path))
    failed = f"; failed, in part or all: {', '.join(champion.failures)}" if champion.failures else ""
    folder.log(f"finished: mean return {champion.unseen.mean_return:.2f} over unseen starts{failed}")
    return champion


def _log_failures(folder: RunFolder, generation: History) -> None:
    for individual in np.flatnonzero(generation.failure != ""):
        reason = first_line(generation.failure[individual])
        folder.log(f"generation {generation.number[0]}, individual {individual} gets the penalty fitness: {reason}")
