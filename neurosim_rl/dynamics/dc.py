"""Two neurons in NEST: a constant current drives one, whose spikes reach the other (Labady 2023, section 3.1)."""

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
    """What is simulated; the report's amplitude, weight and grid, and NEST's default neuron and delay.

    Parameters
    ----------
    current_pa : float
        Into the driven neuron, from time 0 on.
    weight_pa : float
        Of the synapse from the driven neuron to the target.
    delay_ms : float
        Of that synapse, a multiple of the resolution.
    duration_ms : float
        The report names none.
    resolution_ms : float
        Grid of the simulation, and interval of the recording.
    membrane : Membrane
        Of both neurons; its refractory period is a multiple of the resolution.

    Raises
    ------
    ConfigurationError
        For a value that is not finite, a duration or a resolution that is not above 0, and a refractory period off the
        grid, which a simulator would round.
    """

    current_pa: float = 500.0
    weight_pa: float = 1000.0
    delay_ms: float = 1.0
    duration_ms: float = 100.0
    resolution_ms: float = 0.1
    membrane: Membrane = field(default_factory=Membrane)

    def __post_init__(self) -> None:
        """Check ranges and the refractory period; the network and the simulator check whether times fit the grid."""
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
    """What was recorded, and how far it is from the closed forms.

    Parameters
    ----------
    protocol : DcProtocol
    simulator : str
    time_ms : array, shape (n_times,)
        Ends of the grid steps.
    v_mv : array, shape (2, n_times)
        Membranes of the driven neuron and the target.
    spike_step : tuple of two int arrays, shapes (n_spikes,)
        Grid steps at whose end each of the two spiked.
    """

    protocol: DcProtocol
    simulator: str
    time_ms: np.ndarray
    v_mv: np.ndarray
    spike_step: tuple[np.ndarray, np.ndarray]

    def spikes_ms(self, neuron: int) -> np.ndarray:
        """Return the spike times of ``DRIVEN`` or ``TARGET``, shape (n_spikes,)."""
        # Without rounding 139 steps of 0.1 ms would print as 13.900000000000002 ms.
        return np.round(self.spike_step[neuron] * self.protocol.resolution_ms, 6)

    @property
    def interval_ms(self) -> float | None:
        """Mean interval between spikes of the driven neuron; None with fewer than two spikes."""
        spikes_ms = self.spikes_ms(DRIVEN)
        return float(np.mean(np.diff(spikes_ms))) if len(spikes_ms) > 1 else None

    @property
    def driven_distance_mv(self) -> float:
        """Largest distance of the driven neuron's membrane from the closed form, between all of its spikes.

        Each refractory period ends on the grid, at a time that is known exactly, and so the closed form holds at every
        grid point: ``R I (1 - exp(-t / tau_m))`` from there, and the resting potential before.
        """
        p = self.protocol
        step = np.arange(1, len(self.time_ms) + 1)
        released = np.concatenate([[0], self.spike_step[DRIVEN] + round(p.membrane.t_ref_ms / p.resolution_ms)])
        latest = released[np.searchsorted(self.spike_step[DRIVEN], step, side="right")]
        expected = p.membrane.charging_mv((step - latest) * p.resolution_ms, p.current_pa)
        return float(np.max(np.abs(self.v_mv[DRIVEN] - p.membrane.e_l_mv - expected)))

    @property
    def target_distance_mv(self) -> float:
        """Largest distance of the target's membrane from the sum of its postsynaptic potentials, up to its first spike.

        Later the reset enters, in which part of the potentials is lost.
        """
        p = self.protocol
        n = int(self.spike_step[TARGET][0]) - 1 if len(self.spike_step[TARGET]) else len(self.time_ms)
        arrival_ms = self.spike_step[DRIVEN] * p.resolution_ms + p.delay_ms
        since_ms = self.time_ms[:n, None] - arrival_ms
        expected = p.membrane.response_mv(since_ms, p.weight_pa).sum(axis=1)
        return float(np.max(np.abs(self.v_mv[TARGET, :n] - p.membrane.e_l_mv - expected)))


def run_dc(protocol: DcProtocol | None = None, simulator: str = "nest") -> DcRecord:
    """Simulate two neurons and record membranes and spikes.

    The current is the driven neuron's ``I_e``. That of a ``dc_generator`` would arrive its delay later, 1 ms by
    default, and shift everything by that.

    Parameters
    ----------
    protocol : DcProtocol or None
        None: the report's.
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
        drive = Currents(np.full((1, 1), protocol.current_pa))
        opened.advance(drive, protocol.duration_ms, one)
        opened.advance(drive, protocol.delay_ms, one)  # NEST gives the membranes of the last slice with the next
        spikes, membranes = opened.spikes(), opened.membranes()
    n = round(protocol.duration_ms / protocol.resolution_ms)
    steps = [spikes.step[(spikes.neuron == k) & (spikes.step <= n)] for k in (DRIVEN, TARGET)]
    return DcRecord(protocol, simulator, membranes.time_ms[:n], membranes.v_mv[0, :, :n], (steps[0], steps[1]))
