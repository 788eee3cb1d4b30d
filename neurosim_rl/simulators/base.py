"""The contract of a simulator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.bridge.drive import Currents, Drive, SpikeTrains
from neurosim_rl.checks import check_shape, first_non_finite, lookup
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
        self,
        networks: Sequence[Network],
        *,
        record_spikes: bool = False,
        record_membranes: bool = False,
        window_spikes_of: Sequence[str] = (),
        sets_weights: bool = False,
    ) -> None:
        """Replace whatever was there by these networks, at rest, at time 0.

        Parameters
        ----------
        networks : sequence of Network
            One for each element; their populations agree in name, size and model, their projections in source,
            target, synapse model and names of parameters, and so do resolution and smallest delay. Synapses may differ.
        record_spikes, record_membranes : bool
            Whether :meth:`spikes` and :meth:`membranes` will be asked for.
        window_spikes_of : sequence of str
            Populations whose spikes :meth:`window_spikes` gives.
        sets_weights : bool
            Whether :meth:`set_weights_pa` will be called.
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
    def output_mv(self) -> np.ndarray:
        """Return the output neurons' membranes at the end of the last window, in mV, shape (n_rows, n_outputs).

        Rows are those of the elements that ran in it.
        """

    @abstractmethod
    def spikes(self) -> Spikes:
        """Return all spikes since ``build``, those of spike sources included."""

    @abstractmethod
    def window_spikes(self) -> Spikes:
        """Return the spikes of the last window, of the populations that :meth:`build` was told.

        Steps are counted since ``build``. Only one window is kept, so it costs as much after a thousand.
        """

    @abstractmethod
    def membranes(self) -> Membranes:
        """Return all membrane potentials since ``build``."""

    @abstractmethod
    def weights_pa(self) -> list[list[np.ndarray]]:
        """Return the present weights in pA of each element, one array a projection, ordered as described.

        A synapse learns from a spike of its source when that is delivered, at the beginning of the next slice (slices
        are as long as the smallest delay): so those of the last slice are not in yet. An element that has ended keeps
        its weights, once its last spikes are delivered, within the next window of the others.
        """

    @abstractmethod
    def set_weights_pa(
        self, projection: int, weight_pa: np.ndarray | Sequence[np.ndarray], elements: np.ndarray | None = None
    ) -> None:
        """Set the weights of one projection, static or plastic, in several elements at once.

        Spikes that are not delivered yet, those of the last slice, are delivered with the new weights. Everything
        else that a plastic synapse remembers, its traces of earlier spikes, stays.

        Parameters
        ----------
        projection : int
            Which of the networks' projections.
        weight_pa : array, shape (n_rows, n_synapses)
            New weights in pA, ordered as described; a sequence of one array a row where networks differ in their
            number of synapses. One projection at a time, because this is how rules compute them: one array operation
            over the batch, whose result is taken as it is.
        elements : int array, shape (n_rows,), or None
            Running elements, in ascending order; None: all that ran in the last window.

        Raises
        ------
        SimulatorError
            Unless ``build`` was told, or for elements that are not running.
        ShapeError
            For another number of rows or synapses.
        NetworkError
            For a weight that is not finite, or not of the sign of its synapse's ``Wmax``.
        """

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
            tuple((p.source, p.target, p.synapse, p.modulator, *sorted(p.parameters)) for p in n.projections),
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


def neurons_of(names: Sequence[str], network: Network) -> np.ndarray:
    """Return which neurons belong to these populations, shape (n_neurons,).

    Raises
    ------
    UnknownNameError
        Names the nearest population.
    """
    populations = {p.name: p for p in network.populations}
    chosen = np.zeros(network.n_neurons, bool)
    for name in names:
        first = network.first_neuron[lookup("population", name, populations).name]
        chosen[first : first + populations[name].size] = True
    return chosen


def check_weights(
    networks: Sequence[Network], projection: int, weight_pa: np.ndarray | Sequence[np.ndarray], elements: np.ndarray
) -> None:
    """Raise unless weights fit a projection of these elements.

    Raises
    ------
    SimulatorError
        For a projection that does not exist.
    ShapeError
        For another number of rows or synapses.
    NetworkError
        For a weight that is not finite, or has another sign than its synapse's ``Wmax``.
    """
    n_projections = len(networks[0].projections)
    if not 0 <= projection < n_projections:
        raise SimulatorError(f"projection is {projection}; expected one of the {n_projections}, counted from 0.")
    if len(weight_pa) != len(elements):
        raise ShapeError(f"weight_pa has {len(weight_pa)} rows; expected {len(elements)}, one for each element.")
    described = [networks[e].projections[projection] for e in elements.tolist()]
    # Networks that share synapses and parameters are checked in one go.
    alike = len({(id(p.pre), id(p.parameters) if p.parameters else 0) for p in described}) == 1
    if alike and isinstance(weight_pa, np.ndarray):
        check_shape(f"{described[0].label}: weight_pa", weight_pa, (len(elements), described[0].n_synapses))
        described[0].check_weights(weight_pa)
        return
    for one, row in zip(described, weight_pa, strict=True):
        one.check_weights(row)


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
