"""NEST, the reference simulator; only this module and its neighbours, named ``nest_...``, use it.

All networks of a batch live side by side in one kernel. A window costs the same few Python-to-NEST
calls whatever the batch: set the inputs that changed, freeze what has ended, simulate, read one
recorder, clear it. A network with models that draw random numbers has a kernel of its own, with a seed of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim_rl.bridge.drive import Currents, Drive, SpikeTrains
from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.simulators import nest_kernel as kernel
from neurosim_rl.simulators.base import Simulator
from neurosim_rl.simulators.checks import (
    check_active,
    check_batch,
    check_drive,
    check_noise,
    check_seeded,
    check_weights,
    check_window,
    neurons_of,
)
from neurosim_rl.simulators.nest_building import construct, errors_of_nest, own_currents, prepare_kernel
from neurosim_rl.simulators.nest_library import nest, nestkernel_api
from neurosim_rl.simulators.nest_nodes import Nodes, check_recordable, read_unordered, set_each, set_unordered
from neurosim_rl.simulators.nest_recorders import Recorders
from neurosim_rl.simulators.nest_synapses import SynapseIndex, SynapseModels, connect


class NestSimulator(Simulator):
    """A batch of disjoint networks in this process's NEST kernel.

    There is one kernel a process, so there is one open ``NestSimulator`` a process. One thread: the published
    networks are far too small to share (NEST's threads wait busily), and one thread keeps the
    order of summation fixed.

    Raises
    ------
    SimulatorError
        When another simulator is open, or the kernel holds nodes that somebody else made.
    """

    variables: tuple[str, ...] = ("V_m",)
    """Variables of neurons that a batch with ``record_membranes`` records."""

    def __init__(self) -> None:
        self._release = kernel.hold(self)

    def vacate(self) -> None:
        """Give the batch up: a model needs the kernel for the networks of the next one."""
        self.networks = ()

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
        """Create all networks in a fresh kernel (see :class:`~neurosim_rl.simulators.base.Simulator`)."""
        self._check_open()
        check_batch(networks)
        self._watched = neurons_of(window_spikes_of, networks[0])
        self.networks = networks
        self._records_spikes, self._records_membranes = record_spikes, record_membranes
        self._sets_weights, self._noise_seeds = sets_weights, noise_seeds
        try:
            self._build()
            check_noise(networks)  # behind the words of NEST for a model that it does not know
        except nestkernel_api.NESTErrors.KernelException as error:
            self._clear()
            raise SimulatorError(f"NEST refuses the network: {type(error).__name__}: {error}") from error
        except SimulatorError:
            self._clear()
            raise

    def _clear(self) -> None:
        """Leave an empty kernel, ready to build in."""
        kernel.reset()
        self.networks = ()

    def _build(self) -> None:
        first = self.networks[0]
        kernel.reset(first.nest_modules)
        prepare_kernel(self.networks)
        made = construct(first)
        if self._noise_seeds is not None and first.random_models:
            nest.rng_seed = self._noise_seeds[0]
        self._nodes = Nodes(self.networks, made)
        self._models = SynapseModels(self.networks, self._nodes.ids)
        for k in range(len(first.projections)):
            if first.projections[k].source not in made:
                connect(self.networks, k, self._nodes.ids, self._models)
        variables = self.variables if self._records_membranes else ()
        self._recorders = Recorders(self.networks, self._nodes, self._watched, self._records_spikes, variables)
        if not self._records_membranes:
            self._nodes.freeze_resting_inputs()
        self._active = np.arange(len(self.networks))
        self._currents = np.stack([own_currents(network) for network in self.networks])
        self._input_ids, self._output_ids = self._nodes.inputs, self._nodes.outputs
        self._background = first.neurons_of((first.background,)) if first.background else np.zeros(0, np.int64)
        self._steps_done, self._is_prepared = 0, False
        self._kept: tuple[np.ndarray | None, list[list[np.ndarray]]] | None = None
        self._synapses = SynapseIndex(self.networks, self._nodes.ids, self._models, bool(made))

    def advance(self, drive: Drive, window_ms: float, active: np.ndarray) -> np.ndarray:
        """Simulate one window (see :class:`~neurosim_rl.simulators.base.Simulator`)."""
        self._check_open()
        if not self.networks:
            raise SimulatorError("advance() before build(): there is no network yet.")
        check_seeded(self.networks, self._noise_seeds)
        self._check_not_run_out()
        network = self.networks[0]
        n_steps = check_window(window_ms, network.grid)
        check_drive(drive, network, len(active), n_steps)
        check_active(active, self._active)
        self._retire(active)
        self._recorders.begin_window()
        with errors_of_nest(self._clear):
            if isinstance(drive, Currents):
                self._apply_currents(drive)
            else:
                self._apply_spikes(drive, self._input_ids, network.input_neurons)
            if drive.background is not None:
                self._apply_spikes(drive.background, self._nodes.ids[str(network.background)], self._background)
            self._simulate(n_steps)
        self._steps_done += n_steps
        # A prepared NEST does not let go of events.
        return self._recorders.read_counts(clear=not self._is_prepared)[self._active]

    def _simulate(self, n_steps: int) -> None:
        time_ms = self.networks[0].grid.ms(n_steps)
        if not self._records_membranes:
            nest.Simulate(time_ms)
            return
        # Prepared once: each time, NEST may drop what an element that ended within a slice has recorded of it.
        if not self._is_prepared:
            nest.Prepare()
            self._is_prepared = True
        nest.Run(time_ms)

    def _retire(self, active: np.ndarray) -> None:
        """Freeze elements that have ended: NEST's update loop passes over frozen nodes."""
        if np.array_equal(active, self._active):
            return
        ended = np.setdiff1d(self._active, active)
        nodes = nest.NodeCollection(np.sort(self._nodes.all_ids[ended].ravel()))
        set_each(nodes, [{"frozen": True}])
        for transmitters in self._models.transmitters.values():
            set_each(transmitters[ended.tolist()], [{"frozen": True}])
        self._active = np.asarray(active)

    def _apply_currents(self, drive: Currents) -> None:
        """Set ``I_e`` of the input neurons with another current than before.

        The current acts at once; that of a ``dc_generator`` would arrive a delay later.
        """
        row, neuron = np.nonzero(self._currents[self._active] != drive.pa)
        if not len(row):
            return
        self._currents[self._active] = drive.pa
        ids = self._input_ids[self._active[row], neuron]
        set_unordered(ids, [{"I_e": pa, "frozen": False} for pa in drive.pa[row, neuron].tolist()])

    def _apply_spikes(self, drive: SpikeTrains, all_ids: np.ndarray, neurons: np.ndarray) -> None:
        """Give the window's spike times to the generators that have any; past times are spent.

        Parameters
        ----------
        drive : SpikeTrains
        all_ids : int array, shape (n_batch, n_sources)
            The generators.
        neurons : int array, shape (n_sources,)
            Their numbers within the network.
        """
        if not len(drive.row):
            return
        ids = all_ids[self._active[drive.row], drive.input]
        step = self._steps_done + drive.step
        starts = np.flatnonzero(np.diff(ids, prepend=-1))
        times_ms = self.networks[0].grid.ms(step)
        set_unordered(ids[starts], [{"spike_times": t} for t in np.split(times_ms, starts[1:])])
        self._recorders.keep(self._active[drive.row], neurons[drive.input], step)

    def output_mv(self) -> np.ndarray:
        """Return the output neurons' membranes at the end of the last window, in mV, shape (n_rows, n_outputs)."""
        self._check_open()
        if not self.networks:
            raise SimulatorError("output_mv() before build(): there is no network yet.")
        if self._kept is not None and self._kept[0] is not None:
            return self._kept[0]
        if not self._nodes.have_output_membranes:
            raise SimulatorError(
                "output neurons have no membrane V_m to read. Use a decoder that counts spikes, such as "
                "decoder.name = 'winner'."
            )
        return read_unordered(self._output_ids[self._active], "V_m")

    def spikes(self) -> Spikes:
        """Return all spikes since ``build``."""
        if not self.networks or not self._records_spikes:
            raise SimulatorError("spikes were not recorded. Build with record_spikes=True.")
        return self._recorders.spikes()

    def window_spikes(self) -> Spikes:
        """Return the spikes of the last window, of the populations named in :meth:`build`."""
        if not self.networks or not self._watched.any():
            raise SimulatorError("spikes of windows were not asked for. Build with window_spikes_of=[names].")
        return self._recorders.window_spikes()

    def membranes(self) -> Membranes:
        """Return all membrane potentials since ``build``.

        NEST hands the last slice over in the next one, so that is simulated: only reading is possible afterwards.
        """
        if not self.networks or not self._records_membranes:
            raise SimulatorError("membranes were not recorded. Build with record_membranes=True.")
        self._run_out()
        return self._recorders.membranes(self._steps_done)

    def record_variables(self, network: Network, names: Sequence[str]) -> None:
        """Let the next `build` record other variables (see :class:`~neurosim_rl.simulators.base.Simulator`)."""
        check_recordable(network, names)
        self.variables = tuple(names)

    def recorded(self, variable: str) -> np.ndarray:
        """Return a variable of all neurons, as `membranes` does; NaN where a model has no such variable."""
        if not self.networks or not self._records_membranes or variable not in self.variables:
            raise SimulatorError(f"{variable!r} was not recorded. Call record_variables() before build().")
        self._run_out()
        return self._recorders.recorded(variable, self._steps_done)

    def _run_out(self) -> None:
        """Simulate until the multimeter has all of the last window, after keeping what can still be asked."""
        if self._kept is not None or not self._steps_done:
            return
        self._kept = self.output_mv() if self._nodes.have_output_membranes else None, self.weights_pa()
        slice_steps = self.networks[0].delay_range_steps[0]
        with errors_of_nest(self._clear):
            self._simulate(slice_steps - self._steps_done % slice_steps + 1)

    def _check_not_run_out(self) -> None:
        if self._kept is not None:
            raise SimulatorError("membranes() has ended this simulation in NEST. Ask for them after the last window.")

    def weights_pa(self) -> list[list[np.ndarray]]:
        """Return the present weights; reads every synapse, so it is slow."""
        if not self.networks:
            raise SimulatorError("weights_pa() before build(): there is no network yet.")
        if self._kept is not None:
            return self._kept[1]
        return self._synapses.weights_pa(self._steps_done > 0)

    def set_weights_pa(
        self, projection: int, weight_pa: np.ndarray | Sequence[np.ndarray], elements: np.ndarray | None = None
    ) -> None:
        """Set the weights of one projection (see :class:`~neurosim_rl.simulators.base.Simulator`).

        NEST takes some microseconds for each synapse.
        """
        if not self.networks or not self._sets_weights:
            raise SimulatorError("weights cannot be set. Build with sets_weights=True.")
        self._check_not_run_out()
        chosen = self._active if elements is None else np.asarray(elements)
        check_active(chosen, self._active)
        check_weights(self.networks, projection, weight_pa, chosen)
        self._synapses.set_weights_pa(self._steps_done > 0, projection, weight_pa, chosen)

    def close(self) -> None:
        """Empty the kernel and let another simulator have it."""
        kernel.let_go(self)
        self.networks = ()
        self._release()

    def _check_open(self) -> None:
        if not self._release.alive:
            raise SimulatorError("this NestSimulator is closed. Make a new one.")
