"""Closed loop: a task as an L2L ``Optimizee``, with its parts, its trials, and playing them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from l2l import DummyTrajectory
from l2l.optimizees.optimizee import Optimizee

from neurosim_rl.bridge import RunningNormalisation
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning import LearningRecorder
from neurosim_rl.optimizees import playing, trials
from neurosim_rl.optimizees.configuration import AUTO, NO_SIMULATOR, Configuration, NoOptimizer, Settings
from neurosim_rl.optimizees.parts import Parts
from neurosim_rl.optimizees.run_size import check_run_size
from neurosim_rl.optimizees.trials import Element, PlayedBatch
from neurosim_rl.optimizers import parameters_of
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.simulators import Simulator
from neurosim_rl.simulators.auto import choose


class ClosedLoop(Parts, Optimizee):
    """A spiking network, or a policy without neurons, in a closed loop with a Gymnasium environment.

    A task derives from this class and sets the attributes of `neurosim_rl.optimizees.task.Task`. The parts of the loop
    are those of `neurosim_rl.optimizees.parts.Parts`.

    Parameters
    ----------
    traj : l2l.utils.trajectory.Trajectory or None
        L2L's trajectory; None outside L2L's own ``Experiment``.
    config : Settings or None
        None: the task's defaults.
    """

    def __init__(self, traj: Any = None, config: Settings | None = None) -> None:
        Optimizee.__init__(self, DummyTrajectory() if traj is None else traj)
        Parts.__init__(self, Settings.read(self.defaults) if config is None else config)
        self._individual_rng = generator(self.config.seed, Purpose.OPTIMIZER, 0)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the configuration and the state of the random generator; a worker makes the parts again."""
        return {"config": self.config, "_individual_rng": self._individual_rng}

    # --- L2L's interface ---

    def create_individual(self) -> dict[str, np.ndarray]:
        """Return a random individual in L2L's form: flat float arrays by name."""
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

    # --- configuration ---

    def completed(self, vector: np.ndarray | None = None) -> Configuration:
        """Return the complete configuration of the settings, after making every part once.

        It has the statistics of random play, the sizes that follow from the task, and the chosen simulator.

        Parameters
        ----------
        vector : array, shape (n_genes,), or None
            Genome of the network that decides the simulator; None: a random genome.

        Raises
        ------
        NeurosimError
            When a part refuses its options.
        """
        config = self.config
        check_run_size(self)  # before anything is allocated
        sized = config.model.replace(**self.model.sizes_from_task)
        measured = config.normalisation.replace(**self.normalisation.measured_options)
        assert self.background  # made here, so that wrong options raise before the run
        assert self.fitness
        self._check_optimizer()
        if vector is None:
            vector = self.parameters.sample(generator(config.seed, Purpose.OPTIMIZER, 0))
        simulator = self.choose_simulator(vector)
        closed = {"model": sized, "normalisation": measured, "simulator": simulator}
        return Configuration(**{**vars(config), **closed})

    def _check_optimizer(self) -> None:
        """Raise if the optimizer refuses its options, or if training by gradients leaves it nothing to do.

        A configuration without either describes a network that is only played, such as an imported one.
        """
        config = self.config
        if config.optimizer.component is NoOptimizer:
            return
        if self.learning.trains:
            raise ConfigurationError(
                f"optimizer {config.optimizer.name!r} with learning {config.learning.name!r}: gradients train one "
                "network, and no optimizer proposes others. Set optimizer.name = 'none'."
            )
        parameters_of(config.optimizer, self.parameters, config.seed, config.generations)

    def choose_simulator(self, vector: np.ndarray) -> str:
        """Return the configured simulator; for ``"auto"`` the one that a genome's network needs, or ``"none"``."""
        if self.config.simulator != AUTO:
            return self.config.simulator
        if not self.has_neurons:
            return NO_SIMULATOR
        return choose(self.network(vector))

    def having_observed(self, n_observations: int, sums: np.ndarray) -> ClosedLoop:
        """Return the same task, normalised by more observations (see `RunningNormalisation.after`).

        Parameters
        ----------
        n_observations : int
        sums : array, shape (2, n_variables)
            Of these observations and of their squares.
        """
        assert isinstance(self.normalisation, RunningNormalisation)
        options = self.normalisation.after(n_observations, sums).measured_options
        normalisation = self.config.normalisation.replace(**options)
        return type(self)(None, self.config.replace(normalisation=normalisation))

    # --- trials ---

    def training_elements(self, generation: int, individuals: Sequence[int]) -> list[Element]:
        """Return the training trials of some individuals, individual by individual."""
        return trials.training_elements(self.config, generation, individuals)

    def validation_elements(self) -> list[Element]:
        """Return the validation trials of one individual."""
        return trials.validation_elements(self.config)

    def final_elements(self) -> list[Element]:
        """Return the trials that decide between finalists: twice as many, from other validation starts."""
        return trials.final_elements(self.config)

    def evaluation_elements(self, start_seeds: Sequence[int]) -> list[Element]:
        """Return one trial of one individual for each start seed."""
        return trials.evaluation_elements(self.config, start_seeds)

    def check_playable(self, vector: np.ndarray) -> None:
        """Raise if a genome does not fit the model, or the simulator does not.

        Raises
        ------
        GenomeError, NetworkError, ConfigurationError
        """
        if self.has_neurons:
            self.network(vector)
            return
        playing.check_no_simulator(self.config)
        self.parameters.to_genome(vector)

    def play(
        self,
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
        """Play a batch of trials in one simulator kernel.

        Elements may belong to several runs, if their configurations are equal up to the seed.

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
        record_membranes : bool
            Whether the given simulator keeps membranes, for its method ``membranes``.
        deadline : float
            Time limit, in seconds of `time.monotonic`.
        recorder : LearningRecorder or None
            Records the learning of the first element, if it learns.

        Raises
        ------
        TimeLimitError
            When the deadline has passed.
        """
        return playing.play(
            self,
            vectors,
            elements,
            training=training,
            simulator=simulator,
            record=record,
            record_membranes=record_membranes,
            deadline=deadline,
            recorder=recorder,
        )

    def scores(self, episodes: Episodes) -> np.ndarray:
        """Return the score of each episode, shape (n_episodes,)."""
        return self.fitness.scores(episodes)
