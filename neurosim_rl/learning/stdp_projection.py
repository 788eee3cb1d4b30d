"""One projection with reward-modulated STDP: eligibility, weight changes and bounds of its synapses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from neurosim_rl.bridge.elementary import exponential
from neurosim_rl.learning.pairs import Pairs
from neurosim_rl.learning.plastic_projection import PlasticProjection
from neurosim_rl.learning.stdp_options import STDPOptions
from neurosim_rl.networks.network import Network
from neurosim_rl.records.spikes import Spikes


class STDPProjection(PlasticProjection):
    """Reward-modulated STDP of the synapses of one projection; the equations are those of `RewardModulatedSTDP`.

    Parameters
    ----------
    rule : STDPOptions
    values : mapping of str to array, shape (n_batch,)
        Parameters of the rule for each element.
    networks : sequence of Network
        Network of each element; all have the same sizes.
    number : int
        Index of the projection in each network.
    window_ms : float
    """

    def __init__(
        self,
        rule: STDPOptions,
        values: Mapping[str, np.ndarray],
        networks: Sequence[Network],
        number: int,
        window_ms: float,
    ) -> None:
        super().__init__(networks, number)
        self._rule = rule
        self._pairs = Pairs(
            networks,
            number,
            tau_plus_ms=values["tau_plus_ms"],
            tau_minus_ms=values["tau_minus_ms"],
            a_plus=values["a_plus"],
            a_minus=values["a_minus"],
        )
        self.eligibility = self._pairs.eligibility  # the same array: both names change together
        self._sum_pa = np.zeros(self.weight_pa.shape if rule.average else (0, 0))
        self._low, self._high = self._bounds(values)
        self._step_pa = values["learning_rate"] * values["w_max_pa"]
        self._decay: np.ndarray = np.zeros(len(networks))
        tau_ms = values["tau_eligibility_ms"]
        if tau_ms.all():
            self._decay = np.round(exponential(-window_ms / tau_ms), 15)
        self._n_windows = np.zeros(len(networks), np.int64)
        self._normalise_every = values["normalise_every"].astype(np.int64)
        self._first_sums = self._incoming(np.arange(len(networks)))

    def _bounds(self, values: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and the highest weight of each synapse in pA, shape (n_batch, n_synapses) each."""
        w_max = values["w_max_pa"][:, None]
        if not self._rule.keep_sign:
            return np.broadcast_to(-w_max, self.weight_pa.shape), np.broadcast_to(w_max, self.weight_pa.shape)
        # A genome may hold a smallest size above the largest; then both are the largest.
        w_min = np.minimum(values["w_min_pa"][:, None], w_max)
        inhibitory = self.weight_pa < 0
        return np.where(inhibitory, -w_max, w_min), np.where(inhibitory, -w_min, w_max)

    def update_eligibility(self, spikes: Spikes, active: np.ndarray) -> None:
        """Let eligibility decay by one window, then add the pairs of the window's spikes."""
        self.eligibility[active] *= self._decay[active, None]
        self._pairs.add(spikes)

    def feedback(self, active: np.ndarray, credit: np.ndarray) -> np.ndarray:
        """Return the credit of the target neurons, carried back through the weights, shape (n_rows, n_source).

        The scale: a source neuron with the mean total weight gets 1 if all its targets have credit 1.
        """
        weight, post = self.weight_pa[active], self.post[active]
        weighted = weight * np.take_along_axis(credit, post, axis=1)
        # Number the source neurons of all rows through; bincount adds in the order of synapses, always the same.
        cells = np.arange(len(active))[:, None] * self.n_pre + self.pre[active]
        sums = np.bincount(cells.ravel(), weighted.ravel(), len(active) * self.n_pre)
        mean_pa = np.abs(weight).sum(axis=1, keepdims=True) / self.n_pre
        return sums.reshape(len(active), self.n_pre) / np.maximum(mean_pa, 1e-9)

    def reinforce(self, active: np.ndarray, credit: np.ndarray) -> np.ndarray:
        """Change the weights of the running elements; return the new weights, shape (n_rows, n_synapses).

        Parameters
        ----------
        active : int array, shape (n_rows,)
        credit : array, shape (n_rows, n_target) or (n_rows, 1)
            Reward of each target neuron, or one reward for all.
        """
        reward = credit
        if credit.shape[1] > 1:
            reward = np.take_along_axis(credit, self.post[active], axis=1)
        change = self._step_pa[active, None] * reward * self.eligibility[active]
        weight, low, high = self.weight_pa[active], self._low[active], self._high[active]
        if self._rule.soft_bounds:
            # g in the rule: the distance to the bound in the direction of the change, relative to the whole range.
            distance = np.where(change > 0, high - weight, weight - low)
            change *= distance / np.maximum(high - low, 1e-9)
        self.weight_pa[active] = np.clip(weight + change, low, high)
        self._normalise(active)
        if self._rule.average:
            self._sum_pa[active] += self.weight_pa[active]
        return self.weight_pa[active]

    @property
    def learned_pa(self) -> np.ndarray:
        """Learned weights of each element, shape (n_batch, n_synapses): the last ones, or their mean over windows."""
        if not self._rule.average:
            return self.weight_pa
        return self._sum_pa / self._n_windows[:, None]

    def reset_eligibility(self, elements: np.ndarray) -> None:
        """Set the eligibility of some elements to 0."""
        self.eligibility[elements] = 0.0

    def _normalise(self, active: np.ndarray) -> None:
        """Scale the weights onto each neuron to their first sum, in elements that are due after this window."""
        self._n_windows[active] += 1
        every = self._normalise_every[active]
        is_due = (every > 0) & (self._n_windows[active] % np.maximum(every, 1) == 0)
        due = active[is_due]
        if not due.size:
            return
        sums = self._incoming(due)
        factor = np.divide(self._first_sums[due], sums, out=np.ones_like(sums), where=sums > 0)
        scaled = self.weight_pa[due] * np.take_along_axis(factor, self.post[due], axis=1)
        self.weight_pa[due] = np.clip(scaled, self._low[due], self._high[due])

    def _incoming(self, elements: np.ndarray) -> np.ndarray:
        """Return the sum of the absolute weights onto each target neuron, shape (n_rows, n_post)."""
        cells = np.arange(len(elements))[:, None] * self.n_post + self.post[elements]
        sizes = np.abs(self.weight_pa[elements])
        sums = np.bincount(cells.ravel(), sizes.ravel(), minlength=len(elements) * self.n_post)
        return sums.reshape(len(elements), self.n_post)
