"""Two neurons in NEST: a constant current drives one neuron, and its spikes reach the other (Labady 2023, 3.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.bridge.drive import Currents
from neurosim_rl.dynamics.membrane import Membrane
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.simulators import create_simulator

DRIVEN, TARGET = 0, 1
"""Rows of the recorded membranes."""


@dataclass(frozen=True)
class DcProtocol:
    """Protocol: amplitude, weight and grid of Labady 2023, with NEST's default neuron and delay.

    Parameters
    ----------
    current_pa : float
        Current into the driven neuron from time 0.
    weight_pa : float
        Weight of the synapse from the driven neuron to the target.
    delay_ms : float
        Delay of that synapse, a multiple of the resolution.
    duration_ms : float
        Duration of the simulation; Labady 2023 gives none.
    resolution_ms : float
        Time step of the simulation, and interval of the recording.
    membrane : Membrane
        Membrane of both neurons; its refractory period is a multiple of the resolution.

    Raises
    ------
    ConfigurationError
        For a value that is not finite, a time that is not above 0, and a refractory period that is no multiple of the
        resolution, which a simulator would round.
    """

    current_pa: float = 500.0
    weight_pa: float = 1000.0
    delay_ms: float = 1.0
    duration_ms: float = 100.0
    resolution_ms: float = 0.1
    membrane: Membrane = field(default_factory=Membrane)

    def __post_init__(self) -> None:
        """Check ranges and the refractory period; network and simulator check the other times against the grid."""
        for name in ("current_pa", "weight_pa"):
            if not math.isfinite(getattr(self, name)):
                raise ConfigurationError(f"DcProtocol.{name} is {getattr(self, name)}; expected a finite value.")
        for name in ("delay_ms", "duration_ms", "resolution_ms"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigurationError(f"DcProtocol.{name} is {getattr(self, name)}; expected a finite time above 0.")
        steps = self.membrane.t_ref_ms / self.resolution_ms
        if abs(steps - round(steps)) > 1e-6:
            raise ConfigurationError(
                f"Membrane.t_ref_ms is {self.membrane.t_ref_ms:g}; expected a multiple of the resolution, "
                f"{self.resolution_ms:g} ms."
            )

    @property
    def network(self) -> Network:
        """The driven neuron, the target, and their synapse."""
        return Network(
            (
                Population("driven", 1, parameters=self.membrane.parameters),
                Population("target", 1, parameters=self.membrane.parameters),
            ),
            (Projection.all_to_all("driven", "target", np.full((1, 1), self.weight_pa), self.delay_ms),),
            "driven",
            "target",
            self.resolution_ms,
        )


@dataclass(frozen=True)
class DcRecord:
    """Recorded membranes and spikes, and their distances from the closed forms.

    Parameters
    ----------
    protocol : DcProtocol
    simulator : str
    time_ms : array, shape (n_times,)
        Ends of the grid steps.
    v_mv : array, shape (2, n_times)
        Membranes of the driven neuron and the target.
    spike_step : tuple of two int arrays, shapes (n_spikes,)
        Spikes of each of the two neurons; a spike of step k is at the end of step k.
    """

    protocol: DcProtocol
    simulator: str
    time_ms: np.ndarray
    v_mv: np.ndarray
    spike_step: tuple[np.ndarray, np.ndarray]

    def spikes_ms(self, neuron: int) -> np.ndarray:
        """Return the spike times of ``DRIVEN`` or ``TARGET``, shape (n_spikes,)."""
        # Without rounding, 139 steps of 0.1 ms would be 13.900000000000002 ms.
        return np.round(self.spike_step[neuron] * self.protocol.resolution_ms, 6)

    @property
    def interval_ms(self) -> float | None:
        """Mean interval between spikes of the driven neuron; None with fewer than two spikes."""
        spikes_ms = self.spikes_ms(DRIVEN)
        return float(np.mean(np.diff(spikes_ms))) if len(spikes_ms) > 1 else None

    def closed_form_mv(self, neuron: int) -> np.ndarray:
        """Return the membrane of ``DRIVEN`` or ``TARGET`` by its closed form in mV, shape (n_times,).

        Driven neuron: each refractory period ends at a grid point. From there ``R I (1 - exp(-t / tau_m))`` holds;
        during the refractory period the membrane has the resting potential. Target: the sum of its postsynaptic
        potentials, and NaN from its first spike on, because the reset discards part of the potentials.
        """
        p = self.protocol
        if neuron == DRIVEN:
            step = np.arange(1, len(self.time_ms) + 1)
            released = np.concatenate([[0], self.spike_step[DRIVEN] + round(p.membrane.t_ref_ms / p.resolution_ms)])
            latest = released[np.searchsorted(self.spike_step[DRIVEN], step, side="right")]
            return p.membrane.e_l_mv + p.membrane.charging_mv((step - latest) * p.resolution_ms, p.current_pa)
        arrival_ms = self.spike_step[DRIVEN] * p.resolution_ms + p.delay_ms
        expected = p.membrane.response_mv(self.time_ms[:, None] - arrival_ms, p.weight_pa).sum(axis=1)
        if len(self.spike_step[TARGET]):
            expected[int(self.spike_step[TARGET][0]) - 1 :] = np.nan
        return p.membrane.e_l_mv + expected

    @property
    def driven_distance_mv(self) -> float:
        """Largest distance of the membrane of the driven neuron from the closed form, in mV."""
        return float(np.max(np.abs(self.v_mv[DRIVEN] - self.closed_form_mv(DRIVEN))))

    @property
    def target_distance_mv(self) -> float:
        """Largest distance of the membrane of the target from the closed form before its first spike, in mV."""
        return float(np.nanmax(np.abs(self.v_mv[TARGET] - self.closed_form_mv(TARGET))))


def run_dc(protocol: DcProtocol | None = None, simulator: str = "nest") -> DcRecord:
    """Simulate two neurons and record membranes and spikes.

    The current is ``I_e`` of the driven neuron. The current of a ``dc_generator`` would arrive after a delay, 1 ms by
    default, and shift all spikes.

    Parameters
    ----------
    protocol : DcProtocol or None
        None: the protocol of Labady 2023.
    simulator : str
        Name of a simulator.

    Raises
    ------
    NetworkError, SimulatorError
        For a delay or a duration that is no multiple of the resolution.
    """
    protocol = protocol or DcProtocol()
    network, one = protocol.network, np.zeros(1, np.int64)
    with create_simulator(simulator) as opened:
        opened.build([network], record_spikes=True, record_membranes=True)
        opened.advance(Currents(np.full((1, 1), protocol.current_pa)), protocol.duration_ms, one)
        spikes, membranes = opened.spikes(), opened.membranes()
    driven, target = (spikes.step[spikes.neuron == neuron] for neuron in (DRIVEN, TARGET))
    return DcRecord(protocol, simulator, membranes.time_ms, membranes.v_mv[0], (driven, target))
