"""One plastic synapse whose two neurons spike when they are told to, in a simulator."""

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
"""Grid, the report's dt; also the delay of all synapses."""

FIRST_STEP = 3
"""Earliest arrival: a source emits at the end of step 1, the target one delay later, and another brings it back."""

_THRESHOLD_MV, _STRONG_MV = 1e6, 1e8
"""No weight of the plastic synapse reaches the threshold, and every spike of the sources exceeds it."""


@dataclass(frozen=True)
class PairedSpikes:
    """A synapse, and the spikes of its neurons.

    Parameters
    ----------
    rule : PairRule
    weight : float
        Initial weight, from 0 to ``rule.w_max``.
    pre_step : int array, shape (n_pre,)
        Grid steps at whose end the source spikes, from ``FIRST_STEP`` up, ascending, none twice.
    arrival_step : int array, shape (n_post,)
        Grid steps at whose end spikes of the target reach the synapse, one step after they are emitted; likewise.

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

        The neurons are ``iaf_psc_delta``, which spike in the step in which a strong enough spike arrives and remember
        nothing of it. NEST's ``parrot_neuron`` does as much and is not in the compiled simulator.
        """
        neuron = {"V_th": _THRESHOLD_MV, "t_ref": 0.0, "tau_minus": self.rule.tau_minus_ms}
        populations = (
            Population("source", 2, SPIKE_SOURCE),
            Population("pre", 1, "iaf_psc_delta", neuron),
            Population("post", 1, "iaf_psc_delta", neuron),
        )
        one, delay = np.zeros(1, np.int64), np.full(1, RESOLUTION_MS)
        strong = (
            Projection("source", name, one + k, one, np.full(1, _STRONG_MV), delay)
            for k, name in enumerate(("pre", "post"))
        )
        weight = np.full(1, float(self.weight))
        plastic = Projection("pre", "post", one, one, weight, delay, STDP, self.rule.parameters)
        return Network(populations, (*strong, plastic), "source", "post", RESOLUTION_MS)

    def source_spikes(self, end_step: int) -> tuple[np.ndarray, np.ndarray]:
        """Return which source emits at which step, up to `end_step`; two arrays, sorted by source."""
        step = np.concatenate([np.asarray(self.pre_step) - 1, np.asarray(self.arrival_step) - 2]).astype(np.int64)
        source = np.repeat([0, 1], [len(self.pre_step), len(self.arrival_step)])
        return source[step <= end_step], step[step <= end_step]


def simulated_weights(pairs: Sequence[PairedSpikes], steps: Sequence[int], simulator: str = "nest") -> np.ndarray:
    """Return the weights after the source's spikes up to each of some steps, shape (n_pairs, len(steps)).

    A ``stdp_synapse`` learns when its source spikes, from all that happened since its last spike: later spikes of the
    target are not in yet.

    Parameters
    ----------
    pairs : sequence of PairedSpikes
        They run side by side, as a batch.
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
        raise SimulatorError(f"steps are {list(steps)}; expected ascending ones, from 1 up.")
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
    """Return what the sources of all pairs emit in the window after `start` until `end`."""
    given = [p.source_spikes(end) for p in pairs]
    row = np.repeat(np.arange(len(pairs)), [len(step) for _, step in given])
    source, step = (np.concatenate(parts) for parts in zip(*given, strict=True))
    now = step > start
    return SpikeTrains(row[now], source[now], step[now] - start, len(pairs))
