"""Measures of a controller: size, sparsity, activity, and the energy of an environment step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.measures.activity import Activity
from neurosim_rl.measures.energy import DEVICES, dense_operations
from neurosim_rl.networks.network import Network


@dataclass(frozen=True)
class Measures:
    """Size of a controller, and its activity in an environment step.

    Arrays are measures of activity, with one value for each trial, shape (n_trials,). Without neurons, activity is the
    same in all trials, and arrays have one value.

    Parameters
    ----------
    kind : str
        ``"spiking"`` or ``"dense"``.
    genes : int
        Numbers that the optimizer may change.
    non_zero_weights : int
        Weights that are not 0: of synapses, of the read-in (observations to neurons) and of the read-out (spikes to
        actions); in a dense network, of all layers. Biases and the neurons' own parameters do not count. Source:
        Vasilache et al. 2025, table 1.
    biases : int
        Biases that are not 0, of a dense network or of the model ``lif``. The neuron that carries the biases of
        ``lif`` (`Network.bias_carrier`) and its synapses are counted nowhere else: biases of a dense network cost
        nothing.
    units : int
        Neurons without spike sources; hidden and output units of a dense network. Neurons that pruning silenced
        (``model.prune`` of ``spatial``) are included, here and in possible connections, updates, rates, sparsities and
        energy.
    connection_sparsity : float
        Share of possible connections that do not exist: 1 - `non_zero_weights` / possible. Possible connections are
        those of each observed variable with each input neuron (with a read-in), of each neuron or spike source with
        each neuron, itself included, and of each output neuron with each action (with a read-out); in a dense network,
        of each unit with each unit of the next layer. Source: Vasilache et al. 2025, where n units have
        ``n_in n + n^2 + n n_out`` possible connections.
    updates_per_step : int
        Updates of neurons in an environment step: neurons times simulation steps; in a dense network, its units.
    spikes_per_step : array
        Spikes of all neurons, without spike sources, per environment step.
    rate_hz : array
        Mean firing rate of a neuron in Hz: the spikes above, independent of the window.
    activation_sparsity_published : array
        Definition of Vasilache et al. 2025: 1 - spikes / ((inputs + neurons) steps). Steps are the simulation steps of
        an environment step. Inputs are the observed variables, although they are numbers and never spike; with spike
        sources, inputs are the sources, and their spikes count. (Derived from the published tables: the definition
        gives all five published values.)
    activation_sparsity : array
        The same without inputs: 1 - spikes / (neurons steps). Both sparsities grow with shorter simulation steps:
        compare them at the same resolution only.
    synaptic_operations_per_step : array
        Operations per environment step. Each spike of a neuron or spike source takes one operation for each outgoing
        weight that is not 0, read-out included. The read-in takes one operation for each of its weights, because
        observations are constant in a window (also with a current of several pulses, which have the same sum). A dense
        network takes one multiply-accumulate for each weight, 0 or not.
    energy_per_step_j : dict of str to array
        Energy in J per environment step, by device (:data:`neurosim_rl.measures.energy.DEVICES`), of the operations and
        updates above only. ARM and x86 are assumed to compute a spiking network by events, with one
        multiply-accumulate for each operation and each update. A dense network does not run on Loihi. Source:
        ModelEnergy of KerasSpiking (github.com/nengo/keras-spiking); its constants reproduce the published values of
        dense networks.
    """

    kind: str
    genes: int
    non_zero_weights: int
    biases: int
    units: int
    connection_sparsity: float
    updates_per_step: int
    spikes_per_step: np.ndarray
    rate_hz: np.ndarray
    activation_sparsity_published: np.ndarray
    activation_sparsity: np.ndarray
    synaptic_operations_per_step: np.ndarray
    energy_per_step_j: dict[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        """Compute the energies."""
        operations = self.synaptic_operations_per_step
        energies = {}
        for name, device in DEVICES.items():
            if self.kind == "spiking" or not device.spiking_only:
                energies[name] = device.energy_j(operations, self.updates_per_step)
        object.__setattr__(self, "energy_per_step_j", energies)


def spiking_measures(network: Network, activity: Activity, *, n_observations: int, genes: int) -> Measures:
    """Return the measures of a spiking network.

    A network that learns in the trials is measured with its initial weights.

    Parameters
    ----------
    network : Network
    activity : Activity
        Activity in trials of this network. Silence gives sparsities of 1; no trial or no step gives NaN.
    n_observations : int
        Number of observed variables.
    genes : int
        Numbers that the optimizer may change.
    """
    sources, carrier = _is_source(network), _is_carrier(network)
    n_sources = int(sources.sum())
    n_units = network.n_neurons - int(carrier.sum())
    n_neurons = n_units - n_sources
    n_steps = round(activity.window_ms / network.resolution_ms)
    # The carrier of biases spikes in each step by construction: its spikes are no activity.
    per_step = np.where(carrier, 0.0, activity.counts / activity.n_windows[:, None])
    spikes = per_step[:, ~sources].sum(axis=1)
    if n_sources:
        all_spikes, n_inputs = per_step.sum(axis=1), n_sources
    else:
        all_spikes, n_inputs = spikes, n_observations
    matrix, biases = _read_in(network)
    read_in, fan_out = _non_zero(matrix), _fan_out(network)
    weights = int(fan_out[~carrier].sum()) + read_in
    possible = n_units * n_neurons
    for bridge in (matrix, network.readout):
        if bridge is not None:
            possible += np.size(bridge)
    return Measures(
        kind="spiking",
        genes=genes,
        non_zero_weights=weights,
        biases=biases + int(fan_out[carrier].sum()),
        units=n_neurons,
        connection_sparsity=1.0 - weights / possible,
        updates_per_step=n_neurons * n_steps,
        spikes_per_step=spikes,
        rate_hz=spikes / n_neurons / (activity.window_ms * 1e-3),
        activation_sparsity_published=1.0 - all_spikes / ((n_inputs + n_neurons) * n_steps),
        activation_sparsity=1.0 - spikes / (n_neurons * n_steps),
        synaptic_operations_per_step=(per_step * fan_out).sum(axis=1) + read_in,
    )


def dense_measures(weights: Sequence[np.ndarray], biases: Sequence[np.ndarray], *, genes: int) -> Measures:
    """Return the measures of a dense network, or of a linear policy.

    Parameters
    ----------
    weights : sequence of array, each of shape (n_source, n_target)
        From each layer to the next.
    biases : sequence of array, each of shape (n_target,)
    genes : int
        Numbers that the optimizer may change.
    """
    sizes = [len(weights[0]), *(w.shape[1] for w in weights)]
    operations, units = dense_operations(sizes)
    non_zero = sum(map(_non_zero, weights))
    nothing = np.full(1, np.nan)  # spikes of a network that does not spike
    return Measures(
        kind="dense",
        genes=genes,
        non_zero_weights=non_zero,
        biases=sum(map(_non_zero, biases)),
        units=units,
        connection_sparsity=1.0 - non_zero / operations,
        updates_per_step=units,
        spikes_per_step=nothing,
        rate_hz=nothing,
        activation_sparsity_published=nothing,
        activation_sparsity=nothing,
        synaptic_operations_per_step=np.full(1, float(operations)),
    )


def _is_source(network: Network) -> np.ndarray:
    """Return which neurons are spike sources, shape (n_neurons,)."""
    return np.concatenate([np.full(p.size, p.is_source) for p in network.populations])


def _is_carrier(network: Network) -> np.ndarray:
    """Return which neuron carries the biases in its synapses, shape (n_neurons,)."""
    carries = np.zeros(network.n_neurons, bool)
    if network.bias_carrier is not None:
        carries[network.input_neurons[network.bias_carrier]] = True
    return carries


def _read_in(network: Network) -> tuple[np.ndarray | None, int]:
    """Return the read-in weights without biases, and the number of biases that are not 0 in the read-in."""
    if network.read_in is None or network.bias_carrier is None:
        return network.read_in, 0
    # The last row of the read-in holds biases; the column of the carrier holds its own current.
    of_neurons = np.delete(network.read_in, network.bias_carrier, axis=1)
    return of_neurons[:-1], _non_zero(of_neurons[-1])


def _fan_out(network: Network) -> np.ndarray:
    """Return the number of outgoing weights that are not 0 of each neuron, read-out included, shape (n_neurons,)."""
    fan_out = np.zeros(network.n_neurons, np.int64)
    for p in network.projections:
        there = np.asarray(p.pre)[np.asarray(p.weight_pa) != 0]
        fan_out += np.bincount(network.first_neuron[p.source] + there, minlength=network.n_neurons)
    if network.readout is not None:
        fan_out[network.output_neurons] += np.count_nonzero(network.readout, axis=1)
    return fan_out


def _non_zero(weights: np.ndarray | None) -> int:
    return 0 if weights is None else int(np.count_nonzero(weights))
