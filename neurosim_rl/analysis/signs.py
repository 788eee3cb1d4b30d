"""Excitatory and inhibitory neurons of a network, by the signs of their synapses, and their colours."""

from __future__ import annotations

import numpy as np
from matplotlib.lines import Line2D

from neurosim_rl.analysis.style import BLUE, VERMILLION
from neurosim_rl.networks.network import Network

EXCITATORY, INHIBITORY, BOTH, NONE = 1, -1, 2, 0
SIGN_COLOURS = {EXCITATORY: BLUE, INHIBITORY: VERMILLION, BOTH: "#333333", NONE: "#777777"}
SIGN_NAMES = {
    EXCITATORY: "excitatory",
    INHIBITORY: "inhibitory",
    BOTH: "synapses of both signs",
    NONE: "no synapses to neurons",
}


def neuron_signs(network: Network) -> np.ndarray:
    """Return the sign of each neuron by its outgoing synapses in the network, shape (n_neurons,).

    ``EXCITATORY``: all weights that are not 0 are above 0; ``INHIBITORY``: all are below; ``BOTH``; ``NONE``: there are
    no such weights, as of output neurons. Weights of a read-out are no synapses and do not count.
    """
    above, below = np.zeros(network.n_neurons, bool), np.zeros(network.n_neurons, bool)
    for projection in network.projections:
        source = network.first_neuron[projection.source] + np.asarray(projection.pre)
        weight = np.asarray(projection.weight_pa)
        above[source[weight > 0]] = True
        below[source[weight < 0]] = True
    return np.select([above & below, above, below], [BOTH, EXCITATORY, INHIBITORY], NONE)


def sign_legend(signs: np.ndarray) -> list[Line2D]:
    """Return an entry of a legend for each sign that occurs."""
    entries = []
    for sign, name in SIGN_NAMES.items():
        if (signs == sign).any():
            entries.append(Line2D([], [], color=SIGN_COLOURS[sign], linewidth=2.0, label=name))
    return entries
