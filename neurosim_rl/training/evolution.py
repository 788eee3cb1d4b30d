"""Evolution: the generations of a run in which an optimizer asks for genomes."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping

import numpy as np

from neurosim_rl.errors import ConfigurationError, EvaluationError, ResumedElsewhereWarning, RunFolderError
from neurosim_rl.evaluation.dispatch import dispatch, first_line
from neurosim_rl.execution import Executor
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.optimizees.behaviour import behaviour_of
from neurosim_rl.optimizers import OPTIMIZERS, Search
from neurosim_rl.optimizers.neighbourhood import Neighbourhood
from neurosim_rl.records.history import History, nothing_learned
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.ancestor import Ancestor
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.training.ancestor import fixes_structure
from neurosim_rl.training.normalisation import NormalisedTask, observation_sums

Validate = Callable[[np.ndarray], float]
"""Function of a genome: its mean return over the validation starts."""

LAST_BITS = 1e-9
"""Largest difference of a gene, relative to its largest size in the generation, that rounding may explain."""


class Evolution:
    """Generations of genomes that an optimizer asks for.

    Parameters
    ----------
    optimizee : ClosedLoop
        Task as at the beginning of the run.
    folder : RunFolder
    executor : Executor
        Plays the episodes.
    """

    def __init__(self, optimizee: ClosedLoop, folder: RunFolder, executor: Executor) -> None:
        self._observing, self._folder, self._executor = NormalisedTask(optimizee), folder, executor
        self._around = neighbourhood(optimizee, folder.ancestor())
        self._search = create_search(optimizee, self._around)

    @property
    def optimizee(self) -> ClosedLoop:
        """The task of the next generation, normalised by the observations of all generations before."""
        return self._observing.optimizee

    def replay(self, history: History) -> None:
        """Bring the search to its state after the recorded generations, without evaluating them again.

        Where the genomes differ in last bits, the recorded ones count; a line in the log and a warning say so.

        Raises
        ------
        RunFolderError
            When the search asks for other genomes than the recorded ones.
        """
        # Optimizers are deterministic: asked and given the recorded fitnesses in turn, one ends in the state in which
        # the interrupted run had it. So no optimizer needs a file format for its state. Another configuration or
        # version asks for other genomes, and is noticed here.
        n_adopted = 0
        for number in history.number.tolist():
            generation = history.of(number)
            asked = self._ask()
            if not np.array_equal(asked, generation.genomes):
                if not agree(asked, generation.genomes):
                    raise other_version(self._folder, number)
                self._adopt(generation.genomes)
                n_adopted += 1
            self._tell(generation)
        if n_adopted:
            text = (
                f"{n_adopted} of {history.n_generations} recorded generations differ in last bits from those computed "
                "here, by another processor or another version of a library; the run continues from the recorded ones"
            )
            self._folder.log(text)
            warnings.warn(f"{self._folder.path}: {text}.", ResumedElsewhereWarning, stacklevel=2)

    def _ask(self) -> np.ndarray:
        """Return the genomes of the next generation, shape (n, n_genes)."""
        asked = self._search.ask()
        if self._around is None:
            return asked
        # Around an ancestor the search has the free genes only.
        return self._around.whole(asked)

    def _adopt(self, genomes: np.ndarray) -> None:
        self._search.adopt(genomes if self._around is None else self._around.free(genomes))

    def _tell(self, generation: History) -> None:
        self._observing.add(generation)
        search, learned = self._search, generation.learned
        if search.inherits and self._around is not None:
            learned = self._around.free(learned)
        is_failed = generation.failure != ""
        search.tell(
            generation.fitness,
            learned if search.inherits else None,
            generation.behaviour if search.wants_behaviour else None,
            is_failed,
        )

    def generation(self, number: int, validate: Validate) -> History:
        """Evaluate the next generation, and validate its best individual, or the one that the optimizer names."""
        start = time.perf_counter()
        optimizee, vectors, inherits = self.optimizee, self._ask(), self._search.inherits
        config, n = optimizee.config, len(vectors)
        elements = optimizee.training_elements(number, range(n))
        results = dispatch(optimizee, list(vectors), elements, self._executor, scored=True)
        episodes, shape = results.episodes, (n, config.episodes * optimizee.n_trial_episodes(training=True))
        fitness = optimizee.fitness.of_individuals(results.scores.reshape(shape))
        failure = _failures(results.failures, fitness)
        fit = failure == ""
        if not fit.any():
            reason = first_line(failure[0])
            raise EvaluationError(f"every individual of generation {number} failed; number 0 by {reason}")
        # Best and mean come before the penalty: it can be above real fitnesses, and would move the mean far.
        best = int(np.argmax(np.where(fit, fitness, -np.inf)))
        best_fitness, best = fitness[[best]], self._validated(best, fit)
        mean_fitness = fitness[fit].mean()
        fitness[~fit] = config.penalty_fitness
        if inherits:
            learned = inheritance(results.learned, n)
        else:
            learned = nothing_learned(n)
        behaviour = np.zeros((n, 0))
        if self._search.wants_behaviour:
            behaviour = behaviour_of(optimizee, episodes).reshape(*shape, -1).mean(axis=1)
        # Under inheritance the network after learning is the result, and becomes champion.
        validation = validate(learned[best] if inherits else vectors[best])
        generation = History(
            generation=np.full(n, number),
            individual=np.arange(n),
            genomes=vectors,
            learned=learned,
            behaviour=behaviour,
            fitness=fitness,
            returns=episodes.returns.reshape(shape),
            lengths=episodes.lengths.reshape(shape),
            terminated=episodes.terminated.reshape(shape),
            failure=failure,
            number=np.array([number]),
            best_fitness=best_fitness,
            mean_fitness=np.array([mean_fitness]),
            best_individual=np.array([best]),
            validation_return=np.array([validation]),
            seconds=np.array([time.perf_counter() - start]),
            observed=observation_sums(optimizee, episodes.lengths, episodes.observed),
        )
        self._tell(generation)
        return generation

    def _validated(self, fittest: int, fit: np.ndarray) -> int:
        """Return the individual to validate: the optimizer's candidate if it names one that did not fail."""
        candidate, config = self._search.candidate, self.optimizee.config
        validates = config.validation_episodes > 0 and config.champion == "validation"
        return candidate if validates and candidate is not None and fit[candidate] else fittest


