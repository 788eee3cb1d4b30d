"""Size of a run or of trials: memory and time that they need at least, by arithmetic, before anything is allocated."""

from __future__ import annotations

from collections.abc import Iterable

from neurosim_rl.bridge.actions import n_action_outputs
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.execution import n_cores
from neurosim_rl.execution.worker_limits import WORKER_BYTES
from neurosim_rl.learning import Distil
from neurosim_rl.models import SpikingModel
from neurosim_rl.optimizees.network_size import (
    NEURON_BYTES,
    SYNAPSE_BYTES,
    WEIGHT_BYTES,
    Need,
    as_float,
    check_memory,
    n_units,
    n_weights,
    network_need,
    readable,
)
from neurosim_rl.optimizees.parts import Parts

STEP_BYTES, SPIKE_BYTES = 16, 24
"""A grid step of a neuron's input under way, and a spike; all values are rough, from below."""
GENOME_COPIES = 4
"""Copies of a generation's genomes: of the optimizer, of the chunks, of the record."""
TRIAL_BYTES, ENVIRONMENT_BYTES = 500, 5_000
ROLLOUT_BYTES = 16
"""Of each unit of a network and step, for its gradient."""
COPIES_OF_STEPS = 2
"""Copies of the steps that a student learns, while further ones are added."""
TRIAL_STEPS, TRIAL_UPDATES = 1000, 20_000_000
"""Most environment steps, and most updates of neurons, of a trial before a run: less than a second."""
UNSEEN_TRIALS, RECORDED_TRIALS = 100, 10
MOST_UPDATES = 1_000_000_000
"""Most updates of neurons in one window: some ten seconds for each action."""


def check_run_size(parts: Parts) -> None:
    """Raise if a run does not fit into memory, or if a window takes too long.

    Raises
    ------
    ConfigurationError
        With the estimate.
    """
    check_memory(list(_needs(parts)))
    if isinstance(parts.model, SpikingModel):
        _check_window(parts, parts.model)


def check_play_size(parts: Parts, n_trials: int) -> None:
    """Raise if trials of one genome do not fit into memory, or if a window takes too long.

    Files of champions come from anywhere: this is checked before their networks are built, wherever they play.

    Parameters
    ----------
    parts : Parts
    n_trials : int
        Number of trials; nothing is allocated for them here.

    Raises
    ------
    ConfigurationError
        With the estimate.
    """
    model, many = parts.model, as_float(n_trials)
    advice = "Ask for fewer episodes."
    needs = [
        network_need(model),
        Need(f"{readable(many)} trials", (TRIAL_BYTES + ENVIRONMENT_BYTES) * many, advice),
    ]
    if isinstance(model, SpikingModel):
        at_once = max(min(float(parts.config.batch_size), many), 1.0)
        needs += _window_needs(parts, model, at_once, n_recorded=1)
    check_memory(needs)
    if isinstance(model, SpikingModel):
        _check_window(parts, model)


def _check_window(parts: Parts, model: SpikingModel) -> None:
    """Raise if a window takes too long."""
    n_steps, n_neurons = parts.config.window_ms / parts.config.resolution_ms, n_units(model)
    n_updates = n_steps * n_neurons
    if n_updates > MOST_UPDATES:
        raise ConfigurationError(
            f"a window of {readable(n_steps)} grid steps with {readable(n_neurons)} neurons has {readable(n_updates)} "
            f"updates of neurons; expected at most {readable(MOST_UPDATES)}, which take some ten seconds for each "
            "action. Set a smaller window_ms, a larger resolution_ms, or fewer neurons."
        )


