"""Conversion of a linear policy to a spiking network: firing rates represent the sums of the policy."""

from __future__ import annotations

import numpy as np

from neurosim_rl.bridge.decoders import LinearReadout
from neurosim_rl.bridge.elementary import hyperbolic_tangent
from neurosim_rl.bridge.weighted_encoders import WeightedEncoder
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models import SingleLayer, Spatial
from neurosim_rl.models.spiking import READ_IN_UNIT_PA
from neurosim_rl.networks.population import Population
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.optimizees.firing_rates import rates_hz
from neurosim_rl.optimizees.spatial_rate_code import spatial_rate_coded

DRIVE_PA = 375.0
"""Current in pA for a sum of 1: the rheobase of NEST's default membrane."""
LARGEST_SUM = 2.0
"""Largest absolute sum in the fit of rates; beyond, actions are nearly at their bounds."""


def rate_coded(optimizee: ClosedLoop, weights: np.ndarray, biases: np.ndarray) -> np.ndarray:
    """Return the genome of a network with nearly the actions of the linear policy tanh(observation @ weights + biases).

    In a `SingleLayer`, each action has one or more pairs of neurons, like ON and OFF cells. The sum of the action
    drives one neuron of a pair (375 pA for a sum of 1, in addition to the encoder's ``offset_pa``), and the negative
    sum drives the other. With several pairs, the drive doubles from pair to pair. The firing rate of each current is
    measured in the simulator. Then the read-out weights, positive for the first neuron of a pair and negative for the
    second, are fitted to the policy's action by least squares. Remaining neurons have weights of 0. For a `Spatial`
    network, see `neurosim_rl.optimizees.spatial_rate_code`.

    Source: conversion of trained networks to spiking networks by firing rates, as in Diehl et al. 2015, IJCNN;
    Rueckauer et al. 2017, Front. Neurosci. 11:682.

    Parameters
    ----------
    optimizee : ClosedLoop
        Optimizee with a `Spatial` network that is not drawn, or with a `SingleLayer` without ties.
    weights : array, shape (n_observations, n_actions)
        Weights of normalised observations.
    biases : array, shape (n_actions,)

    Returns
    -------
    array, shape (n_genes,)

    Raises
    ------
    ConfigurationError
        When the network is too small, tied or drawn.
    """
    if isinstance(optimizee.model, Spatial):
        return spatial_rate_coded(optimizee, optimizee.model, weights, biases)
    model = _untied_layer(optimizee)
    encoder, decoder = optimizee.encoder, optimizee.decoder
    assert isinstance(encoder, WeightedEncoder)
    assert isinstance(decoder, LinearReadout)
    n_observations, n_actions = weights.shape
    n_pairs = model.neurons // (2 * n_actions)
    if not n_pairs:
        raise ConfigurationError(
            f"model.neurons = {model.neurons}: a linear policy of {n_actions} actions needs a pair of neurons for "
            f"each. Set at least {2 * n_actions}."
        )
    from scipy.optimize import nnls  # loaded here: SciPy takes long

    # Drives of the pairs: a geometric series about 1, each with both signs.
    gains = 2.0 ** (np.arange(n_pairs) - (n_pairs - 1) / 2)
    slopes = np.kron(gains, [1.0, -1.0])
    sums = np.linspace(-LARGEST_SUM, LARGEST_SUM, 401)
    currents_pa = DRIVE_PA * np.outer(sums, slopes) + encoder.offset_pa
    neurons = Population("neurons", currents_pa.size, model.neuron, model.neuron_parameters)
    rates = rates_hz(optimizee, neurons, currents_pa)
    pushes = rates / decoder.full_scale_hz * np.sign(slopes)

    read_in, readout = np.zeros((n_observations, model.neurons)), np.zeros((model.neurons, n_actions))
    for action in range(n_actions):
        own = slice(2 * n_pairs * action, 2 * n_pairs * (action + 1))
        read_in[:, own] = np.outer(weights[:, action], slopes) * (DRIVE_PA / READ_IN_UNIT_PA)
        # Least squares with strengths of at least 0, so that each neuron keeps its direction.
        strengths, _ = nnls(pushes, hyperbolic_tangent(sums + biases[action]))
        # Rounded, because SciPy's sums depend on the processor.
        readout[own, action] = np.round(strengths, 9) * np.sign(slopes)
    space = optimizee.parameters
    return space.clip(space.to_vector({"read_in": read_in, "readout": readout}))


def _untied_layer(optimizee: ClosedLoop) -> SingleLayer:
    model = optimizee.model
    if not isinstance(model, SingleLayer):
        raise ConfigurationError(
            f"model {optimizee.config.model.name!r} cannot begin as a linear policy. Set model.name = "
            "'single-layer' or 'spatial'."
        )
    if model.mirror or model.opponents:
        raise ConfigurationError(
            "a layer with tied weights cannot begin as a linear policy. Set model.mirror = false and model.opponents = "
            "false."
        )
    return model
