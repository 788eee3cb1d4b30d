"""Learning in the loop: after each window, spikes and a critic change the weights of a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neurosim_rl.bridge import Decoder
from neurosim_rl.learning.critics import CRITICS, Critic
from neurosim_rl.learning.plastic_projection import PlasticProjection
from neurosim_rl.learning.rule import RewardModulatedSTDP
from neurosim_rl.network import Network
from neurosim_rl.options import create
from neurosim_rl.parameters import Genome
from neurosim_rl.rollout import Step
from neurosim_rl.simulators import Simulator


class PlasticLearner:
    """Applies a rule to the networks of a simulator (a :class:`neurosim_rl.rollout.Learner`).

    Parameters
    ----------
    rule : RewardModulatedSTDP
    networks : sequence of Network
        One for each element.
    genomes : sequence of Genome
        Of each element; they may hold parameters of the rule.
    decoder : Decoder
    teach : callable
        The task's rule, for critics that ask it.
    window_ms : float
    """

    def __init__(
        self,
        rule: RewardModulatedSTDP,
        networks: Sequence[Network],
        genomes: Sequence[Genome],
        decoder: Decoder,
        teach: Callable[[np.ndarray], np.ndarray],
        window_ms: float,
    ) -> None:
        values = rule.values(genomes)
        self.numbers = rule.plastic(networks[0])
        self._critic: Critic = create("learning.critic", CRITICS, rule.critic, decoder=decoder, teach=teach)
        self._critic.start(len(networks))
        self._plastic = [PlasticProjection(rule, values, networks, number, window_ms) for number in self.numbers]
        self._rule = rule
        self._simulator: Simulator | None = None

    @property
    def populations(self) -> tuple[str, ...]:
        """Those whose spikes it wants to see."""
        return tuple(dict.fromkeys(name for p in self._plastic for name in p.ends))

    def attach(self, simulator: Simulator) -> None:
        """Learn in this simulator, which was built with the networks, for these `populations`, and sets weights."""
        self._simulator = simulator

    def learn(
        self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, counts: np.ndarray, step: Step
    ) -> None:
        """Learn from one window of the running elements."""
        assert self._simulator is not None
        spikes = self._simulator.window_spikes()
        verdict = self._critic.judge(active, observations, actions, step)
        ended = active[step.ended]
        for projection in self._plastic:
            projection.mark(spikes, active)
            weight_pa = projection.reinforce(active, verdict)
            self._simulator.set_weights_pa(projection.number, weight_pa, active)
            if self._rule.reset_eligibility and ended.size:
                projection.forget(ended)

    def weights_pa(self, element: int, network: Network) -> list[np.ndarray]:
        """Return the weights that an element has learned, one array a projection of its network."""
        learned = dict(zip(self.numbers, self._plastic, strict=True))
        return [
            learned[k].learned_pa[element] if k in learned else np.asarray(p.weight_pa)
            for k, p in enumerate(network.projections)
        ]