def neighbourhood(optimizee: ClosedLoop, ancestor: Ancestor | None) -> Neighbourhood | None:
    """Return the search space around a run's ancestor; None: no ancestor."""
    if ancestor is None:
        return None
    config, options = optimizee.config, optimizee.config.ancestor
    assert options is not None
    return Neighbourhood(
        optimizee.parameters,
        ancestor.vector,
        fixed=fixes_structure(options, config.optimizer),
        spread=options.spread,
        # The stream from which the task itself draws first individuals, when there is no ancestor.
        rng=generator(config.seed, Purpose.OPTIMIZER, 0),
    )


def create_search(optimizee: ClosedLoop, around: Neighbourhood | None) -> Search:
    """Return the search for a task's genomes, or for the free genes of the space around an ancestor.

    Raises
    ------
    ConfigurationError
        When there is no optimizer, or its first genomes are not around the ancestor.
    """
    config = optimizee.config
    if config.optimizer.name == "none":
        raise ConfigurationError(
            f"optimizer.name = 'none' with learning {config.learning.name!r}: nothing proposes genomes; expected one "
            f"of {', '.join(sorted(OPTIMIZERS))}. Set optimizer.name, or learning.name = 'ppo'."
        )
    search = Search(config.optimizer, optimizee if around is None else around, config.seed, config.generations)
    if around is not None and not search.begins_at_created:
        raise ConfigurationError("optimizer.start = 'zero' is not where the champion is. Set optimizer.start = 'best'.")
    return search


def agree(asked: np.ndarray, recorded: np.ndarray) -> bool:
    """Return whether genomes, shape (n, n_genes) each, differ by rounding at most."""
    if asked.shape != recorded.shape:
        return False
    size = np.abs(recorded).max(axis=0)
    return bool((np.abs(asked - recorded) <= LAST_BITS * size).all())


def other_version(folder: RunFolder, number: int) -> RunFolderError:
    """Return the error for a recorded generation that this configuration or version does not reproduce."""
    return RunFolderError(
        f"{folder.path}: generation {number} was made by another configuration or version. "
        "It can be shown and plotted, but not resumed."
    )


def inheritance(learned: np.ndarray | None, n: int) -> np.ndarray:
    """Return the genome that each individual bequeaths, shape (n, n_genes): the mean of the genomes after its trials.

    Raises
    ------
    ConfigurationError
        When networks do not learn, or no genome can hold their weights.
    """
    if learned is None:
        raise ConfigurationError(
            "optimizer inherit starts each generation from learned weights; these networks do not learn, or their "
            "genome cannot hold learned weights. Set learning.name, such as r-stdp, and model.mirror = false. Networks "
            "of a model that cannot hold them, such as pynest, learn in every trial: evolve with learning.when = "
            "'always'."
        )
    # Each trial starts from the individual's genome and learns alone; no trial is better than another. The mean is in
    # the order of trials, whichever worker played them.
    return learned.reshape(n, -1, learned.shape[1]).mean(axis=1)


def _failures(failures: Mapping[int, str], fitness: np.ndarray) -> np.ndarray:
    """Return the reason for each individual's penalty fitness; an empty text: no penalty."""
    texts = np.full(len(fitness), "", dtype=object)
    for individual, value in enumerate(fitness):
        if individual in failures:
            texts[individual] = failures[individual]
        elif not math.isfinite(value):
            texts[individual] = f"its fitness is {value}"
    return texts
