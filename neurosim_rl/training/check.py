"""Check of a configuration before its run: build every part, play a trial, and play a window in NEST."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from gymnasium.spaces import Box, Discrete

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizees import ClosedLoop, Configuration, Element, create_optimizee, require_complete, solved_return
from neurosim_rl.optimizees.behaviour import behaviour_of
from neurosim_rl.optimizees.facts import check_facts
from neurosim_rl.optimizees.nest_trial import try_in_nest
from neurosim_rl.optimizees.run_size import check_run_size, trial_steps
from neurosim_rl.optimizees.trials import PlayedBatch
from neurosim_rl.training.ancestor import find_ancestor
from neurosim_rl.training.evolution import create_search, inheritance, neighbourhood


def check(config: Configuration) -> Configuration:
    """Return the configuration, if a run of it can begin.

    Every way to begin a run comes through here: commands, Python, studies, jobs, L2L's experiments.

    Raises
    ------
    NeurosimError
        When a part, the optimizer, NEST, or the first training trial refuses its settings; or when memory is short.
    """
    require_complete(config)
    # A mistake in an option is best found here, before there is a run folder or a worker.
    optimizee = create_optimizee(config)
    _check_before_trial(optimizee)
    _check_ending(config)
    ancestor = find_ancestor(config)
    if optimizee.learning.trains:
        _check_trained(optimizee)
        search = None
    else:
        search = create_search(optimizee, neighbourhood(optimizee, ancestor))
    if ancestor is None:
        vector = optimizee.parameters.to_vector(optimizee.create_individual())
    else:
        vector = ancestor.vector
    played = _play_trial(optimizee, vector)
    if search is not None and search.inherits:
        inheritance(played.learned, 1)
    if search is not None and search.wants_behaviour:
        behaviour_of(optimizee, played.episodes)
    check_facts(optimizee, optimizee.training_elements(0, [0])[0].start_seed)
    return config


def check_playing(optimizee: ClosedLoop, vector: np.ndarray) -> None:
    """Raise unless an imported genome plays a trial, and NEST a window of its network.

    Raises
    ------
    NeurosimError
        As of `check`.
    """
    _check_before_trial(optimizee)
    _play_trial(optimizee, vector)


def _check_before_trial(optimizee: ClosedLoop) -> None:
    check_run_size(optimizee)
    optimizee.check_environment()


def _play_trial(optimizee: ClosedLoop, vector: np.ndarray) -> PlayedBatch:
    """Play the first training trial of a genome, first one window of it in NEST."""
    trial, element = _first_trial(optimizee)
    if optimizee.has_neurons:
        # NEST comes first: another simulator may fail by what NEST refuses with a reason.
        try_in_nest(trial, vector, element)
    played = trial.play([vector], [element])
    optimizee.scores(played.episodes)
    return played


def _first_trial(optimizee: ClosedLoop) -> tuple[ClosedLoop, Element]:
    """Return the task with at most two episodes in a trial, and the first training trial, cut if it would take long."""
    config = optimizee.config
    element = optimizee.training_elements(0, [0])[0]
    n_steps = trial_steps(optimizee)
    if element.max_steps:
        n_steps = min(n_steps, element.max_steps)
    if optimizee.n_trial_episodes(training=True) > 2:
        optimizee = create_optimizee(config.replace(learning={"episodes": 2}))
    return optimizee, replace(element, max_steps=n_steps)


def _check_ending(config: Configuration) -> None:
    if config.stop_when_solved and solved_return(config.task, config.environment.id) is None:
        raise ConfigurationError(
            f"stop_when_solved = true: {config.environment.id} has no return that solves it. Set max_hours or "
            "generations."
        )


def _check_trained(optimizee: ClosedLoop) -> None:
    """Raise unless gradients can train the network, and training by gradients follows every setting."""
    # PyTorch and skrl are an optional extra: this import fails with its name.
    import neurosim_rl.gradient.training  # noqa: F401
    from neurosim_rl.gradient.conversion import create_network

    config, environment = optimizee.config, optimizee.config.environment
    if not isinstance(optimizee.environment.action_space, Box | Discrete):
        raise ConfigurationError(
            f"learning {config.learning.name!r}: {environment.id} has the action space "
            f"{optimizee.environment.action_space}; expected Discrete or Box. Evolve the network."
        )
    fitness = optimizee.fitness
    # Training by gradients would ignore other values of these settings without a word.
    for setting, value, expected in (
        ("fitness.name", config.fitness.name, "return"),
        ("fitness.aggregate", fitness.aggregate, "mean"),
        ("starts", config.starts, "fresh"),
        ("timeout_s", config.timeout_s, 0),
        ("environment.first_steps", environment.first_steps, 0),
    ):
        if value != expected:
            raise ConfigurationError(
                f"{setting} = {value!r} with learning {config.learning.name!r}: training by gradients follows the "
                f"return, in episodes from new starts; expected {expected!r}. Leave it out, or evolve the network."
            )
    create_network(optimizee)
