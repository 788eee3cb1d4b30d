"""Measures of a controller: how large, how sparse, how active, and what a step in the environment costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.measures.activity import Activity
from neurosim_rl.measures.energy import DEVICES, dense_operations
from neurosim_rl.networks.network import Network


@dataclass(frozen=True)
class Measures:
    """What a controller is made of, and what it does in an environment step.

    What depends on activity has one value a trial, shape (n_trials,); without neurons these are the same in all.

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
        Biases that are not 0, of a dense network or of the model ``lif``. The neuron that carries them in the latter
        (`Network.bias_carrier`) and its synapses are counted nowhere else, as biases of a dense network cost nothing.
    units : int
        Neurons, spike sources left out; hidden and output units of a dense network. Neurons that pruning has silenced
        (``model.prune`` of ``spatial``) are among them, and so in all that is counted for each neuron: possible
        connections, updates, rates, sparsities and energy.
    connection_sparsity : float
        Share of possible connections that is not there: 1 - `non_zero_weights` / possible. Possible is each observed
        variable with each input neuron (where there is a read-in), each neuron or spike source with each neuron, itself
        included, and each output neuron with each action (where there is a read-out); in a dense network, each unit
        with each of the next layer. Source: Vasilache et al. 2025, whose n units have ``n_in n + n^2 + n n_out``.
    updates_per_step : int
        Updates of neurons in an environment step: neurons times steps of the simulation. Of a dense network: its units.
    spikes_per_step : array
        Spikes of all neurons, spike sources left out, per environment step.
    rate_hz : array
        Mean firing rate of a neuron in Hz: the same number, but it depends on no window.
    activation_sparsity_published : array
        As Vasilache et al. 2025 count: 1 - spikes / ((inputs + neurons) steps), where steps are those of the simulation
        in an environment step, and inputs are the observed variables, although these are numbers and never spike; where
        spike sources encode them, sources and their spikes instead. (Derived from their tables: it gives all five of
        their values.)
    activation_sparsity : array
        The same without inputs: 1 - spikes / (neurons steps), the share of chances to spike that neurons do not take.
        Both grow where the simulation's steps are shorter: compare only at the same resolution.
    synaptic_operations_per_step : array
        Operations per environment step: for each spike, source or not, one for each of the neuron's weights that are
        not 0, read-out included; and one for each weight of the read-in, as observations are constant in a window (also
        where their current is given as several pulses: it is the same sum). Of a
        dense network, its multiply-accumulates: all weights of its layers, whether 0 or not.
    energy_per_step_j : dict of str to array
        Energy in J per environment step, by device (:data:`neurosim_rl.measures.energy.DEVICES`): of the operations and
        updates above and of nothing else. ARM and x86 are assumed to compute a spiking network by events, one
        multiply-accumulate for an operation or an update. A dense network is not for Loihi. Source: ModelEnergy of
        KerasSpiking (github.com/nengo/keras-spiking), whose constants reproduce the published values of dense networks.
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
        """Work out the energies."""
        operations = self.synaptic_operations_per_step
        energies = {
            name: device.energy_j(operations, self.updates_per_step)
            for name, device in DEVICES.items()
            if self.kind == "spiking" or not device.spiking_only
        }
        object.__setattr__(self, "energy_per_step_j", energies)


def spiking_measures(network: Network, activity: Activity, *, n_observations: int, genes: int) -> Measures:
    """Return the measures of a spiking network.

    A network that learned while it played is measured with the weights that it began with.

    Parameters
    ----------
    network : Network
    activity : Activity
        Of trials that this network played. Silence gives sparsities of 1; no trial or no step gives NaN.
    n_observations : int
        Observed variables.
    genes : int
        Numbers that the optimizer may change.
    """
    sources, carrier = _is_source(network), _is_carrier(network)
    n_sources = int(sources.sum())
    n_units = network.n_neurons - int(carrier.sum())
    n_neurons = n_units - n_sources
    n_steps = round(activity.window_ms / network.resolution_ms)
    per_step = np.where(carrier, 0.0, activity.counts / activity.n_windows[:, None])
    spikes = per_step[:, ~sources].sum(axis=1)
    all_spikes, n_inputs = (per_step.sum(axis=1), n_sources) if n_sources else (spikes, n_observations)
    matrix, biases = _read_in(network)
    read_in, fan_out = _non_zero(matrix), _fan_out(network)
    weights = int(fan_out[~carrier].sum()) + read_in
    possible = n_units * n_neurons + sum(np.size(m) for m in (matrix, network.readout) if m is not None)
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
        synaptic_operations_per_step=per_step @ fan_out + read_in,
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
    non_zero, nothing = sum(map(_non_zero, weights)), np.full(1, np.nan)
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
    """Return which units emit given spikes, shape (n_neurons,)."""
    return np.concatenate([np.full(p.size, p.is_source) for p in network.populations])


def _is_carrier(network: Network) -> np.ndarray:
    """Return which neuron is there for its synapses only, which are biases, shape (n_neurons,)."""
    carries = np.zeros(network.n_neurons, bool)
    if network.bias_carrier is not None:
        carries[network.first_neuron[network.input] + network.bias_carrier] = True
    return carries


def _read_in(network: Network) -> tuple[np.ndarray | None, int]:
    """Return the read-in weights without biases, and how many biases that are not 0 stand beside them."""
    if network.read_in is None or network.bias_carrier is None:
        return network.read_in, 0
    of_neurons = np.delete(network.read_in, network.bias_carrier, axis=1)
    return of_neurons[:-1], _non_zero(of_neurons[-1])


def _fan_out(network: Network) -> np.ndarray:
    """Return how many weights that are not 0 each neuron's spikes meet, the read-out's included, shape (n_neurons,)."""
    fan_out = np.zeros(network.n_neurons, np.int64)
    for p in network.projections:
        there = np.asarray(p.pre)[np.asarray(p.weight_pa) != 0]
        fan_out += np.bincount(network.first_neuron[p.source] + there, minlength=network.n_neurons)
    if network.readout is not None:
        first = network.first_neuron[network.output]
        fan_out[first : first + network.n_outputs] += np.count_nonzero(network.readout, axis=1)
    return fan_out


def _non_zero(weights: np.ndarray | None) -> int:
    return 0 if weights is None else int(np.count_nonzero(weights))
