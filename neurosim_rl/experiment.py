"""A run: ask, evaluate, tell, record; then judge the champion and replay it in NEST."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from neurosim_rl.bridge import DECODERS, ENCODERS, NORMALISATIONS
from neurosim_rl.configuration import Configuration
from neurosim_rl.dispatch import first_line
from neurosim_rl.environments import EnvironmentOptions
from neurosim_rl.errors import ConfigurationError, EvaluationError
from neurosim_rl.evaluation import baselines, evaluate, held_out
from neurosim_rl.evolution import Evolution, Validate, create_search, fixes_structure, inheritance, neighbourhood
from neurosim_rl.execution import EXECUTIONS, Executor, create_executor
from neurosim_rl.learning import LEARNING
from neurosim_rl.models import MODELS
from neurosim_rl.observing import optimizee_of
from neurosim_rl.optimizees import FITNESSES, ClosedLoop, Element, create_optimizee
from neurosim_rl.optimizees.behaviour import behaviour_of
from neurosim_rl.options import resolve
from neurosim_rl.runs import History, RunFolder
from neurosim_rl.runs.ancestor import Ancestor, AncestorOptions
from neurosim_rl.runs.candidate import Candidate, best_of, better, finalists
from neurosim_rl.runs.champion import Champion, load_champion
from neurosim_rl.runs.descent import find_ancestor
from neurosim_rl.runs.provenance import provenance
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.verification import record, verify

HELD_OUT_EPISODES = 100
"""Unseen starts: each is that of an episode, or of a trial of several."""
RECORDED_EPISODES = 10
"""Episodes that are recorded and replayed, in whole trials, at least one."""


NO_OPTIMIZER = {"name": "none"}
"""The table ``[optimizer]`` of a run whose network is trained by gradients."""


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


def evolve(
    config: Configuration,
    folder: RunFolder,
    *,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Champion:
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
    Champion
        Also written to the folder.
    """
    with folder.locked():
        optimizee = create_optimizee(config)
        if executor is None:
            with create_executor(config.workers, config.execution) as own:
                return _evolve(optimizee, folder, own, on_progress)
        return _evolve(optimizee, folder, executor, on_progress)


def prepare(config: Configuration) -> Configuration:
    """Return the configuration with every option of every component filled in.

    Each part is built, and one network plays one episode, so that a mistake is found before a folder is made.
    """
    optimizee = create_optimizee(config)
    trains = optimizee.learning.trains
    if trains:
        _check_trained(optimizee)
    ancestor = find_ancestor(config)
    search = None if trains else create_search(optimizee, neighbourhood(optimizee, ancestor))
    resolved = config.replace(
        execution=resolve("execution", EXECUTIONS, config.execution),
        environment=vars(EnvironmentOptions.from_table(config.environment)),
        normalisation={
            **resolve("normalisation", NORMALISATIONS, config.normalisation),
            **optimizee.normalisation.settled,
        },
        encoder=resolve("encoder", ENCODERS, config.encoder),
        decoder=resolve("decoder", DECODERS, config.decoder),
        model={**resolve("model", MODELS, config.model), **optimizee.model.settled},
        fitness=resolve("fitness", FITNESSES, config.fitness),
        learning=resolve("learning", LEARNING, config.learning),
        optimizer=_no_optimizer(config) if search is None else search.table,
        ancestor={} if ancestor is None else _settled(config),
    )
    vector = optimizee.parameters.to_vector(optimizee.create_individual()) if ancestor is None else ancestor.vector
    resolved = resolved.replace(simulator=optimizee.choose_simulator(vector))
    played = optimizee.play([vector], optimizee.training_elements(0, [0])[:1])
    optimizee.scores(played.episodes)
    if search is not None and search.inherits:
        inheritance(played.learned, 1)
    if search is not None and search.wants_behaviour:
        behaviour_of(optimizee, played.episodes)
    return Configuration.from_toml(resolved.to_toml())  # exactly what a resumed run will read


def _check_trained(optimizee: ClosedLoop) -> None:
    """Raise unless gradients can train the network, and every setting means something to them."""
    import neurosim_rl.gradient.training  # noqa: F401  # loads PyTorch and skrl, or tells which extra is missing
    from neurosim_rl.gradient.twins import create_network

    config, environment = optimizee.config, optimizee.environment.options
    if config.ancestor:
        raise ConfigurationError("training by gradients begins anew: expected no champion to go on from. Evolve it.")
    if optimizee.keeps_observing:
        raise ConfigurationError(
            "normalisation 'running' with training by gradients: expected one that stays. Set normalisation.name = "
            "'statistics'."
        )
    fitness = optimizee.fitness
    for setting, value, expected in (
        ("fitness.name", config.fitness["name"], "return"),
        ("fitness.aggregate", fitness.aggregate, "mean"),
        ("starts", config.starts, "fresh"),
        ("timeout_s", config.timeout_s, 0),
        ("environment.first_steps", environment.first_steps, 0),
    ):
        if value != expected:
            raise ConfigurationError(
                f"{setting} = {value!r} with learning {config.learning['name']!r}: training by gradients follows the "
                f"return, in episodes from new starts; expected {expected!r}. Leave it out, or evolve the network."
            )
    create_network(optimizee)


def _settled(config: Configuration) -> dict[str, Any]:
    """Return the table of an ancestor with all options, the champion's digest, and whether its structure is fixed."""
    options = AncestorOptions.from_table(config.ancestor)
    structure = "fixed" if fixes_structure(options, config.optimizer["name"]) else "free"
    return vars(replace(options, sha256=load_champion(options.champion).sha256, structure=structure))


