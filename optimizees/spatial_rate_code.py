"""Recurrent networks on a grid that begin as a linear policy: deviations of firing rates stand for its sums."""

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
"""Neurons rest above their threshold, so that they fire at some 200 Hz when nothing drives them; not all at the same
rate, so that they do not fire together."""
TAU_MEM_INV, TAU_SYN_INV = 50.0, 500.0
"""Inverse time constants in 1/s. Membranes forget slowly, so that rates are nearly linear in the drive."""
DEVIATIONS = 4.0
"""Rates fall to 0 where observations, each by a deviation, drive a neuron down so many times together."""
RECURRENT_WEIGHT = 5.0
"""Weight of edges between neurons at first, in published units: a few per cent of the drive."""


def spatial_rate_coded(optimizee: ClosedLoop, model: Spatial, weights: np.ndarray, biases: np.ndarray) -> np.ndarray:
    """Return the genome of a spatial network that acts much as the linear policy tanh(observation @ weights + biases).

    All inputs excite. Of each action's neurons, which lie side by side on the grid, the first half excites its output
    and is driven by the observations of positive weight; the second half inhibits it, and is driven by those of
    negative weight. Both fire when nothing drives them, so what counts is how their rates deviate, which is nearly
    linear: the slope is measured, and weights of the read-out are such that deviations add up to the policy's sum.
    Biases shift the potentials at which neurons rest. Edges between neurons are drawn as in any new network (from
    ``wiring_seed``), and weak at first.

    Weights of the read-out beyond their bound are moved there. So where weights of the policy are large and neurons for
    an action few, actions are weaker than the policy's, in proportion; a larger grid has more neurons for each.

    Parameters
    ----------
    optimizee : ClosedLoop
    model : Spatial
        Its model.
    weights : array, shape (n_observations, n_actions)
        Of normalised observations.
    biases : array, shape (n_actions,)

    Returns
    -------
    array, shape (n_genes,)

    Raises
    ------
    ConfigurationError
        When there are too few neurons, or edges cannot be chosen.
    """
    decoder = optimizee.decoder
    assert isinstance(decoder, LinearReadout)
    n_observations, n_actions = weights.shape
    n_side = model.n_neurons // (2 * n_actions)
    _check(model, n_side, n_actions)
    action, inhibits, place = (axis.ravel() for axis in np.indices((n_actions, 2, n_side)))
    sign = np.where(inhibits, -1.0, 1.0)

    excess = np.linalg.norm(np.maximum([weights, -weights], 0.0), axis=1).max(axis=0)
    silencing = np.maximum(DEVIATIONS * excess, np.abs(biases) + 1e-3)  # the sum at which rates of a side are 0
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
            "a network whose edges are drawn cannot begin as a linear policy. Set model.structure = 'evolved'."
        )
    if not n_side:
        raise ConfigurationError(
            f"model.grid = {list(model.grid)}: a linear policy of {n_actions} actions needs two neurons for each. Set "
            f"a grid of at least {2 * n_actions} neurons."
        )


def _slope_hz_per_mv(optimizee: ClosedLoop) -> float:
    """Return by how much the rate of a neuron rises with its drive, by least squares over the range that is used."""
    drive_mv = np.linspace(THRESHOLD_MV - LEAK_MV, LEAK_MV - THRESHOLD_MV, 141)
    constants = (np.full(len(drive_mv), value) for value in (THRESHOLD_MV, LEAK_MV, TAU_MEM_INV, TAU_SYN_INV))
    v_th, v_leak, tau_mem_inv, tau_syn_inv = constants
    parameters = neuron_parameters(v_th, v_leak, tau_mem_inv, tau_syn_inv, optimizee.config.resolution_ms)
    rates = rates_hz(optimizee, Population(NEURONS, len(drive_mv), "iaf_psc_exp", parameters), drive_mv)
    return float(np.polyfit(drive_mv, rates, 1)[0])
