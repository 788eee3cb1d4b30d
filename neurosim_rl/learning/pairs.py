"""Pairs of presynaptic and postsynaptic spikes: traces of neurons and eligibility of synapses, for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.bridge.elementary import exponential, logarithm
from neurosim_rl.compilation import compiled
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.projection import Projection
from neurosim_rl.records.spikes import Spikes

FORGOTTEN = 1e-6
"""A trace that has decayed below this counts as 0."""
NEVER = -(10**9)
"""Step of the last spike of a neuron that has not spiked."""


class Pairs:
    """Eligibility of the synapses of one projection, from pairs of spikes.

    Each spike adds a trace of 1 to its neuron, and traces decay. So every pair of spikes counts: all-to-all pairing
    with two traces (Morrison, Diesmann & Gerstner 2008, Biol. Cybern. 98:459). A spike of the target neuron adds
    ``a_plus`` times the trace of the source to the eligibility of a synapse. A spike of the source neuron subtracts
    ``a_minus`` times the trace of the target. Two spikes in the same step are no pair. Delays of synapses are ignored:
    only the times of the two spikes count.

    Parameters
    ----------
    networks : sequence of Network
        Network of each element; all have the same sizes, wiring may differ.
    projection : int
        Index of the projection in each network.
    tau_plus_ms, tau_minus_ms : array, shape (n_batch,)
        Time constants of the traces of source and target neurons.
    a_plus, a_minus : array, shape (n_batch,)

    Attributes
    ----------
    eligibility : array, shape (n_batch, n_synapses)
        Sum over pairs. It does not decay here: `PlasticProjection` lets it decay after each window.
    pre, post : int array, shape (n_batch, n_synapses)
        Source and target neuron of each synapse, counted within their populations.
    """

    def __init__(
        self,
        networks: Sequence[Network],
        projection: int,
        *,
        tau_plus_ms: np.ndarray,
        tau_minus_ms: np.ndarray,
        a_plus: np.ndarray,
        a_minus: np.ndarray,
    ) -> None:
        first = networks[0]
        source, target = first.projections[projection].source, first.projections[projection].target
        self._ends = (
            first.first_neuron[source],
            first.population(source).size,
            first.first_neuron[target],
            first.population(target).size,
        )
        self._wiring, structure = _Wiring.of(networks, projection)
        self._structure_of = structure
        self.pre, self.post = self._wiring.pre[structure], self._wiring.post[structure]
        n_batch = len(networks)
        self._decay_plus = _powers(tau_plus_ms, first.resolution_ms)
        self._decay_minus = _powers(tau_minus_ms, first.resolution_ms)
        self._size = (np.asarray(a_plus, np.float64), np.asarray(a_minus, np.float64))
        self._pre_trace, self._pre_step = np.zeros((n_batch, self._ends[1])), np.full((n_batch, self._ends[1]), NEVER)
        self._post_trace, self._post_step = np.zeros((n_batch, self._ends[3])), np.full((n_batch, self._ends[3]), NEVER)
        self.eligibility = np.zeros(self.post.shape)

    def add(self, spikes: Spikes) -> None:
        """Add the spikes of a window; spikes of other populations are ignored."""
        _add(
            (spikes.element, spikes.neuron, spikes.step),
            self._ends,
            self._structure_of,
            self._wiring.arrays,
            (self._decay_plus, self._decay_minus),
            self._size,
            (self._pre_trace, self._pre_step, self._post_trace, self._post_step),
            self.eligibility,
        )


@dataclass(frozen=True)
class _Wiring:
    """Synapses of each different wiring in a batch, sorted by source and by target; the first axis is the wiring.

    Networks of one model usually share their arrays `pre` and `post`, so a batch has few different wirings.
    """

    pre: np.ndarray
    post: np.ndarray
    of_pre: np.ndarray
    of_pre_start: np.ndarray
    of_post: np.ndarray
    of_post_start: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """All arrays in the order of the compiled function."""
        return self.pre, self.post, self.of_pre, self.of_pre_start, self.of_post, self.of_post_start

    @classmethod
    def of(cls, networks: Sequence[Network], projection: int) -> tuple[_Wiring, np.ndarray]:
        """Return the wirings of a batch, and the index of the wiring of each element, shape (n_batch,)."""
        numbers: dict[tuple[int, int], int] = {}
        wired: list[Projection] = []
        structure_of = np.zeros(len(networks), np.int64)
        for element, network in enumerate(networks):
            p = network.projections[projection]
            key = id(p.pre), id(p.post)
            if key not in numbers:
                numbers[key] = len(wired)
                wired.append(p)
            structure_of[element] = numbers[key]
        n_source = networks[0].population(wired[0].source).size
        n_target = networks[0].population(wired[0].target).size
        pre = np.stack([p.pre for p in wired]).astype(np.int64)
        post = np.stack([p.post for p in wired]).astype(np.int64)
        return cls(pre, post, *_sorted_by(pre, n_source), *_sorted_by(post, n_target)), structure_of


def _sorted_by(ends: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return synapses sorted by one end, and the position of the first synapse of each neuron.

    The positions have shape (n_wirings, n + 1): the synapses of neuron k lie between positions k and k + 1.
    """
    order = np.argsort(ends, axis=1, kind="stable")
    starts = []
    for row, row_order in zip(ends, order, strict=True):
        starts.append(np.searchsorted(row[row_order], np.arange(n + 1)))
    return order, np.stack(starts)


