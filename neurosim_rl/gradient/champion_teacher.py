"""Champions as teachers."""

from __future__ import annotations

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.evaluation.acting import acting
from neurosim_rl.gradient.teacher import Advice, Teacher
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.runs.champion import ChampionRecord


class ChampionTeacher(Teacher):
    """A champion: a policy without neurons, or a spiking network with the weights of its genome.

    A spiking network keeps its membranes from the end of an episode to the next one.

    Parameters
    ----------
    champion : ChampionRecord
    student : ClosedLoop
        Task of the student.
    name : str
        Where the champion comes from, for messages.

    Raises
    ------
    ConfigurationError
        When it observes or acts otherwise than the student, learns while it plays, or has noise.
    """

    def __init__(self, champion: ChampionRecord, student: ClosedLoop, name: str) -> None:
        self._optimizee, self._vector = champion.optimizee(), champion.vector
        theirs, wanted = self._optimizee.environment, student.environment
        if theirs.observed.space != wanted.observed.space or theirs.own_action_space != wanted.own_action_space:
            raise ConfigurationError(
                f"teacher {name} plays {theirs.options.id} with other observations or actions than "
                f"{wanted.options.id}; expected a champion of the same environment. Name another teacher."
            )
        if self._optimizee.learns(training=False):
            raise ConfigurationError(
                f"teacher {name} learns while it plays, so it has no weights to teach by; expected a champion that "
                "keeps its weights. Name another teacher."
            )
        self._refuse_noise(name)
        self.start(1)

    def _refuse_noise(self, name: str) -> None:
        if not self._optimizee.has_neurons:
            return
        network = self._optimizee.network(self._vector)
        if network.plays_alone or network.random_models:
            raise ConfigurationError(
                f"teacher {name} has noise or parts of its own in NEST, so it cannot play in several environments side "
                "by side. Name another teacher."
            )

    def start(self, n_environments: int) -> None:
        """Begin an episode in each environment, with a new network."""
        self._answer = acting(self._optimizee, self._vector, n_environments)

    def advise(self, observations: np.ndarray) -> Advice:
        """Return the champion's actions."""
        return Advice(self._answer(observations))
