"""The contract of a simulator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.bridge.drive import Currents, Drive, SpikeTrains
from neurosim_rl.checks import check_shape, first_non_finite
from neurosim_rl.errors import NetworkError, ShapeError, SimulatorError
from neurosim_rl.network import Network


@dataclass(frozen=True)
class Spikes:
    """Recorded spikes of all neurons, as parallel arrays sorted by element, step, neuron.

    Parameters
    ----------
    element : int array, shape (n_spikes,)
        Which network of the batch.
    neuron : int array, shape (n_spikes,)
        Which neuron, counted through the network's populations.
    step : int array, shape (n_spikes,)
        Grid step at whose end the neuron spiked; the first step after ``build`` is 1.
    resolution_ms : float
        Length of a step.
    """

    element: np.ndarray
    neuron: np.ndarray
    step: np.ndarray
    resolution_ms: float

    @classmethod
    def sorted(cls, element: np.ndarray, neuron: np.ndarray, step: np.ndarray, resolution_ms: float) -> Spikes:
        """Return spikes in the canonical order."""
        order = np.lexsort((neuron, step, element))
        return cls(element[order], neuron[order], step[order], resolution_ms)

    @classmethod
    def none(cls, resolution_ms: float) -> Spikes:
        """Return no spikes."""
        empty = np.zeros(0, np.int64)
        return cls(empty, empty, empty, resolution_ms)

    @property
    def time_ms(self) -> np.ndarray:
        """Time of each spike in ms since ``build``, shape (n_spikes,)."""
        return self.step * self.resolution_ms

    def of(self, element: int) -> Spikes:
        """Return the spikes of one element, still numbered as in the batch."""
        mine = self.element == element
        return Spikes(self.element[mine], self.neuron[mine], self.step[mine], self.resolution_ms)

    def __len__(self) -> int:
        """Return the number of spikes."""
        return len(self.step)


@dataclass(frozen=True)
class Membranes:
    """Recorded membrane potentials.

    Parameters
    ----------
    time_ms : array, shape (n_times,)
        Every grid step since ``build``.
    v_mv : array, shape (n_batch, n_neurons, n_times)
        Membrane potential in mV; NaN for spike sources and after an element has ended.
    """

    time_ms: np.ndarray
    v_mv: np.ndarray


class Simulator(ABC):
    """Holds a batch of networks of one layout and advances them together.

    Use it as a context manager, or call :meth:`close`. Time begins at 0 with :meth:`build`; the state of
    every neuron is carried over from window to window.
    """

    networks: Sequence[Network] = ()

    @abstractmethod
    def build(
        self, networks: Sequence[Network], *, record_spikes: bool = False, record_membranes: bool = False
    ) -> None:
        """Replace whatever was there by these networks, at rest, at time 0.

        Parameters
        ----------
        networks : sequence of Network
            One for each element; their populations agree in name, size and model, their projections in source,
            target and synapse model, and so do resolution and smallest delay. Synapses may differ.
        record_spikes, record_membranes : bool
            Whether :meth:`spikes` and :meth:`membranes` will be asked for.
        """

    @abstractmethod
    def advance(self, drive: Drive, window_ms: float, active: np.ndarray) -> np.ndarray:
        """Simulate one window.

        Parameters
        ----------
        drive : Drive
            One row for each running element.
        window_ms : float
            A multiple of the resolution.
        active : int array, shape (n_rows,)
            The running elements, in ascending order. One that is missing has ended: it costs nothing further
            and cannot come back.

        Returns
        -------
        int array, shape (n_rows, n_outputs)
            Spikes of each output neuron within the window.
        """

    @abstractmethod
    def spikes(self) -> Spikes:
        """Return all spikes since ``build``, those of spike sources included."""

    @abstractmethod
    def membranes(self) -> Membranes:
        """Return all membrane potentials since ``build``."""

    @abstractmethod
    def weights_pa(self) -> list[list[np.ndarray]]:
        """Return the present weights in pA of each element, one array a projection, ordered as described."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the simulator holds; it can be called twice."""

    def __enter__(self) -> Simulator:
        """Return the simulator itself."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close the simulator."""
        self.close()


