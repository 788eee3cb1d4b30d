"""Neutral task in a few lines, before its run: what fits the environment, the budget, and an estimate of the time."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from gymnasium.spaces import Box

from neurosim_rl.execution import n_cores
from neurosim_rl.models import SpikingModel
from neurosim_rl.optimizees import ClosedLoop, Configuration, create_optimizee
from neurosim_rl.optimizees.network_size import n_units, readable
from neurosim_rl.optimizees.neutral import Neutral
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.runs.status import duration
from neurosim_rl.training.evolution import create_search

TRIED_INDIVIDUALS, TRIED_STEPS = 8, 200
"""Random individuals that are played for the estimate, and most steps of each."""


def neutral_lines(config: Configuration) -> list[str]:
    """Return the lines about a neutral task; none for a task that was made for its environment.

    Some random individuals play, for a second or less.
    """
    optimizee = create_optimizee(config)
    if not isinstance(optimizee, Neutral):
        return []
    lines = [
        f"{config.task} has no task of its own. These settings fit its spaces; --set changes each:",
        f"  {_spaces(optimizee)}",
        f"  {_network(optimizee)}",
    ]
    if not optimizee.learning.trains:
        lines.append(f"  {_budget(optimizee)}")
        start = time.perf_counter()
        played = _random_networks(optimizee)
        step_s = (time.perf_counter() - start) / played.lengths.sum()
        lines.append(f"  {_estimate(optimizee, played.lengths, step_s)}")
        lines += _silence(optimizee, played)
    return lines


def _spaces(optimizee: ClosedLoop) -> str:
    spec, solved = optimizee.environment, optimizee.facts.solved_return
    observed = type(spec.observed.space).__name__
    space = spec.own_action_space
    action = f"Box of {np.prod(space.shape or (), dtype=int)} numbers" if isinstance(space, Box) else str(space)
    limit = f"at most {spec.step_limit} steps" + ("" if spec.has_limit else " (environment.max_steps: it has no limit)")
    success = "no return is called solved" if solved is None else f"solved at a mean return of {solved:g}"
    return (
        f"environment: observes {observed} of {len(spec.observation_low)} numbers, acts by {action}, {limit}; {success}"
    )


def _network(optimizee: ClosedLoop) -> str:
    config, model = optimizee.config, optimizee.model
    kind = "neurons" if isinstance(model, SpikingModel) else "units"
    text = f"{config.model.name} with {readable(n_units(model))} {kind} and {readable(optimizee.parameters.size)} genes"
    if optimizee.has_neurons:
        text += f", encoder {config.encoder.name}, decoder {config.decoder.name}"
    return f"network: {text}, normalisation {config.normalisation.name}"


def _budget(optimizee: ClosedLoop) -> str:
    config = optimizee.config
    episodes = "1 episode" if config.episodes == 1 else f"{config.episodes} episodes"
    return (
        f"budget: {config.generations} generations of {_population(optimizee)} individuals ({config.optimizer.name}) "
        f"in {episodes} each, the best one validated in {config.validation_episodes}"
    )


def _population(optimizee: ClosedLoop) -> int:
    """Return the number of individuals of a generation, which options of optimizers give in different ways."""
    return len(create_search(optimizee, None).ask())


def _random_networks(optimizee: ClosedLoop) -> Episodes:
    """Return the first training trial of each of some random individuals, cut if it is long."""
    n = TRIED_INDIVIDUALS
    vectors = [optimizee.parameters.to_vector(optimizee.create_individual()) for _ in range(n)]
    elements = [
        replace(element, max_steps=min(element.max_steps or TRIED_STEPS, TRIED_STEPS))
        for element in optimizee.training_elements(0, range(n))
    ]
    return optimizee.play(vectors, elements).episodes


def _silence(optimizee: ClosedLoop, played: Episodes) -> list[str]:
    """Return a line if no output neuron of random networks emits a spike, although the decoder counts spikes."""
    if not optimizee.has_neurons or optimizee.decoder.reads_membrane or played.spikes.any():
        return []
    return [
        f"  silent: no output neuron of {TRIED_INDIVIDUALS} random networks emits a spike, so all act alike; raise "
        "weights (bounds of genes, in the unit of the neuron model) or the encoder's drive (encoder.peak_pa, "
        "encoder.offset_pa), or lengthen window_ms"
    ]


def _estimate(optimizee: ClosedLoop, lengths: np.ndarray, step_s: float) -> str:
    """Return the time of all generations, by the time of a step and the length of episodes of random individuals."""
    config = optimizee.config
    n_episodes = _population(optimizee) * config.episodes * optimizee.n_trial_episodes(training=True)
    n_episodes += config.validation_episodes
    workers = config.workers or n_cores()
    hours = config.generations * n_episodes * step_s / workers
    shortest, longest = hours * lengths.mean(), hours * optimizee.environment.step_limit
    return (
        f"estimate: {duration(shortest)} if all episodes have {lengths.mean():.0f} steps, as those of random networks, "
        f"to {duration(longest)} if they last to the limit ({1e6 * step_s:.0f} us a step just now, {workers} workers)"
    )
