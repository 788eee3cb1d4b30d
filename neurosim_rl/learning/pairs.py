"""Pairs of spikes before and behind a synapse, for a whole batch: traces of neurons, eligibility of synapses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.projection import Projection
from neurosim_rl.records.spikes import Spikes

FORGOTTEN = 1e-6
"""A trace that has decayed to this counts nothing any more."""
NEVER = -(10**9)


class Pairs:
    """What pairs of spikes say about the synapses of one projection.

    Each spike leaves a trace of 1 in its neuron, which decays; traces add up, so every pair of spikes counts. A spike
    of the target changes the eligibility of its synapses by ``a_plus`` times the trace of their source, one of the
    source by ``-a_minus`` times the trace of their target; two in the same step are no pair. The delay of a synapse is
    not counted: what matters is when the two neurons spiked.

    Parameters
    ----------
    networks : sequence of Network
        One for each element, of the same sizes; wiring may differ.
    projection : int
        Which of their projections.
    tau_plus_ms, tau_minus_ms : array, shape (n_batch,)
        Decay of the traces of source and target.
    a_plus, a_minus : array, shape (n_batch,)

    Attributes
    ----------
    eligibility : array, shape (n_batch, n_synapses)
        Sum over pairs; whoever uses it lets it decay.
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
        """Add a window's spikes; those of other populations do not matter."""
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
    """Synapses of each different structure, sorted by source and by target; first axis: the structure."""

    pre: np.ndarray
    post: np.ndarray
    of_pre: np.ndarray
    of_pre_start: np.ndarray
    of_post: np.ndarray
    of_post_start: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """All of them, as the kernel takes them."""
        return self.pre, self.post, self.of_pre, self.of_pre_start, self.of_post, self.of_post_start

    @classmethod
    def of(cls, networks: Sequence[Network], projection: int) -> tuple[_Wiring, np.ndarray]:
        """Return the wirings of a batch, and which of them each element has, shape (n_batch,)."""
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
    """Return synapses sorted by one end, and where each neuron's begin, shape (n_structures, n + 1)."""
    order = np.argsort(ends, axis=1, kind="stable")
    starts = [np.searchsorted(row[o], np.arange(n + 1)) for row, o in zip(ends, order, strict=True)]
    return order, np.stack(starts)


def _powers(tau_ms: np.ndarray, resolution_ms: float) -> np.ndarray:
    """Return what is left of a trace after 0, 1, ... steps until it is forgotten, shape (n_batch, n_steps).

    Powers by multiplication, of a factor rounded to 15 digits: the last bit of an exponential differs between
    processors.
    """
    tau_ms = np.asarray(tau_ms, np.float64)
    n_steps = int(np.ceil(-np.log(FORGOTTEN) * tau_ms.max() / resolution_ms)) + 1
    factor = np.round(np.exp(-resolution_ms / tau_ms), 15)
    steps = np.repeat(factor[:, None], n_steps, axis=1)
    steps[:, 0] = 1.0
    return np.cumprod(steps, axis=1)


@compiled
def _add(spikes, ends, structure_of, wiring, decays, sizes, traces, eligibility):  # type: ignore[no-untyped-def]
    """Go through spikes sorted by element and step; all pairs of a step first, then its traces."""
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
