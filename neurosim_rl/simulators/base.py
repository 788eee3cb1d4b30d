"""The contract of a simulator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from neurosim_rl.bridge.drive import Drive
from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.simulators.first_spikes import first_steps


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
        noise_seeds: Sequence[int] | None = None,
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
            Populations of which :meth:`window_spikes` returns the spikes.
        sets_weights : bool
            Whether :meth:`set_weights_pa` will be called.
        noise_seeds : sequence of int, or None
            Seed of each element's noise, from 1 to 2**32 - 1, for networks with models that draw random numbers
            (``Network.random_models``). Only NEST plays these, one network at a time.
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
        """Return the spikes of the last window, of the populations named in :meth:`build`.

        Steps are counted since ``build``. Only one window is kept, so it costs as much after a thousand.
        """

    def first_output_steps(self, active: np.ndarray) -> np.ndarray:
        """Return the step of each output neuron's first spike in the last window, shape (n_rows, n_outputs).

        Steps are counted since ``build``; silent neurons have ``NO_SPIKE``. Build with the output population among
        `window_spikes_of`.

        Parameters
        ----------
        active : int array, shape (n_rows,)
            The elements that ran in the window.
        """
        network = self.networks[0]
        return first_steps(self.window_spikes(), active, network.output_neurons)

    @abstractmethod
    def membranes(self) -> Membranes:
        """Return all membrane potentials since ``build``, after the last window: NEST cannot simulate on from there."""

    def record_variables(self, network: Network, names: Sequence[str]) -> None:
        """Let the next `build` with ``record_membranes`` record other variables of neurons than the membrane.

        Parameters
        ----------
        network : Network
            A network that will be built, for its models.
        names : sequence of str
            NEST's names, such as ``g_ex``.

        Raises
        ------
        SimulatorError
            When this simulator records membranes only.
        UnknownNameError
            When no model has a variable; lists those that there are.
        """
        raise SimulatorError("this simulator records membranes only. Use the simulator nest for other variables.")

    def recorded(self, variable: str) -> np.ndarray:
        """Return a recorded variable of all neurons since ``build``, shape (n_batch, n_neurons, n_times).

        NaN where a model has no such variable; time and end of the simulation as of :meth:`membranes`.
        """
        raise SimulatorError("this simulator records membranes only. Use the simulator nest for other variables.")

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
            number of synapses. One projection at a time, because rules compute weights in this way: by one array
            operation over the batch.
        elements : int array, shape (n_rows,), or None
            Running elements, in ascending order; None: all that ran in the last window.

        Raises
        ------
        SimulatorError
            Unless ``build`` was called with `sets_weights`; for elements that are not running.
        ShapeError
            For another number of rows or synapses.
        NetworkError
            For a weight that is not finite, or not of the sign of its synapse's ``Wmax``.
        """

    def spread(self, element: int) -> Simulator:
        """Return a simulator of the same batch in which all elements have the present state of one; this one stays.

        Spikes and membranes of windows before are forgotten there. The networks of the batch must be equal: an element
        takes over the state, not the parameters.

        Parameters
        ----------
        element : int
            A running element; the others may have ended.

        Raises
        ------
        SimulatorError
            When this simulator cannot copy states.
        """
        raise SimulatorError("this simulator cannot copy the state of an element. Use the simulator compiled.")

    @abstractmethod
    def close(self) -> None:
        """Give back what the simulator holds; it can be called twice."""

    def __enter__(self) -> Simulator:
        """Return the simulator itself."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close the simulator."""
        self.close()