def _needs(parts: Parts) -> Iterable[Need]:
    config, model = parts.config, parts.model
    yield network_need(model)
    population = float(_population(parts))
    weights = n_weights(model)
    yield Need(
        f"{readable(population)} genomes of {readable(weights)} weights",
        8 * GENOME_COPIES * population * weights,
        "Set a smaller optimizer.population, or a smaller network.",
    )
    n_trained, n_validated = population * config.episodes, 3.0 * config.validation_episodes
    yield Need(
        f"{readable(n_trained)} training trials and {readable(n_validated)} validation episodes in a generation",
        TRIAL_BYTES * (n_trained + n_validated),
        "Set a smaller optimizer.population, episodes or validation_episodes.",
    )
    workers = _local_workers(parts)
    yield Need(f"{readable(workers)} worker processes", WORKER_BYTES * (workers - 1.0), "Set fewer workers.")
    n_trials = max(n_trained, n_validated, UNSEEN_TRIALS)
    at_once = max(min(config.batch_size * float(workers), n_trials), 1.0)
    if parts.learning.trains:
        at_once = max(at_once, float(config.learning.environments))
        yield from _training_needs(parts)
    yield Need(f"{readable(at_once)} environments", ENVIRONMENT_BYTES * at_once, "Set a smaller batch_size.")
    if isinstance(model, SpikingModel):
        yield from _window_needs(parts, model, at_once)


def _training_needs(parts: Parts) -> Iterable[Need]:
    """Give the needs of training by gradients."""
    rule = parts.config.learning
    if isinstance(parts.learning, Distil):
        played = float(rule.environments) * rule.rounds * rule.steps * parts.config.generations
        n_kept = min(played, float(rule.memory)) + float(rule.environments) * rule.teacher_steps
        n_numbers = len(parts.environment.observation_low) + n_action_outputs(parts.environment.action_space) + 1
        yield Need(
            f"{readable(n_kept)} steps to learn from",
            COPIES_OF_STEPS * 4.0 * n_kept * n_numbers,
            "Set smaller learning.memory, learning.environments or learning.teacher_steps.",
        )
        n_steps = float(rule.batch) * rule.sequence
        advice = "Set smaller learning.batch or learning.sequence."
    else:
        n_steps = float(rule.environments) * rule.rollouts
        advice = "Set smaller learning.rollouts or learning.environments."
    yield Need(
        f"{readable(n_steps)} environment steps between updates",
        ROLLOUT_BYTES * n_steps * n_units(parts.model),
        advice,
    )


def _window_needs(
    parts: Parts, model: SpikingModel, at_once: float, n_recorded: int = RECORDED_TRIALS
) -> Iterable[Need]:
    """Give the needs of a batch of networks in a window, and of a recording."""
    config, n_neurons = parts.config, n_units(model)
    n_steps = config.window_ms / config.resolution_ms
    delay_steps = getattr(model, "delay_ms", config.resolution_ms) / config.resolution_ms
    advice = "Set a smaller batch_size, window_ms or network, or a larger resolution_ms."
    if config.simulator == "nest":
        n_bytes = NEURON_BYTES * n_neurons + SYNAPSE_BYTES * as_float(model.counts[1])
    else:
        n_bytes = STEP_BYTES * n_neurons * (n_steps + delay_steps) + WEIGHT_BYTES * as_float(model.counts[1])
    if parts.encoder.drives_spikes:
        n_bytes += SPIKE_BYTES * n_steps * as_float(parts.encoder.n_inputs)
    if parts.learning.learns:
        n_bytes += SPIKE_BYTES * n_steps * n_neurons
    yield Need(f"{readable(at_once)} networks in windows of {readable(n_steps)} grid steps", at_once * n_bytes, advice)
    recorded = n_recorded * SPIKE_BYTES * n_steps * n_neurons
    yield Need(
        f"spikes of {readable(n_neurons)} neurons in windows of {readable(n_steps)} grid steps", recorded, advice
    )


def _population(parts: Parts) -> int:
    """Return the number of individuals in a generation, by the options that the optimizer has."""
    given = parts.config.optimizer.values()
    return max(int(given.get("population", 1)), int(given.get("max_population", 1)))


def _local_workers(parts: Parts) -> int:
    """Return the number of processes that play on this machine."""
    if parts.config.execution.name != "processes":
        return 1
    return parts.config.workers or n_cores()


def trial_steps(parts: Parts) -> int:
    """Return the number of environment steps of a trial that takes less than a second, at least 1."""
    if not isinstance(parts.model, SpikingModel):
        return TRIAL_STEPS
    n_updates = n_units(parts.model) * parts.config.window_ms / parts.config.resolution_ms
    return max(1, min(TRIAL_STEPS, int(TRIAL_UPDATES / n_updates)))
