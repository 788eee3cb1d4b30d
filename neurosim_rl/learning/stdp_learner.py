"""Learner of reward-modulated STDP: after each window, spikes and rewards change the weights of a batch."""

from __future__ import annotations

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning.critics import Critic, Verdict
from neurosim_rl.learning.learner import LearningBatch, PlasticLearner
from neurosim_rl.learning.stdp_options import STDPOptions
from neurosim_rl.learning.stdp_projection import STDPProjection
from neurosim_rl.learning.window import LearningWindow
from neurosim_rl.networks.network import Network


class STDPLearner(PlasticLearner):
    """Applies reward-modulated STDP to the networks of a simulator.

    Parameters
    ----------
    rule : STDPOptions
    batch : LearningBatch
    """

    def __init__(self, rule: STDPOptions, batch: LearningBatch) -> None:
        self._rule = rule
        self._plastic: list[STDPProjection] = []
        super().__init__(rule, batch)
        self._critic: Critic = rule.critic.create(decoder=batch.decoder, teach=batch.teach)
        self._critic.start(self.n_batch)
        self._verdict = Verdict(np.zeros(0), np.zeros((0, 0)))
        self._output = _only_output(batch.networks[0])
        self._backwards = self._towards_input() if rule.hidden_credit == "feedback" else []

    def plastic_projection(self, number: int) -> STDPProjection:
        """Return a projection that keeps the eligibility of its synapses."""
        projection = STDPProjection(self._rule, self.values, self.batch.networks, number, self.batch.window_ms)
        self._plastic.append(projection)
        return projection

    def update(self, window: LearningWindow) -> None:
        """Add the window's pairs to the eligibility, and turn eligibility into weights by the critic's reward."""
        active = window.active
        self._verdict = self._critic.assess(active, window.observations, window.actions, window.step)
        for projection, credit in zip(self._plastic, self._credits(active, self._verdict), strict=True):
            projection.update_eligibility(window.spikes, active)
            self.set_weights(projection, active, projection.reinforce(active, credit))

    def reward(self, window: LearningWindow) -> np.ndarray:
        """Return the critic's reward of the whole network."""
        return self._verdict.overall

    def end_episodes(self, elements: np.ndarray) -> None:
        """Set eligibility to 0, unless the rule keeps it."""
        if self._rule.reset_eligibility:
            for projection in self._plastic:
                projection.reset_eligibility(elements)

    def _towards_input(self) -> list[STDPProjection]:
        """Return the projections that carry credit back to hidden populations, beginning at the output.

        A breadth-first search from the output against the direction of projections; each population gets its credit
        through the first projection found.
        """
        found: dict[str, STDPProjection] = {}
        reached = [self._output]
        for target in reached:  # the list grows during the search
            for projection in self._plastic:
                if projection.target == target and projection.source not in reached:
                    found[projection.source] = projection
                    reached.append(projection.source)
        for projection in self._plastic:
            name = projection.target
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
            carried = projection.feedback(active, credit[projection.target])
            credit[projection.source] = self._rule.hidden_reward * carried
        overall = self._rule.hidden_reward * verdict.overall[:, None]
        return [credit.get(p.target, overall) for p in self._plastic]


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
