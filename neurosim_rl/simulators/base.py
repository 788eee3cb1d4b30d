"""The contract of a simulator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.bridge.drive import Drive
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
