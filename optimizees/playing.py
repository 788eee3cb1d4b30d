"""Playing of a batch of trials: networks in one simulator kernel, or policies without neurons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np

from neurosim_rl.environments import EnvironmentBatch, create_batch
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning import LearningRecorder, PlasticLearner, RewardModulatedSTDP
from neurosim_rl.loop.rollout import rollout, rollout_policy
from neurosim_rl.models import Policy, SpikingModel
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome
from neurosim_rl.optimizees.configuration import NO_SIMULATOR
from neurosim_rl.optimizees.parts import Parts
from neurosim_rl.optimizees.trials import Element, PlayedBatch
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.seeds import LazyGenerators
from neurosim_rl.simulators import Simulator, create_simulator


def play(
    parts: Parts,
    vectors: Sequence[np.ndarray],
    elements: Sequence[Element],
    *,
    training: bool = True,
    simulator: Simulator | None = None,
    record: bool = False,
    record_membranes: bool = False,
    deadline: float = math.inf,
    recorder: LearningRecorder | None = None,
) -> PlayedBatch:
    """Play a batch of trials; parameters as of `neurosim_rl.optimizees.ClosedLoop.play`."""
    if isinstance(parts.model, Policy):
        return _play_policies(parts, parts.model, vectors, elements, training, record, deadline)
    # One network for each individual, shared by its elements: building one is slower than referring to it.
    of_individual = [parts.network(vector) for vector in vectors]
    networks = [of_individual[e.individual] for e in elements]
    genomes = [parts.parameters.to_genome(vectors[e.individual]) for e in elements]
    learner = None
    if parts.learns(training):
        learner = _learner(parts, networks, genomes, recorder)
    # A given simulator stays open for further batches; the caller closes it.
    own = create_simulator(parts.config.simulator) if simulator is None else nullcontext(simulator)
    with own as open_simulator:
        if learner is None:
            open_simulator.build(networks, record_spikes=record, record_membranes=record_membranes)
        else:
            open_simulator.build(
                networks,
                record_spikes=record,
                record_membranes=record_membranes,
                window_spikes_of=learner.populations,
                sets_weights=True,
            )
            learner.attach(open_simulator)
        with _environments(parts, elements, training) as environments:
            episodes = rollout(
                open_simulator,
                environments,
                parts.encoder,
                parts.decoder,
                start_seeds=[e.start_seed for e in elements],
                rngs=LazyGenerators([e.seed for e in elements], [e.key for e in elements]),
                normalise=parts.normalisation.apply,
                n_episodes=parts.n_trial_episodes(training),
                learner=learner,
                traces=record,
                deadline=deadline,
            )
        learned = None
        if learner is not None and parts.keeps_learned:
            learned = _learned(parts, learner, networks, genomes)
        return PlayedBatch(episodes, open_simulator.spikes() if record else None, learned)


def _environments(parts: Parts, elements: Sequence[Element], training: bool) -> EnvironmentBatch:
    batch = create_batch(parts.environment, len(elements), training=training, reward_part=parts.facts.reward_part)
    batch.cut([e.max_steps for e in elements])
    return batch


def _learner(
    parts: Parts, networks: Sequence[Network], genomes: Sequence[Genome], recorder: LearningRecorder | None
) -> PlasticLearner:
    assert isinstance(parts.learning, RewardModulatedSTDP)
    window_ms = parts.config.window_ms
    return PlasticLearner(parts.learning, networks, genomes, parts.decoder, parts.facts.rule, window_ms, recorder)


def _learned(
    parts: Parts, learner: PlasticLearner, networks: Sequence[Network], genomes: Sequence[Genome]
) -> np.ndarray:
    """Return genomes with the weights that each element ended with, shape (n_elements, n_genes)."""
    assert isinstance(parts.model, SpikingModel)
    learned = []
    for element, (network, genome) in enumerate(zip(networks, genomes, strict=True)):
        weights_pa = learner.weights_pa(element, network)
        learned.append(parts.parameters.to_vector(parts.model.with_learned(genome, weights_pa)))
    return np.stack(learned)


def _play_policies(
    parts: Parts,
    policy: Policy,
    vectors: Sequence[np.ndarray],
    elements: Sequence[Element],
    training: bool,
    record: bool,
    deadline: float,
) -> PlayedBatch:
    """Play a batch of trials with policies that have no neurons."""
    config = parts.config
    if config.simulator not in ("auto", NO_SIMULATOR):
        raise ConfigurationError(
            f"simulator = {config.simulator!r}: model {config.model.name!r} has no neurons to simulate; expected "
            f"'auto' or {NO_SIMULATOR!r}. Leave the simulator out."
        )
    genomes = [parts.parameters.to_genome(vector) for vector in vectors]
    act = policy.act(genomes, [e.individual for e in elements])
    with _environments(parts, elements, training) as environments:
        episodes = rollout_policy(
            lambda observations, active: act(parts.normalisation.apply(observations), active),
            environments,
            start_seeds=[e.start_seed for e in elements],
            n_episodes=parts.n_trial_episodes(training),
            traces=record,
            deadline=deadline,
        )
    return PlayedBatch(episodes, Spikes.none(config.resolution_ms) if record else None)