def _powers(tau_ms: np.ndarray, resolution_ms: float) -> np.ndarray:
    """Return the decay of a trace after 0, 1, ... steps until it is negligible, shape (n_batch, n_steps)."""
    tau_ms = np.asarray(tau_ms, np.float64)
    n_steps = int(np.ceil(-logarithm(FORGOTTEN) * tau_ms.max() / resolution_ms)) + 1
    # One factor is rounded to 15 digits, and all powers are products of it.
    factor = np.round(exponential(-resolution_ms / tau_ms), 15)
    steps = np.repeat(factor[:, None], n_steps, axis=1)
    steps[:, 0] = 1.0
    return np.cumprod(steps, axis=1)


@compiled
def _add(spikes, ends, structure_of, wiring, decays, sizes, traces, eligibility):  # type: ignore[no-untyped-def]
    """Add pairs to the eligibility, and spikes to the traces; spikes are sorted by element and step.

    A trace is stored as of the last spike of its neuron, with that step: its present value is the stored value times
    the power of the decay for the steps since. So a neuron without spikes costs nothing.
    """
    element, neuron, step = spikes
    first_pre, n_pre, first_post, n_post = ends
    pre, post, of_pre, of_pre_start, of_post, of_post_start = wiring
    decay_plus, decay_minus = decays
    a_plus, a_minus = sizes
    pre_trace, pre_step, post_trace, post_step = traces
    n_powers_plus, n_powers_minus = decay_plus.shape[1], decay_minus.shape[1]
    start = 0
    while start < len(step):
        b, t = element[start], step[start]
        end = start
        while end < len(step) and element[end] == b and step[end] == t:
            end += 1
        w = structure_of[b]
        # First all pairs of this step with earlier spikes, then the traces of this step: so two spikes in the same step
        # are no pair. A population may be source and target at once, so each spike is looked up at both ends.
        for k in range(start, end):
            i = neuron[k] - first_pre
            if 0 <= i < n_pre:
                for q in range(of_pre_start[w, i], of_pre_start[w, i + 1]):
                    s = of_pre[w, q]
                    j = post[w, s]
                    age = t - post_step[b, j]
                    if age < n_powers_minus:
                        eligibility[b, s] -= a_minus[b] * post_trace[b, j] * decay_minus[b, age]
            j = neuron[k] - first_post
            if 0 <= j < n_post:
                for q in range(of_post_start[w, j], of_post_start[w, j + 1]):
                    s = of_post[w, q]
                    i = pre[w, s]
                    age = t - pre_step[b, i]
                    if age < n_powers_plus:
                        eligibility[b, s] += a_plus[b] * pre_trace[b, i] * decay_plus[b, age]
        for k in range(start, end):
            i = neuron[k] - first_pre
            if 0 <= i < n_pre:
                age = t - pre_step[b, i]
                pre_trace[b, i] = (pre_trace[b, i] * decay_plus[b, age] if age < n_powers_plus else 0.0) + 1.0
                pre_step[b, i] = t
            j = neuron[k] - first_post
            if 0 <= j < n_post:
                age = t - post_step[b, j]
                post_trace[b, j] = (post_trace[b, j] * decay_minus[b, age] if age < n_powers_minus else 0.0) + 1.0
                post_step[b, j] = t
        start = end
