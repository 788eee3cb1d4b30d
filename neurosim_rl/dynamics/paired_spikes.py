"""One plastic synapse in a simulator, between two neurons that spike at given times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.bridge.drive import SpikeTrains
from neurosim_rl.dynamics.pair_rule import PairRule
from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.synapses import STDP
from neurosim_rl.simulators import create_simulator

RESOLUTION_MS = 1.0
"""Time step, as in Labady 2023; also the delay of all synapses."""

FIRST_STEP = 3
"""Earliest arrival: a source spikes in step 1, the target one delay later, and one more delay to the synapse."""

_THRESHOLD_MV, _STRONG_MV = 1e6, 1e8
"""The plastic synapse never reaches the threshold; each spike of the sources exceeds it."""


@dataclass(frozen=True)
class PairedSpikes:
    """One synapse and the spikes of its two neurons.

    Parameters
    ----------
    rule : PairRule
    weight : float
        Initial weight, from 0 to ``rule.w_max``.
    pre_step : int array, shape (n_pre,)
        Spikes of the source, in grid steps from ``FIRST_STEP`` up, strictly ascending.
    arrival_step : int array, shape (n_post,)
        Arrivals of the target's spikes at the synapse, one step after the spikes; likewise.

    Raises
    ------
    SimulatorError
        For steps that are out of range or out of order.
    """

    rule: PairRule
    weight: float
    pre_step: np.ndarray
    arrival_step: np.ndarray

    def __post_init__(self) -> None:
        """Check the steps."""
        for name in ("pre_step", "arrival_step"):
            step = np.asarray(getattr(self, name))
            if (step < FIRST_STEP).any() or (np.diff(step) <= 0).any():
                raise SimulatorError(
                    f"PairedSpikes.{name} is {step.tolist()}; expected ascending steps from {FIRST_STEP} up."
                )

    @property
    def network(self) -> Network:
        """Sources, the two neurons, and the plastic synapse (projection 2).

        The neurons are ``iaf_psc_delta``: they spike in the step in which a strong spike arrives, and are at rest after
        it. NEST's ``parrot_neuron`` repeats spikes, too, but the compiled simulator does not have it.
        """
        neuron = {"V_th": _THRESHOLD_MV, "t_ref": 0.0, "tau_minus": self.rule.tau_minus_ms}
        populations = (
            Population("source", 2, SPIKE_SOURCE),
            Population("pre", 1, "iaf_psc_delta", neuron),
            Population("post", 1, "iaf_psc_delta", neuron),
        )
        one, delay = np.zeros(1, np.int64), np.full(1, RESOLUTION_MS)
        strong = np.full(1, _STRONG_MV)
        to_pre = Projection("source", "pre", one, one, strong, delay)
        to_post = Projection("source", "post", one + 1, one, strong, delay)
        weight = np.full(1, float(self.weight))
        plastic = Projection("pre", "post", one, one, weight, delay, STDP, self.rule.parameters)
        return Network(populations, (to_pre, to_post, plastic), "source", "post", RESOLUTION_MS)

    def source_spikes(self, end_step: int) -> tuple[np.ndarray, np.ndarray]:
        """Return source and step of each spike of the sources up to `end_step`; two arrays, sorted by source."""
        step = np.concatenate([np.asarray(self.pre_step) - 1, np.asarray(self.arrival_step) - 2]).astype(np.int64)
        source = np.repeat([0, 1], [len(self.pre_step), len(self.arrival_step)])
        return source[step <= end_step], step[step <= end_step]


def simulated_weights(pairs: Sequence[PairedSpikes], steps: Sequence[int], simulator: str = "nest") -> np.ndarray:
    """Return the weights after the source's spikes up to each of `steps`, shape (n_pairs, len(steps)).

    A ``stdp_synapse`` updates its weight at a spike of its source, from all spikes since the last spike of the source:
    later spikes of the target are not included.

    Parameters
    ----------
    pairs : sequence of PairedSpikes
        Synapses that are simulated as one batch.
    steps : sequence of int
        Ascending, from 1 up.
    simulator : str
        Name of a simulator.

    Raises
    ------
    SimulatorError
        For steps that are not ascending.
    """
    if not steps or steps[0] < 1 or (np.diff(steps) <= 0).any():
        raise SimulatorError(f"steps are {list(steps)}; expected ascending steps from 1 up.")
    active, now = np.arange(len(pairs)), 0
    weights = np.empty((len(pairs), len(steps)))
    with create_simulator(simulator) as opened:
        opened.build([p.network for p in pairs])
        for column, step in enumerate(steps):
            end = step + 1  # a spike is delivered in the slice after it
            opened.advance(_drive(pairs, now, end), (end - now) * RESOLUTION_MS, active)
            weights[:, column] = [element[2][0] for element in opened.weights_pa()]
            now = end
    return weights


def _drive(pairs: Sequence[PairedSpikes], start: int, end: int) -> SpikeTrains:
    """Return the spikes of the sources of all pairs in the window after `start` until `end`."""
    given = [p.source_spikes(end) for p in pairs]
    row = np.repeat(np.arange(len(pairs)), [len(step) for _, step in given])
    source, step = (np.concatenate(parts) for parts in zip(*given, strict=True))
    now = step > start
    return SpikeTrains(row[now], source[now], step[now] - start, len(pairs))
