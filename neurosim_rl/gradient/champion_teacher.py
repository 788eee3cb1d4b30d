"""Champions as teachers: policies without neurons, and spiking networks in their simulator."""

from __future__ import annotations

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.gradient.teacher import Advice, Teacher
from neurosim_rl.loop.rollout import play_window
from neurosim_rl.models import Policy
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.seeds import LazyGenerators, Purpose
from neurosim_rl.simulators import create_simulator


def champion_teacher(champion: ChampionRecord, student: ClosedLoop, source: str) -> Teacher:
    """Return a champion as the teacher of a student.

    Parameters
    ----------
    champion : ChampionRecord
    student : ClosedLoop
        Task of the student.
    source : str
        Where the champion comes from, for messages.

    Raises
    ------
    ConfigurationError
        When it observes or acts otherwise than the student.
    """
    own = champion.optimizee()
    theirs, wanted = own.environment, student.environment
    if theirs.observed.space != wanted.observed.space or theirs.own_action_space != wanted.own_action_space:
        raise ConfigurationError(
            f"{source} plays {theirs.options.id} with other observations or actions than {wanted.options.id}; expected "
            "a champion of the same environment. Name another teacher."
        )
    return _PolicyTeacher(own, champion.vector) if isinstance(own.model, Policy) else _Network(own, champion.vector)


class _PolicyTeacher(Teacher):
    def __init__(self, optimizee: ClosedLoop, vector: np.ndarray) -> None:
        assert isinstance(optimizee.model, Policy)
        self._apply = optimizee.normalisation.apply
        self._policy, self._genome = optimizee.model, optimizee.parameters.to_genome(vector)
        self.start(1)

    def start(self, n_environments: int) -> None:
        self._act = self._policy.act([self._genome], [0] * n_environments)
        self._rows = np.arange(n_environments)

    def advise(self, observations: np.ndarray) -> Advice:
        return Advice(self._act(self._apply(observations), self._rows))


class _Network(Teacher):
    """A spiking network; like in a trial of several episodes, its membranes go on from one episode to the next."""

    def __init__(self, optimizee: ClosedLoop, vector: np.ndarray) -> None:
        self._optimizee = optimizee
        self._network = optimizee.network(vector)
        self._simulator = create_simulator(optimizee.config.simulator)

    def start(self, n_environments: int) -> None:
        optimizee, networks = self._optimizee, [self._network] * n_environments
        self._rows = np.arange(n_environments)
        keys = [(int(Purpose.EVALUATION_ELEMENT), k) for k in range(n_environments)]
        self._rngs = LazyGenerators([optimizee.config.seed] * n_environments, keys)
        self._simulator.build(networks, window_spikes_of=optimizee.decoder.watches(self._network))
        for part in (optimizee.encoder, optimizee.decoder, optimizee.background):
            part.start(networks)

    def advise(self, observations: np.ndarray) -> Advice:
        own = self._optimizee
        drive = own.encoder.encode(own.normalisation.apply(observations), self._rows, self._rngs)
        parts = (self._simulator, own.encoder, own.decoder, drive, self._rows, self._rngs, own.background)
        return Advice(play_window(*parts)[1])

    def close(self) -> None:
        self._simulator.close()
