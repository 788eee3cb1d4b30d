"""The learning rule: food strengthens synapses that were just used, and hunger weakens them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import neurosim_rl as nrl
from neurosim_rl.learning import FACTOR, LearningBatch, LearningWindow, PlasticityRule, PlasticLearner


class RewardLearner(PlasticLearner):
    """A trace of coincident spikes for each synapse, and the reward that it is multiplied with."""

    def __init__(self, rule: Reward, batch: LearningBatch) -> None:
        super().__init__(rule, batch)
        self.decay, self.cost, self.limit = rule.decay, rule.cost, rule.limit
        self.traces = [np.zeros_like(projection.weight_pa) for projection in self.projections]

    def update(self, window: LearningWindow) -> None:
        """Change weights in proportion to trace, reward and weight: conductances stay positive."""
        active = window.active
        change = self.values["rate"][active] * (window.rewards - self.cost)
        for projection, trace in zip(self.projections, self.traces, strict=True):
            before = projection.at_sources(window.counts_of(projection.source), active)
            after = projection.at_targets(window.counts_of(projection.target), active)
            trace[active] = self.decay * trace[active] + np.minimum(before * after, 1)
            weight = projection.weight_pa[active]
            moved = weight * (1.0 + change[:, None] * trace[active])
            self.set_weights(projection, active, np.clip(moved, -self.limit, self.limit))


@nrl.register("rule", "forager-reward")
@dataclass(frozen=True)
class Reward(PlasticityRule):
    """Hebbian plasticity with a trace, modulated by the reward."""

    evolvable = {"rate": FACTOR}
    rate: float = nrl.option(0.02, "relative change of a weight for a trace of 1 and a reward of 1", low=0, high=0.1)
    cost: float = nrl.option(0.1, "reward from which weights grow: without food they shrink", low=0)
    decay: float = nrl.option(0.5, "factor of the trace from window to window", low=0, high=0.99)
    limit: float = nrl.option(5000.0, "largest absolute weight, in the unit of the network's", low=1e-9)

    def start(self, batch: LearningBatch) -> RewardLearner:
        """Return the learner of a batch of trials."""
        return RewardLearner(self, batch)
