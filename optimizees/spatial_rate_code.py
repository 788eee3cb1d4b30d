"""Conversion of a linear policy to a recurrent network on a grid: changes of firing rates represent its sums."""

from __future__ import annotations

import numpy as np

from neurosim_rl.bridge.decoders import LinearReadout
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models import Spatial
from neurosim_rl.models.published_lif import input_unit_pa, neuron_parameters
from neurosim_rl.models.spatial import NEURONS, READOUT_UNIT
from neurosim_rl.networks.population import Population
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.optimizees.firing_rates import rates_hz
from neurosim_rl.seeds import Purpose, generator

THRESHOLD_MV, LEAK_MV, LEAK_SPREAD_MV = 20.0, 90.0, 5.0
"""Threshold, mean resting potential, and half the range of resting potentials.

Neurons rest above their threshold, so they fire at about 200 Hz without a drive. Their resting potentials differ, so
they do not fire in synchrony.
"""
TAU_MEM_INV, TAU_SYN_INV = 50.0, 500.0
"""Inverse time constants in 1/s. The membrane time constant is long, so rates are nearly linear in the drive."""
DEVIATIONS = 4.0
"""Drive that silences a neuron, in multiples of the drive of observations at one standard deviation each."""
RECURRENT_WEIGHT = 5.0
"""First weight of edges between neurons in published units: a few per cent of the drive."""


def spatial_rate_coded(optimizee: ClosedLoop, model: Spatial, weights: np.ndarray, biases: np.ndarray) -> np.ndarray:
    """Return the genome of a spatial network that acts nearly as the policy tanh(observation @ weights + biases).

    All inputs excite. The neurons of an action are neighbours on the grid. The first half excites the output and gets
    the observations of positive weight. The second half inhibits the output and gets the observations of negative
    weight. Both halves fire without a drive, and the change of a rate is nearly linear in the drive. Its slope is
    measured in the simulator, and the read-out weights scale the changes so that they sum to the policy's sum. Biases
    shift the resting potentials. Edges between neurons are drawn as in any new network (by ``wiring_seed``), with weak
    weights.

    Read-out weights are clipped to their bounds. So with large weights of the policy and few neurons for an action, the
    actions are weaker than those of the policy. A larger grid has more neurons for each action.

    Parameters
    ----------
    optimizee : ClosedLoop
    model : Spatial
        Model of the optimizee.
    weights : array, shape (n_observations, n_actions)
        Weights of normalised observations.
    biases : array, shape (n_actions,)

    Returns
    -------
    array, shape (n_genes,)

    Raises
    ------
    ConfigurationError
        When there are too few neurons, or when edges are drawn.
    """
    decoder = optimizee.decoder
    assert isinstance(decoder, LinearReadout)
    n_observations, n_actions = weights.shape
    n_side = model.n_neurons // (2 * n_actions)
    _check(model, n_side, n_actions)
    action, inhibits, place = (axis.ravel() for axis in np.indices((n_actions, 2, n_side)))
    sign = np.where(inhibits, -1.0, 1.0)

    excess = np.linalg.norm(np.maximum([weights, -weights], 0.0), axis=1).max(axis=0)
    # The sum at which all neurons of one half are silent; it must exceed the bias.
    silencing = np.maximum(DEVIATIONS * excess, np.abs(biases) + 1e-3)
    mv_per_sum = (LEAK_MV - THRESHOLD_MV) / silencing
    hz_per_sum = _slope_hz_per_mv(optimizee) * mv_per_sum * n_side
    strength = decoder.full_scale_hz / (hz_per_sum * READOUT_UNIT)
    leak_mv = LEAK_MV + LEAK_SPREAD_MV * (2 * (place + 0.5) / n_side - 1) + sign * (biases * mv_per_sum / 2)[action]

    space, n, used = optimizee.parameters, model.n_neurons, np.arange(len(sign))
    drawn = space.to_genome(space.sample(generator(model.wiring_seed, Purpose.WIRING, 3)))
    read_in, readout = np.zeros((n_observations, n)), np.zeros((n, n_actions))
    read_in[:, used] = (
        np.maximum(weights[:, action] * sign, 0.0) * mv_per_sum[action] / input_unit_pa(np.array(TAU_SYN_INV))
    )
    readout[used, action] = strength[action]
    ones = np.ones(n)
    genome = {
        "read_in": read_in.ravel(),
        "readout": readout.ravel(),
        "sign": np.append(sign, ones[len(used) :]),
        "input_sign": np.ones(n_observations),
        "v_th": THRESHOLD_MV * ones,
        "v_leak": np.append(leak_mv, 0.0 * ones[len(used) :]),
        "tau_mem_inv": TAU_MEM_INV * ones,
        "tau_syn_inv": TAU_SYN_INV * ones,
    }
    if "weights" in drawn:
        genome["weights"] = np.where(drawn["weights"] > 0, RECURRENT_WEIGHT, 0.0)
    return space.clip(space.to_vector(genome))


def _check(model: Spatial, n_side: int, n_actions: int) -> None:
    if model.structure == "drawn":
        raise ConfigurationError(
            "a network with drawn edges cannot begin as a linear policy. Set model.structure = 'evolved'."
        )
    if not n_side:
        raise ConfigurationError(
            f"model.grid = {list(model.grid)}: a linear policy of {n_actions} actions needs two neurons for each. Set "
            f"a grid of at least {2 * n_actions} neurons."
        )


def _slope_hz_per_mv(optimizee: ClosedLoop) -> float:
    """Return the increase of a neuron's rate per mV of drive, by least squares over the range of drives in use."""
    drive_mv = np.linspace(THRESHOLD_MV - LEAK_MV, LEAK_MV - THRESHOLD_MV, 141)
    ones = np.ones(len(drive_mv))
    parameters = neuron_parameters(
        THRESHOLD_MV * ones, LEAK_MV * ones, TAU_MEM_INV * ones, TAU_SYN_INV * ones, optimizee.config.resolution_ms
    )
    rates = rates_hz(optimizee, Population(NEURONS, len(drive_mv), "iaf_psc_exp", parameters), drive_mv)
    # Rounded, because the sums of NumPy's least squares depend on the processor.
    return round(float(np.polyfit(drive_mv, rates, 1)[0]), 9)