def check_batch(networks: Sequence[Network]) -> None:
    """Raise unless the networks can share a batch.

    Raises
    ------
    NetworkError
        When there is none, or populations, projections' ends, input, output, resolution or smallest delay differ.
    """
    if not networks:
        raise NetworkError("a batch needs at least one network.")
    layouts = {
        (
            tuple((p.name, p.size, p.model) for p in n.populations),
            tuple((p.source, p.target, p.synapse) for p in n.projections),
            n.input,
            n.output,
            n.resolution_ms,
            n.delay_range_ms[0],
        )
        for n in {n.structure: n for n in networks}.values()
    }
    if len(layouts) > 1:
        raise NetworkError(
            "networks of one batch must agree in populations, projections, input, output, resolution and "
            f"smallest delay; got {len(layouts)} different layouts. Build them in separate batches, or set "
            "Network.min_delay_ms."
        )


def check_active(active: np.ndarray, running: np.ndarray) -> None:
    """Raise unless `active` are some of the running elements, in ascending order.

    Raises
    ------
    SimulatorError
        When they are not: an element that has ended cannot come back.
    """
    if np.array_equal(active, running):
        return
    if (np.diff(active) <= 0).any() or not np.isin(active, running).all():
        raise SimulatorError(
            f"active is {active.tolist()}; expected some of the running elements {running.tolist()} in "
            "ascending order. An element that has ended cannot come back."
        )


def check_window(window_ms: float, resolution_ms: float) -> int:
    """Return the number of grid steps in a window.

    Raises
    ------
    SimulatorError
        When it is not a positive multiple of the resolution.
    """
    n_steps = round(window_ms / resolution_ms)
    if n_steps < 1 or abs(n_steps * resolution_ms - window_ms) > 1e-9 * window_ms:
        raise SimulatorError(
            f"window_ms = {window_ms:g} is not a multiple of the resolution, {resolution_ms:g} ms. Change one of them."
        )
    return n_steps


def check_drive(drive: Drive, network: Network, n_rows: int, n_steps: int) -> None:
    """Raise unless a drive fits the network's input population and the window.

    Raises
    ------
    SimulatorError
        When currents meet spike sources, or spike trains meet neurons; for a current that is not finite; for a
        spike of no input or outside the window, and for spikes out of order.
    ShapeError
        When rows or inputs do not match.
    """
    is_source = network.population(network.input).is_source
    if isinstance(drive, SpikeTrains) != is_source:
        wanted, got = ("spike trains", "currents") if is_source else ("currents", "spike trains")
        raise SimulatorError(
            f"input population {network.input!r} is driven by {wanted}, got {got}. Use another encoder or model."
        )
    if isinstance(drive, Currents):
        check_shape("drive.pa", drive.pa, (n_rows, network.n_inputs))
        bad = first_non_finite(drive.pa)
        if bad is not None:
            raise SimulatorError(f"drive.pa{list(bad)} is {drive.pa[bad]}; expected a finite current in pA.")
    else:
        _check_spike_trains(drive, network.n_inputs, n_rows, n_steps)


def _check_spike_trains(drive: SpikeTrains, n_inputs: int, n_rows: int, n_steps: int) -> None:
    """Raise for spikes that a simulator would drop or give to another neuron without a word."""
    check_shape("drive.input", drive.input, drive.row.shape)
    check_shape("drive.step", drive.step, drive.row.shape)
    if drive.n_rows != n_rows:
        raise ShapeError(f"drive has {drive.n_rows} rows; expected {n_rows}, one for each running element.")
    if not len(drive.row):
        return
    for name, values, low, high in (
        ("row", drive.row, 0, n_rows - 1),
        ("input", drive.input, 0, n_inputs - 1),
        ("step", drive.step, 1, n_steps),
    ):
        if values.min() < low or values.max() > high:
            raise SimulatorError(
                f"drive.{name} spans {values.min()} to {values.max()}; expected values from {low} to {high}."
            )
    if (np.diff((drive.row * n_inputs + drive.input) * (n_steps + 1) + drive.step) < 0).any():
        raise SimulatorError("drive is out of order; expected spikes sorted by row, then input, then step.")
