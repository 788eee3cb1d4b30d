"""Learning in the loop: after each window, spikes and rewards change the weights of a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neurosim_rl.bridge import Decoder
from neurosim_rl.environments import Step
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning.critics import Critic, Verdict
from neurosim_rl.learning.plastic_projection import PlasticProjection
from neurosim_rl.learning.recorder import LearningRecorder
from neurosim_rl.learning.rule import RewardModulatedSTDP
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome
from neurosim_rl.simulators import Simulator


class PlasticLearner:
    """Applies reward-modulated STDP to the networks of a simulator (a :class:`neurosim_rl.loop.rollout.Learner`).

    Parameters
    ----------
    rule : RewardModulatedSTDP
    networks : sequence of Network
        Network of each element.
    genomes : sequence of Genome
        Genome of each element; it may hold parameters of the rule.
    decoder : Decoder
    teach : callable
        The task's hand-written controller, for a critic that needs a teacher.
    window_ms : float
    recorder : LearningRecorder or None
        Records the learning of the first element.
    """

    def __init__(
        self,
        rule: RewardModulatedSTDP,
        networks: Sequence[Network],
        genomes: Sequence[Genome],
        decoder: Decoder,
        teach: Callable[[np.ndarray], np.ndarray],
        window_ms: float,
        recorder: LearningRecorder | None = None,
    ) -> None:
        values = rule.values(genomes)
        self.numbers = rule.plastic(networks[0])
        self._critic: Critic = rule.critic.create(decoder=decoder, teach=teach)
        self._critic.start(len(networks))
        self._plastic = [PlasticProjection(rule, values, networks, number, window_ms) for number in self.numbers]
        self._rule = rule
        self._recorder = recorder
        if recorder is not None:
            recorder.begin(self._plastic)
        self._output = _only_output(networks[0])
        self._backwards = self._towards_input() if rule.hidden_credit == "feedback" else []
        self._simulator: Simulator | None = None

    @property
    def populations(self) -> tuple[str, ...]:
        """Populations with spikes that the rule needs: all sources and targets of plastic projections, once each."""
        names: dict[str, None] = {}  # a dictionary keeps the order, which a set does not
        for projection in self._plastic:
            names.update(dict.fromkeys(projection.ends))
        return tuple(names)

    def attach(self, simulator: Simulator) -> None:
        """Learn in this simulator; it was built with the same networks, records `populations` and can set weights."""
        self._simulator = simulator

    def learn(
        self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, counts: np.ndarray, step: Step
    ) -> None:
        """Learn from one window of the running elements."""
        assert self._simulator is not None
        spikes = self._simulator.window_spikes()
        verdict = self._critic.assess(active, observations, actions, step)
        ended = active[step.ended]
        for projection, credit in zip(self._plastic, self._credits(active, verdict), strict=True):
            projection.update_eligibility(spikes, active)
            weight_pa = projection.reinforce(active, credit)
            self._simulator.set_weights_pa(projection.number, weight_pa, active)
        if self._recorder is not None and active[0] == 0:
            self._recorder.note(verdict, step.ended)
        if self._rule.reset_eligibility and ended.size:
            for projection in self._plastic:
                projection.reset_eligibility(ended)

    def _towards_input(self) -> list[PlasticProjection]:
        """Return the projections that carry credit back to hidden populations, beginning at the output.

        A breadth-first search from the output against the direction of projections; each population gets its credit
        through the first projection found.
        """
        found: dict[str, PlasticProjection] = {}
        reached = [self._output]
        for target in reached:  # the list grows during the search
            for projection in self._plastic:
                source, projection_target = projection.ends
                if projection_target == target and source not in reached:
                    found[source] = projection
                    reached.append(source)
        for projection in self._plastic:
            name = projection.ends[1]
            if name not in reached:
                raise ConfigurationError(
                    "learning.hidden_credit = 'feedback' needs projections that learn from each hidden population "
                    f"towards {self._output!r}; there is none from {name!r}. Add one to learning.projections, or set "
                    "hidden_credit = 'overall'."
                )
        return list(found.values())

    def _credits(self, active: np.ndarray, verdict: Verdict) -> list[np.ndarray]:
        """Return the reward of the target neurons of each projection, shape (n_rows, n_target) or (n_rows, 1)."""
        credit = {self._output: verdict.outputs}
        for projection in self._backwards:
            source, target = projection.ends
            credit[source] = self._rule.hidden_reward * projection.feedback(active, credit[target])
        overall = self._rule.hidden_reward * verdict.overall[:, None]
        return [credit.get(p.ends[1], overall) for p in self._plastic]

    def weights_pa(self, element: int, network: Network) -> list[np.ndarray]:
        """Return the weights of an element after learning, one array for each projection of its network."""
        weights = [np.asarray(projection.weight_pa) for projection in network.projections]
        for number, projection in zip(self.numbers, self._plastic, strict=True):
            weights[number] = projection.learned_pa[element]
        return weights


def _only_output(network: Network) -> str:
    """Return the name of the output population; raise if there are several: the rule gives credit to one.

    Raises
    ------
    ConfigurationError
    """
    if len(network.outputs) > 1:
        raise ConfigurationError(
            f"the network has the output populations {', '.join(network.outputs)}; reward-modulated STDP gives credit "
            "to one. Use one output population, or learning.name = 'none'."
        )
    return network.outputs[0]
