"""Learning in the loop: after each window, spikes and a critic change the weights of a batch."""

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
    """Applies a rule to the networks of a simulator (a :class:`neurosim_rl.loop.rollout.Learner`).

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
    recorder : LearningRecorder or None
        Told what becomes of the first element.
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
        self._output = networks[0].output
        self._backwards = self._towards_input() if rule.hidden_credit == "feedback" else []
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
        verdict = self._critic.assess(active, observations, actions, step)
        ended = active[step.ended]
        for projection, credit in zip(self._plastic, self._credits(active, verdict), strict=True):
            projection.mark(spikes, active)
            weight_pa = projection.reinforce(active, credit)
            self._simulator.set_weights_pa(projection.number, weight_pa, active)
        if self._recorder is not None and active[0] == 0:
            self._recorder.note(verdict, step.ended)
        if self._rule.reset_eligibility and ended.size:
            for projection in self._plastic:
                projection.forget(ended)

    def _towards_input(self) -> list[PlasticProjection]:
        """Return the projections that tell a hidden population its credit, the one onto the output first."""
        found: dict[str, PlasticProjection] = {}
        told = [self._output]
        for target in told:  # which grows
            for projection in self._plastic:
                source = projection.ends[0]
                if projection.ends[1] == target and source not in told:
                    found[source] = projection
                    told.append(source)
        for name in (projection.ends[1] for projection in self._plastic):
            if name not in told:
                raise ConfigurationError(
                    f"learning.hidden_credit = 'feedback' comes through projections that learn, and none goes from "
                    f"{name!r} towards {self._output!r}."
                )
        return list(found.values())

    def _credits(self, active: np.ndarray, verdict: Verdict) -> list[np.ndarray]:
        """Return what the target neurons of each projection get, shape (n_rows, n_target) or (n_rows, 1)."""
        known = {self._output: verdict.outputs}
        for projection in self._backwards:
            source, target = projection.ends
            known[source] = self._rule.hidden_reward * projection.feedback(active, known[target])
        overall = self._rule.hidden_reward * verdict.overall[:, None]
        return [known.get(p.ends[1], overall) for p in self._plastic]

    def weights_pa(self, element: int, network: Network) -> list[np.ndarray]:
        """Return the weights that an element has learned, one array a projection of its network."""
        learned = dict(zip(self.numbers, self._plastic, strict=True))
        return [
            learned[k].learned_pa[element] if k in learned else np.asarray(p.weight_pa)
            for k, p in enumerate(network.projections)
        ]