def _no_optimizer(config: Configuration) -> dict[str, str]:
    """Return the table of no optimizer; raise if there is another."""
    if config.optimizer != NO_OPTIMIZER:
        raise ConfigurationError(
            f"optimizer {config.optimizer['name']!r} with learning {config.learning['name']!r}: gradients train one "
            "network, and no optimizer asks for others. Set optimizer.name = 'none' alone."
        )
    return dict(NO_OPTIMIZER)


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
    from neurosim_rl.gradient.generations import GradientTraining  # loads PyTorch

    return GradientTraining(optimizee, folder)


def _evolve(
    optimizee: ClosedLoop, folder: RunFolder, executor: Executor, on_progress: Callable[[Progress], None]
) -> Champion:
    config, history = optimizee.config, folder.history()
    source = _source(optimizee, folder, executor)
    candidate = None if history is None else best_of(history, config)
    done = 0 if history is None else history.n_generations
    if history is not None:
        source.replay(history)
        folder.log(f"resumed after {done} generations")
    for number in range(done, config.generations):
        generation = source.generation(number, partial(_validate, source.optimizee, executor, candidate))
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
    candidate = _final(optimizee, candidate, folder, executor)
    history = folder.history()
    as_met = optimizee_of(optimizee, history, candidate.generation)
    champion = judge(as_met, candidate, executor, history, folder.ancestor())
    champion.write(folder.champion_path)
    folder.log(f"finished: mean return {champion.held_out.mean_return:.2f} over unseen starts")
    return champion


def _log_failures(folder: RunFolder, generation: History) -> None:
    for individual in np.flatnonzero(generation.failure != ""):
        reason = first_line(generation.failure[individual])
        folder.log(f"generation {generation.number[0]}, individual {individual} gets the penalty fitness: {reason}")


def _validate(optimizee: ClosedLoop, executor: Executor, candidate: Candidate | None, vector: np.ndarray) -> float:
    """Return the mean return over the validation starts; -inf: it fails there.

    The candidate's is known already, unless observations look different now.
    """
    if not optimizee.config.validation_episodes:
        return float("nan")
    known = None if optimizee.keeps_observing else candidate
    if known is not None and np.array_equal(vector, known.vector):
        return known.validation_return
    return _mean_return(optimizee, vector, optimizee.validation_elements(), executor)


def _mean_return(optimizee: ClosedLoop, vector: np.ndarray, elements: Sequence[Element], executor: Executor) -> float:
    try:
        return float(evaluate(optimizee, [vector], elements, executor, training=False).returns.mean())
    except EvaluationError:
        return -math.inf


def _final(optimizee: ClosedLoop, candidate: Candidate, folder: RunFolder, executor: Executor) -> Candidate:
    """Return the champion: the finalist of the highest mean return over new validation starts.

    The best of many generations was also lucky with the validation starts; the new ones know nothing of that.
    """
    history, config = folder.history(), optimizee.config
    assert history is not None
    found = finalists(history, config.finalists) if config.champion == "validation" else []
    if len(found) < 2:
        return candidate
    elements = optimizee.final_elements()
    as_met = [optimizee_of(optimizee, history, finalist.generation) for finalist in found]
    returns = [_mean_return(o, finalist.vector, elements, executor) for o, finalist in zip(as_met, found, strict=True)]
    best = int(np.argmax(returns))  # the first of equals, which validated best
    told = ", ".join(f"generation {f.generation}: {r:.2f}" for f, r in zip(found, returns, strict=True))
    folder.log(f"mean returns of finalists over {len(elements)} new validation starts: {told}")
    return found[best]


def judge(
    optimizee: ClosedLoop,
    candidate: Candidate,
    executor: Executor,
    history: History | None = None,
    ancestor: Ancestor | None = None,
) -> Champion:
    """Evaluate a candidate on unseen starts beside simple policies, record it, and verify it in NEST.

    Parameters
    ----------
    history : History or None
        What it took to find it; None: nothing that is known.
    ancestor : Ancestor or None
        What the run went on from, and what it took to find that; None: nothing.
    """
    before = Ancestor(candidate.vector, n_steps=0, seconds=0.0) if ancestor is None else ancestor
    unseen = {"first_seed": DEFAULT_FIRST_SEED, "episodes": HELD_OUT_EPISODES}
    result = held_out(optimizee, candidate.vector, executor, **unseen)
    n_recorded = max(1, RECORDED_EPISODES // optimizee.n_trial_episodes(training=False))
    start_seeds = range(DEFAULT_FIRST_SEED, DEFAULT_FIRST_SEED + n_recorded)
    recording = executor.here(record, optimizee, candidate.vector, start_seeds)
    random, rule = baselines(optimizee, **unseen)
    return Champion(
        config=optimizee.config,
        vector=candidate.vector,
        generation=candidate.generation,
        individual=candidate.individual,
        fitness=candidate.fitness,
        validation_return=candidate.validation_return,
        n_evaluations=before.n_evaluations + (0 if history is None else history.n_evaluations),
        n_episodes=before.n_episodes + (0 if history is None else history.n_episodes),
        n_steps=None if before.n_steps is None else before.n_steps + (0 if history is None else history.n_steps),
        seconds=None if history is None or before.seconds is None else before.seconds + float(history.seconds.sum()),
        ancestor_kind=before.kind,
        held_out=result,
        random=random,
        rule=rule,
        recording=recording,
        verification=executor.here(verify, optimizee, candidate.vector, recording),
        provenance=provenance(),
    )
