"""Playing of a batch of trials: networks in one simulator kernel, or policies without neurons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np

from neurosim_rl.environments import EnvironmentBatch, create_batch
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning import LearningBatch, LearningRecorder, PlasticityRule, PlasticLearner
from neurosim_rl.loop.rollout import rollout, rollout_policy
from neurosim_rl.models import Policy, SpikingModel
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome
from neurosim_rl.optimizees.configuration import NO_SIMULATOR, Settings
from neurosim_rl.optimizees.parts import Parts
from neurosim_rl.optimizees.run_size import check_play_size
from neurosim_rl.optimizees.trials import Element, PlayedBatch
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.seeds import LazyGenerators, Purpose, noise_seed
from neurosim_rl.simulators import Simulator, create_simulator
from neurosim_rl.simulators.checks import share_layout


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
    check_play_size(parts, len(elements))
    if isinstance(parts.model, Policy):
        return _play_policies(parts, parts.model, vectors, elements, training, record, deadline)
    # One network for each individual, shared by its elements: building one is slower than referring to it.
    of_individual = [parts.network(vector) for vector in vectors]
    if len(elements) > 1 and _need_kernels_each(parts, of_individual):
        options = {"simulator": simulator, "record": record, "record_membranes": record_membranes}
        return _one_by_one(parts, vectors, elements, recorder, training=training, deadline=deadline, **options)
    networks = [of_individual[e.individual] for e in elements]
    genomes = [parts.parameters.to_genome(vectors[e.individual]) for e in elements]
    learner = _learner(parts, networks, genomes, elements, recorder) if parts.learns(training) else None
    # A given simulator stays open for further batches; the caller closes it.
    own = create_simulator(parts.config.simulator) if simulator is None else nullcontext(simulator)
    with own as open_simulator:
        open_simulator.build(
            networks,
            record_spikes=record,
            record_membranes=record_membranes,
            window_spikes_of=_watched(parts, networks[0], learner),
            sets_weights=learner is not None,
            noise_seeds=_noise_seeds(networks, elements),
        )
        if learner is not None:
            learner.attach(open_simulator)
        episodes = _episodes(parts, open_simulator, elements, learner, training, record, deadline)
        learned = None
        if learner is not None and parts.keeps_learned:
            learned = _learned(parts, learner, networks, genomes)
        return PlayedBatch(episodes, open_simulator.spikes() if record else None, learned)


def _episodes(
    parts: Parts,
    simulator: Simulator,
    elements: Sequence[Element],
    learner: PlasticLearner | None,
    training: bool,
    record: bool,
    deadline: float,
) -> Episodes:
    """Play the closed loop of the networks that a simulator holds."""
    with _environments(parts, elements, training) as environments:
        return rollout(
            simulator,
            environments,
            parts.encoder,
            parts.decoder,
            start_seeds=[e.start_seed for e in elements],
            rngs=LazyGenerators([e.seed for e in elements], [e.key for e in elements]),
            normalise=parts.normalisation.apply,
            background=parts.background,
            n_episodes=parts.n_trial_episodes(training),
            learner=learner,
            traces=record,
            deadline=deadline,
        )


def _need_kernels_each(parts: Parts, networks: Sequence[Network]) -> bool:
    """Return whether networks cannot share a kernel: one needs it for itself, or they differ in their layout."""
    if any(network.plays_alone for network in networks):
        return True
    assert isinstance(parts.model, SpikingModel)
    return parts.model.networks_differ and not share_layout(networks)


def _one_by_one(
    parts: Parts,
    vectors: Sequence[np.ndarray],
    elements: Sequence[Element],
    recorder: LearningRecorder | None,
    **options: Any,
) -> PlayedBatch:
    """Play trials one after the other, because networks that cannot share a kernel have one each.

    Each trial gives what it gives in any other order, on any worker: its noise has a seed of its own.
    """
    played = []
    for element in elements:
        alone = [replace(element, individual=0)]
        played.append(play(parts, [vectors[element.individual]], alone, recorder=recorder, **options))
        recorder = None  # it records the first element
    return PlayedBatch.join(played)


def _watched(parts: Parts, network: Network, learner: PlasticLearner | None) -> tuple[str, ...]:
    """Return the populations whose spike times the decoder or the learner needs, once each."""
    names = (*parts.decoder.watches(network), *(() if learner is None else learner.populations))
    return tuple(dict.fromkeys(names))


def _noise_seeds(networks: Sequence[Network], elements: Sequence[Element]) -> list[int] | None:
    """Return the seed of each element's noise; None for networks without models that draw random numbers."""
    if not networks[0].random_models:
        return None
    return [noise_seed(element.seed, element.key) for element in elements]


def _environments(parts: Parts, elements: Sequence[Element], training: bool) -> EnvironmentBatch:
    batch = create_batch(parts.environment, len(elements), training=training, reward_part=parts.facts.reward_part)
    batch.cut([e.max_steps for e in elements])
    return batch


def _learner(
    parts: Parts,
    networks: Sequence[Network],
    genomes: Sequence[Genome],
    elements: Sequence[Element],
    recorder: LearningRecorder | None,
) -> PlasticLearner:
    """Return the learner of a batch, with generators of its own: a rule's draws change no spike of the encoder."""
    assert isinstance(parts.learning, PlasticityRule)  # of all rules with learns = True, see `Parts.learning`
    keys = [(int(Purpose.LEARNING), *element.key) for element in elements]
    rngs = LazyGenerators([element.seed for element in elements], keys)
    window_ms = parts.config.window_ms
    return parts.learning.start(
        LearningBatch(networks, genomes, parts.decoder, parts.facts.rule, window_ms, rngs, recorder)
    )


def _learned(
    parts: Parts, learner: PlasticLearner, networks: Sequence[Network], genomes: Sequence[Genome]
) -> np.ndarray:
    """Return genomes with the weights that each element ended with, shape (n_elements, n_genes)."""
    assert isinstance(parts.model, SpikingModel)
    learned = []
    for element, (network, genome) in enumerate(zip(networks, genomes, strict=True)):
        weights_pa = learner.weights_pa(element, network)[: len(network.own_projections)]
        learned.append(parts.parameters.to_vector(parts.model.with_learned(genome, weights_pa)))
    return np.stack(learned)


def check_no_simulator(config: Settings) -> None:
    """Raise if settings of a policy without neurons name a simulator.

    Raises
    ------
    ConfigurationError
    """
    if config.simulator not in ("auto", NO_SIMULATOR):
        raise ConfigurationError(
            f"simulator = {config.simulator!r}: model {config.model.name!r} has no neurons to simulate; expected "
            f"'auto' or {NO_SIMULATOR!r}. Leave the simulator out."
        )


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
    check_no_simulator(config)
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
