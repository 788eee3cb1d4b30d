"""One plastic projection of a batch: its marks, and its weights within their bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning.pairs import Pairs
from neurosim_rl.learning.rule import RewardModulatedSTDP
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.synapses import STATIC
from neurosim_rl.records.spikes import Spikes


class PlasticProjection:
    """Marks, rewards and bounds of one projection.

    Parameters
    ----------
    rule : RewardModulatedSTDP
    values : mapping of str to array, shape (n_batch,)
        The rule's parameters of each element.
    networks : sequence of Network
        One for each element, of the same sizes.
    number : int
        Which of their projections.
    window_ms : float

    Attributes
    ----------
    weight_pa : array, shape (n_batch, n_synapses)
        Present weights.
    pre, post : int array, shape (n_batch, n_synapses)
        Neurons of each synapse, counted within their populations, of which `n_pre` and `n_post` are the sizes.
    """

    def __init__(
        self,
        rule: RewardModulatedSTDP,
        values: Mapping[str, np.ndarray],
        networks: Sequence[Network],
        number: int,
        window_ms: float,
    ) -> None:
        projection = networks[0].projections[number]
        if projection.synapse != STATIC:
            raise ConfigurationError(
                f"{projection.label}: {projection.synapse} has a rule of its own; learning needs {STATIC}."
            )
        if len({n.projections[number].n_synapses for n in networks}) > 1:
            raise ConfigurationError(
                f"{projection.label}: networks of a batch must have equally many plastic synapses."
            )
        self.number, self.ends = number, (projection.source, projection.target)
        self._rule = rule
        pairs = {name: values[name] for name in ("tau_plus_ms", "tau_minus_ms", "a_plus", "a_minus")}
        self._pairs = Pairs(networks, number, **pairs)
        self.pre, self.post = self._pairs.pre, self._pairs.post
        self.weight_pa = np.stack([np.asarray(n.projections[number].weight_pa, np.float64) for n in networks])
        self._sum_pa = np.zeros(self.weight_pa.shape if rule.average else (0, 0))
        inhibitory = self.weight_pa < 0
        w_max = values["w_max_pa"][:, None]
        w_min = np.minimum(values["w_min_pa"][:, None], w_max) if rule.keep_sign else -w_max
        self._low, self._high = np.where(inhibitory, -w_max, w_min), np.where(inhibitory, -w_min, w_max)
        self._step_pa = values["learning_rate"] * values["w_max_pa"]
        tau_ms = values["tau_eligibility_ms"]
        self._keeps = np.round(np.exp(-window_ms / tau_ms), 15) if tau_ms.all() else np.zeros(len(networks))
        self._n_windows = np.zeros(len(networks), np.int64)
        self._normalise_every = values["normalise_every"].astype(np.int64)
        self.n_pre, self.n_post = (networks[0].population(name).size for name in self.ends)
        self._sums = self._incoming(np.arange(len(networks)))

    @property
    def eligibility(self) -> np.ndarray:
        """How each synapse is marked, shape (n_batch, n_synapses)."""
        return self._pairs.eligibility

    def mark(self, spikes: Spikes, active: np.ndarray) -> None:
        """Let marks decay by a window, and add those of its spikes."""
        self._pairs.eligibility[active] *= self._keeps[active, None]
        self._pairs.add(spikes)

    def feedback(self, active: np.ndarray, credit: np.ndarray) -> np.ndarray:
        """Return the credit of the target neurons through their weights, shape (n_rows, n_source).

        Scaled so that a source neuron with the mean total weight, all of it onto neurons of credit 1, gets 1.
        """
        weight, post = self.weight_pa[active], self.post[active]
        cells = np.arange(len(active))[:, None] * self.n_pre + self.pre[active]
        spoken = np.bincount(
            cells.ravel(), (weight * np.take_along_axis(credit, post, axis=1)).ravel(), len(active) * self.n_pre
        )
        mean_pa = np.abs(weight).sum(axis=1, keepdims=True) / self.n_pre
        return spoken.reshape(len(active), self.n_pre) / np.maximum(mean_pa, 1e-9)

    def reinforce(self, active: np.ndarray, credit: np.ndarray) -> np.ndarray:
        """Change the weights of the running elements; return them, shape (n_rows, n_synapses).

        Parameters
        ----------
        active : int array, shape (n_rows,)
        credit : array, shape (n_rows, n_target) or (n_rows, 1)
            Reward of each target neuron, or of all.
        """
        reward = np.take_along_axis(credit, self.post[active], axis=1) if credit.shape[1] > 1 else credit
        change = self._step_pa[active, None] * reward * self._pairs.eligibility[active]
        weight, low, high = self.weight_pa[active], self._low[active], self._high[active]
        if self._rule.soft_bounds:
            change *= np.where(change > 0, high - weight, weight - low) / np.maximum(high - low, 1e-9)
        self.weight_pa[active] = np.clip(weight + change, low, high)
        self._normalise(active)
        if self._rule.average:
            self._sum_pa[active] += self.weight_pa[active]
        return self.weight_pa[active]

    @property
    def learned_pa(self) -> np.ndarray:
        """What each element has learned, shape (n_batch, n_synapses): its weights, or their mean over windows."""
        if not self._rule.average:
            return self.weight_pa
        return self._sum_pa / self._n_windows[:, None]

    def forget(self, elements: np.ndarray) -> None:
        """Wipe the marks of some elements."""
        self._pairs.eligibility[elements] = 0.0

    def _normalise(self, active: np.ndarray) -> None:
        """Scale the weights onto each neuron to their first sum, in elements whose time it is."""
        self._n_windows[active] += 1
        every = self._normalise_every[active]
        due = active[(every > 0) & (self._n_windows[active] % np.maximum(every, 1) == 0)]
        if not due.size:
            return
        sums = self._incoming(due)
        factor = np.divide(self._sums[due], sums, out=np.ones_like(sums), where=sums > 0)
        scaled = self.weight_pa[due] * np.take_along_axis(factor, self.post[due], axis=1)
        self.weight_pa[due] = np.clip(scaled, self._low[due], self._high[due])

    def _incoming(self, elements: np.ndarray) -> np.ndarray:
        """Return the sizes of the weights onto each target neuron, added up, shape (n_rows, n_post)."""
        cells = np.arange(len(elements))[:, None] * self.n_post + self.post[elements]
        sizes = np.abs(self.weight_pa[elements])
        sums = np.bincount(cells.ravel(), sizes.ravel(), minlength=len(elements) * self.n_post)
        return sums.reshape(len(elements), self.n_post)
