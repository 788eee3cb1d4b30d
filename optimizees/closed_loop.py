"""What all tasks share: a network in a closed loop with an environment, as an L2L ``Optimizee``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from l2l import DummyTrajectory
from l2l.optimizees.optimizee import Optimizee

from neurosim_rl.bridge import Decoder, Encoder, Normalisation, RunningNormalisation
from neurosim_rl.environments import EnvironmentBatch, EnvironmentOptions, EnvironmentSpec, create_batch
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning import LEARNING, LearningRecorder, PlasticLearner, RewardModulatedSTDP, Rule
from neurosim_rl.loop.rollout import rollout, rollout_policy
from neurosim_rl.models import Model, Policy, SpikingModel
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, ParameterSpace
from neurosim_rl.optimizees.element import Element, PlayedBatch
from neurosim_rl.optimizees.fitness import FITNESSES, Fitness
from neurosim_rl.optimizees.parts import (
    create_decoder,
    create_encoder,
    create_normalisation,
    create_policy,
    create_spiking_model,
    is_policy,
)
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.seeds import LazyGenerators, Purpose, generator, training_start, validation_start
from neurosim_rl.settings.configuration import Configuration
from neurosim_rl.settings.options import create
from neurosim_rl.simulators import Simulator, create_simulator
from neurosim_rl.simulators.auto import choose

NO_SIMULATOR = "none"
"""The simulator of a policy without neurons."""
FEED_FORWARD = {"name": "feed-forward"}
"""The spiking model of a task whose defaults name none."""


class ClosedLoop(Optimizee):
    """A spiking network, or a policy that it is compared with, in a closed loop with a Gymnasium environment.

    A task derives from this class, sets :attr:`defaults` and describes itself.

    Parameters
    ----------
    traj : l2l.utils.trajectory.Trajectory or None
        L2L's trajectory; None outside L2L's own ``Experiment``.
    config : Configuration or None
        None: the task's defaults.
    """

    defaults: ClassVar[Mapping[str, Any]] = {}
    """The task's layer of the configuration."""
    learners: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Layer above the defaults with which the task learns, instead of evolving, by learner."""
    observation_labels: ClassVar[tuple[str, ...]] = ()
    """Name and unit of each observed variable, for figures."""
    action_labels: ClassVar[tuple[str, ...]] = ()
    """Name of each action, for figures."""
    map_axes: ClassVar[tuple[int, int]] = (0, 1)
    """Which observed variables span the heatmaps."""
    map_fixed: ClassVar[tuple[float, ...]] = ()
    """Values of all observed variables where a heatmap does not vary them; empty: the middle of their bounds."""
    mirrored: ClassVar[tuple[int, ...]] = ()
    """Observed variables that change sign in the mirror, where the environment goes on as before if the action is
    mirrored as well (``Discrete``: in reversed order; ``Box``: of the other sign); empty: it has no such symmetry."""
    solved_return: ClassVar[float | None] = None
    """Mean return at which Gymnasium calls the task solved."""
    reward_part: ClassVar[str] = ""
    """Entry of Gymnasium's ``info`` whose sum over an episode is reported beside the return; empty: none."""
    rule_label: ClassVar[str] = ""
    """What :meth:`rule` does, for tables; empty: there is none."""

    def __init__(self, traj: Any = None, config: Configuration | None = None) -> None:
        super().__init__(DummyTrajectory() if traj is None else traj)
        self.config = Configuration.from_layers(self.defaults) if config is None else config
        self._individual_rng = generator(self.config.seed, Purpose.OPTIMIZER, 0)

    # --- the parts of the loop, made when first used so that the pickle stays small ---

    @cached_property
    def environment(self) -> EnvironmentSpec:
        """The environment's spaces and limits."""
        return EnvironmentSpec.of(EnvironmentOptions.from_table(self.config.environment))

    @cached_property
    def normalisation(self) -> Normalisation:
        """What happens to this environment's observations before encoder or policy."""
        return create_normalisation(self.config, self.environment)

    @property
    def keeps_observing(self) -> bool:
        """Whether what training episodes observe changes later normalisation."""
        return isinstance(self.normalisation, RunningNormalisation)

    def having_observed(self, n_observations: int, sums: np.ndarray) -> ClosedLoop:
        """Return the same task when more was observed (see `RunningNormalisation.after`).

        Parameters
        ----------
        n_observations : int
        sums : array, shape (2, n_variables)
            Of these observations and of their squares.
        """
        assert isinstance(self.normalisation, RunningNormalisation)
        table = {**self.config.normalisation, **self.normalisation.after(n_observations, sums).settled}
        later = type(self)(None, self.config.replace(normalisation=table))
        later.__dict__["environment"] = self.environment  # which takes longer to make than all else
        return later

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder between normalised observations and the spiking model."""
        return create_encoder(self.config, self.normalisation, self._spiking_table)

    @cached_property
    def decoder(self) -> Decoder:
        """The decoder between the spiking model and this environment."""
        return create_decoder(self.config, self.environment, self._spiking_table)

    @property
    def _spiking_table(self) -> Mapping[str, Any]:
        """The table of the model if that has neurons, else of the task's own that has."""
        return self.defaults.get("model", FEED_FORWARD) if is_policy(self.config.model) else self.config.model

    @cached_property
    def model(self) -> Model:
        """The model: between encoder and decoder, or, without neurons, between observation and action."""
        table = self.config.model
        if is_policy(table):
            return create_policy(self.config, self.environment, self.normalisation, self._spiking_table, self.mirrored)
        return create_spiking_model(table, self.encoder, self.decoder, self.config, self.normalisation, self.mirrored)

    @property
    def has_neurons(self) -> bool:
        """Whether the model is a spiking network."""
        return not isinstance(self.model, Policy)

    def network(self, vector: np.ndarray) -> Network:
        """Return the spiking network that a genome describes.

        Raises
        ------
        ConfigurationError
            When the model has no neurons.
        """
        if not isinstance(self.model, SpikingModel):
            raise ConfigurationError(
                f"model {self.config.model['name']!r} has no neurons; expected a spiking model. Set model.name."
            )
        return self.model.network(self.parameters.to_genome(vector))

    @cached_property
    def fitness(self) -> Fitness:
        """How episodes are scored."""
        return create("fitness", FITNESSES, self.config.fitness)

    @cached_property
    def learning(self) -> Rule:
        """How weights change while a network plays."""
        rule: Rule = create("learning", LEARNING, self.config.learning)
        if rule.learns and not self.has_neurons:
            raise ConfigurationError(
                f"learning {self.config.learning['name']!r} changes synapses; model {self.config.model['name']!r} has "
                "none. Use a spiking model, or learning.name = 'none'."
            )
        return rule

    @cached_property
    def parameters(self) -> ParameterSpace:
        """What a genome holds: the model's parameters, and those of the learning rule that evolve."""
        return ParameterSpace(*self.model.parameters.parameters, *self.learning.parameters)

    def learns(self, training: bool) -> bool:
        """Whether networks learn while they play, in training or in what is validated and reported."""
        return self.learning.learns and (training or self.learning.when == "always")

    @property
    def keeps_learned(self) -> bool:
        """Whether genomes can hold what networks have learned."""
        return isinstance(self.model, SpikingModel) and self.model.holds_learned

    def n_trial_episodes(self, training: bool) -> int:
        """Return how many episodes each element plays."""
        return self.learning.episodes if training or self.learning.when == "always" else 1

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the configuration and the state of the random generator, nothing that can be made again."""
        return {"config": self.config, "_individual_rng": self._individual_rng}

    # --- L2L's interface ---

    def create_individual(self) -> dict[str, np.ndarray]:
        """Return a random individual as L2L wants it: flat float arrays by name."""
        return self.to_individual(self.parameters.sample(self._individual_rng))

    def bounding_func(self, individual: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the individual moved into the bounds."""
        return self.to_individual(self.parameters.clip(self.parameters.to_vector(individual)))

    def to_individual(self, vector: np.ndarray) -> dict[str, np.ndarray]:
        """Return a vector as L2L's individual."""
        return {name: array.ravel() for name, array in self.parameters.to_genome(vector).items()}

    def simulate(self, traj: Any) -> tuple[float]:
        """Return the fitness of the individual that L2L's trajectory holds.

        The same genome gets the same fitness here and in neurosim-rl's own loop: episodes are keyed by
        generation, individual and episode.
        """
        individual = traj.individual
        genome = {p.name: individual[p.name] for p in self.parameters.parameters}
        vector = self.parameters.to_vector(genome)
        elements = self.training_elements(int(individual.generation), [int(individual.ind_idx)])
        scores = self.scores(self.play([vector], elements).episodes)
        return (float(self.fitness.of_individuals(scores[None])[0]),)

    # --- evaluation ---

    def training_elements(self, generation: int, individuals: Sequence[int]) -> list[Element]:
        """Return the training episodes of some individuals, individual by individual."""
        max_steps = self.environment.options.curriculum_steps(generation)
        return [
            Element(
                row,
                self._training_start(generation, episode),
                self.config.seed,
                (int(Purpose.TRAINING_ELEMENT), generation, individual, episode),
                max_steps,
            )
            for row, individual in enumerate(individuals)
            for episode in range(self.config.episodes)
        ]

    def _training_start(self, generation: int, episode: int) -> int:
        if self.config.starts == "generation":
            return generation * self.config.episodes + episode
        return training_start(self.config.seed, generation if self.config.starts == "fresh" else 0, episode)

    def validation_elements(self) -> list[Element]:
        """Return the validation episodes of one individual."""
        return self._validation(0, self.config.validation_episodes)

    def final_elements(self) -> list[Element]:
        """Return the episodes that decide between finalists: twice as many, from other starts."""
        return self._validation(self.config.validation_episodes, 2 * self.config.validation_episodes)

    def _validation(self, first: int, n: int) -> list[Element]:
        return self.evaluation_elements([validation_start(self.config.seed, k) for k in range(first, first + n)])

    def evaluation_elements(self, start_seeds: Sequence[int]) -> list[Element]:
        """Return one episode of one individual for each start seed."""
        return [
            Element(0, int(start), self.config.seed, (int(Purpose.EVALUATION_ELEMENT), int(start)))
            for start in start_seeds
        ]

    def play(
        self,
        vectors: Sequence[np.ndarray],
        elements: Sequence[Element],
        *,
        training: bool = True,
        simulator: Simulator | None = None,
        record: bool = False,
        deadline: float = math.inf,
        recorder: LearningRecorder | None = None,
    ) -> PlayedBatch:
        """Play a batch of episodes in one simulator kernel.

        Elements may be of other runs, whose configurations differ from this one in nothing but the seed.

        Parameters
        ----------
        vectors : sequence of array, each of shape (n_genes,)
            Genomes; elements refer to their rows.
        elements : sequence of Element
        training : bool
            Whether ``environment.max_steps`` cuts episodes and ``environment.engine`` steps them.
        simulator : Simulator or None
            An open simulator, which stays open; None: the configured one is opened and closed. A policy without
            neurons needs none.
        record : bool
            Whether to keep traces and the spikes of all neurons.
        deadline : float
            When to give up, in seconds of `time.monotonic`.
        recorder : LearningRecorder or None
            Keeps what the first element goes through, if it learns.
        """
        if isinstance(self.model, Policy):
            return self._play_policy(self.model, vectors, elements, training, record, deadline)
        of_individual = [self.network(vector) for vector in vectors]
        networks = [of_individual[e.individual] for e in elements]
        genomes = [self.parameters.to_genome(vectors[e.individual]) for e in elements]
        learner = self._learner(networks, genomes, recorder) if self.learns(training) else None
        own = create_simulator(self.config.simulator) if simulator is None else nullcontext(simulator)
        with own as open_simulator:
            if learner is None:
                open_simulator.build(networks, record_spikes=record)
            else:
                open_simulator.build(
                    networks, record_spikes=record, window_spikes_of=learner.populations, sets_weights=True
                )
                learner.attach(open_simulator)
            with self._environments(elements, training) as environments:
                episodes = rollout(
                    open_simulator,
                    environments,
                    self.encoder,
                    self.decoder,
                    start_seeds=[e.start_seed for e in elements],
                    rngs=LazyGenerators([e.seed for e in elements], [e.key for e in elements]),
                    normalise=self.normalisation.apply,
                    n_episodes=self.n_trial_episodes(training),
                    learner=learner,
                    traces=record,
                    deadline=deadline,
                )
            learned = None
            if learner is not None and self.keeps_learned:
                learned = self._learned(learner, networks, genomes)
            return PlayedBatch(episodes, open_simulator.spikes() if record else None, learned)

    def _environments(self, elements: Sequence[Element], training: bool) -> EnvironmentBatch:
        batch = create_batch(self.environment, len(elements), training=training, reward_part=self.reward_part)
        batch.cut([e.max_steps for e in elements])
        return batch

    def _learner(
        self, networks: Sequence[Network], genomes: Sequence[Genome], recorder: LearningRecorder | None
    ) -> PlasticLearner:
        assert isinstance(self.learning, RewardModulatedSTDP)
        return PlasticLearner(
            self.learning, networks, genomes, self.decoder, self.rule, self.config.window_ms, recorder
        )

    def _learned(self, learner: PlasticLearner, networks: Sequence[Network], genomes: Sequence[Genome]) -> np.ndarray:
        """Return genomes with the weights that each element ended with, shape (n_elements, n_genes)."""
        assert isinstance(self.model, SpikingModel)
        ended = [learner.weights_pa(element, network) for element, network in enumerate(networks)]
        pairs = zip(genomes, ended, strict=True)
        return np.stack([self.parameters.to_vector(self.model.with_learned(g, weights)) for g, weights in pairs])

    def _play_policy(
        self,
        policy: Policy,
        vectors: Sequence[np.ndarray],
        elements: Sequence[Element],
        training: bool,
        record: bool,
        deadline: float,
    ) -> PlayedBatch:
        """Play a batch of episodes with policies that have no neurons."""
        if self.config.simulator not in ("auto", NO_SIMULATOR):
            raise ConfigurationError(
                f"simulator = {self.config.simulator!r}: model {self.config.model['name']!r} has no neurons to "
                f"simulate; expected 'auto' or {NO_SIMULATOR!r}. Leave the simulator out."
            )
        genomes = [self.parameters.to_genome(vector) for vector in vectors]
        act = policy.act(genomes, [e.individual for e in elements])
        with self._environments(elements, training) as environments:
            episodes = rollout_policy(
                lambda observations, active: act(self.normalisation.apply(observations), active),
                environments,
                start_seeds=[e.start_seed for e in elements],
                n_episodes=self.n_trial_episodes(training),
                traces=record,
                deadline=deadline,
            )
        return PlayedBatch(episodes, Spikes.none(self.config.resolution_ms) if record else None)

    def choose_simulator(self, vector: np.ndarray) -> str:
        """Return the configured simulator; for ``"auto"`` that which a genome's network needs, or ``"none"``."""
        if self.config.simulator != "auto":
            return self.config.simulator
        return choose(self.network(vector)) if self.has_neurons else NO_SIMULATOR

    def scores(self, episodes: Episodes) -> np.ndarray:
        """Return the score of each episode, shape (n_episodes,)."""
        return self.fitness.scores(episodes)

    def successes(self, episodes: Episodes) -> np.ndarray | None:
        """Return whether each episode succeeded, shape (n_episodes,); by default: reached `solved_return`.

        None where nobody says what success is: there is no `solved_return`.
        """
        if self.solved_return is None:
            return None
        return episodes.returns >= self.solved_return

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return the actions of the best simple rule known, for comparison; shape as the decoder's."""
        raise NotImplementedError(f"{type(self).__name__} has no simple rule")
