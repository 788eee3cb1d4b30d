"""Base class of learners: what a rule remembers of a batch of trials, and the way to the weights in the simulator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from neurosim_rl.bridge import Decoder
from neurosim_rl.environments import Step
from neurosim_rl.learning.plastic_projection import PlasticProjection
from neurosim_rl.learning.recorder import LearningRecorder
from neurosim_rl.learning.window import LearningWindow
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.settings.checks import as_floats
from neurosim_rl.simulators import Simulator


@dataclass(frozen=True)
class LearningBatch:
    """A batch of trials in which networks learn; sequences have one entry for each element.

    Parameters
    ----------
    networks : sequence of Network
    genomes : sequence of Genome
        They may hold constants of the rule.
    decoder : Decoder
        It tells which output neurons support an action (`Decoder.credit`).
    teach : callable
        The task's hand-written controller: observations, shape (n_rows, n_observations), to actions.
    window_ms : float
    rngs : sequence of numpy.random.Generator
        Generators for the rule's own draws (index with ``window.active``), apart from those of encoder and decoder.
    recorder : LearningRecorder or None
        Records the learning of the first element.
    """

    networks: Sequence[Network]
    genomes: Sequence[Genome]
    decoder: Decoder
    teach: Callable[[np.ndarray], np.ndarray]
    window_ms: float
    rngs: Sequence[np.random.Generator] = ()
    recorder: LearningRecorder | None = None


class _RuleOfLearner(Protocol):
    """The part of a rule that every learner needs: `neurosim_rl.learning.plasticity_rule.PlasticityRule` has it."""

    def values(self, genomes: Sequence[Genome]) -> dict[str, np.ndarray]: ...

    def plastic(self, network: Network) -> list[int]: ...


class PlasticLearner(ABC):
    """Applies a rule to the networks of a simulator (a :class:`neurosim_rl.loop.rollout.Learner`).

    A rule of one's own derives from it and writes `update`. What an element learns must not depend on the rest of the
    batch: keep arrays with one row for each element, index them with ``window.active``, and draw only from ``rngs``.

    Parameters
    ----------
    rule : PlasticityRule
    batch : LearningBatch

    Attributes
    ----------
    batch : LearningBatch
    values : dict of str to array, shape (n_batch,)
        Constants of the rule that can evolve, for each element.
    projections : list of PlasticProjection
        The projections that learn.
    """

    def __init__(self, rule: _RuleOfLearner, batch: LearningBatch) -> None:
        self.batch = batch
        self.values = rule.values(batch.genomes)
        numbers = rule.plastic(batch.networks[0])
        self.projections = [self.plastic_projection(number) for number in numbers]
        self._recorder = batch.recorder
        if self._recorder is not None:
            self._recorder.begin(self.projections)
        self._simulator: Simulator | None = None
        self._recorded: tuple[str, ...] = ()

    def plastic_projection(self, number: int) -> PlasticProjection:
        """Return the projection with an index in the networks; a rule may keep more of each synapse."""
        return PlasticProjection(self.batch.networks, number)

    @property
    def n_batch(self) -> int:
        """Number of elements."""
        return len(self.batch.networks)

    @property
    def populations(self) -> tuple[str, ...]:
        """Populations with spikes that the rule needs: all sources and targets of plastic projections, once each."""
        names: dict[str, None] = {}  # a dictionary keeps the order, which a set does not
        for projection in self.projections:
            names.update(dict.fromkeys((projection.source, projection.target)))
        return tuple(names)

    def attach(self, simulator: Simulator) -> None:
        """Learn in this simulator; it was built with the same networks, records `populations` and can set weights."""
        self._simulator = simulator
        self._recorded = self.populations

    def learn(
        self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, counts: np.ndarray, step: Step
    ) -> None:
        """Learn from one window of the running elements: `update`, the record, and the ends of episodes."""
        assert self._simulator is not None
        first, recorded = self.batch.networks[0], self._recorded
        spikes = self._simulator.window_spikes() if recorded else Spikes.none(first.resolution_ms)
        window = LearningWindow(active, observations, actions, counts, step, spikes, recorded, first)
        self.update(window)
        if self._recorder is not None and active[0] == 0:
            self._recorder.note(float(self.reward(window)[0]), bool(step.ended[0]))
        ended = active[step.ended]
        if ended.size:
            self.end_episodes(ended)

    @abstractmethod
    def update(self, window: LearningWindow) -> None:
        """Change the weights after one window of the running elements, by `set_weights`."""

    def reward(self, window: LearningWindow) -> np.ndarray:
        """Return the reward that the record shows, shape (n_rows,): by default the environment's."""
        return window.rewards

    def end_episodes(self, elements: np.ndarray) -> None:  # noqa: B027  # most rules go on
        """Forget what an episode should not hand on to the next one of the same trial, in these elements."""

    def set_weights(self, projection: PlasticProjection, active: np.ndarray, weight_pa: np.ndarray) -> None:
        """Set the weights of a projection in some running elements.

        Parameters
        ----------
        projection : PlasticProjection
        active : int array, shape (n_rows,)
        weight_pa : array, shape (n_rows, n_synapses)
            In the unit of `neurosim_rl.networks.projection.Projection.weight_pa`.

        Raises
        ------
        ShapeError
            For another number of rows or synapses.
        NetworkError
            For a weight that is not finite.
        """
        assert self._simulator is not None
        weight_pa = as_floats(f"{projection.label}: weight_pa", weight_pa)
        self._simulator.set_weights_pa(projection.number, weight_pa, active)  # checked there
        projection.weight_pa[active] = weight_pa

    def weights_pa(self, element: int, network: Network) -> list[np.ndarray]:
        """Return the weights of an element after learning, one array for each projection of its network."""
        weights = [np.asarray(projection.weight_pa) for projection in network.projections]
        for projection in self.projections:
            weights[projection.number] = projection.learned_pa[element]
        return weights
