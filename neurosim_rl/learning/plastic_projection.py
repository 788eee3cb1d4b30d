"""One projection of a batch whose weights a rule changes: its synapses, and their present weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.synapses import STATIC


class PlasticProjection:
    """The synapses of one projection, for a whole batch.

    Parameters
    ----------
    networks : sequence of Network
        Network of each element; all have the same sizes, wiring may differ.
    number : int
        Index of the projection in each network.

    Attributes
    ----------
    source, target : str
        Names of its populations.
    weight_pa : array, shape (n_batch, n_synapses)
        Present weights, in the unit of `neurosim_rl.networks.projection.Projection.weight_pa`. A learner changes them
        by `PlasticLearner.set_weights`.
    eligibility : array, shape (n_batch, n_synapses) or (n_batch, 0)
        What a rule remembers of each synapse, for records and figures. A rule without such a trace leaves it empty.
    pre, post : int array, shape (n_batch, n_synapses)
        Neurons of each synapse, counted within their populations.
    n_pre, n_post : int
        Sizes of these populations.

    Raises
    ------
    ConfigurationError
        For synapses with a rule of their own, or another number of synapses in each network.
    """

    def __init__(self, networks: Sequence[Network], number: int) -> None:
        projection = networks[0].projections[number]
        if projection.synapse != STATIC:
            raise ConfigurationError(
                f"{projection.label} has synapses {projection.synapse!r} with a rule of their own; expected "
                f"{STATIC!r}. Leave it out of learning.projections."
            )
        n_synapses = {network.projections[number].n_synapses for network in networks}
        if len(n_synapses) > 1:
            raise ConfigurationError(
                f"{projection.label} has {sorted(n_synapses)} synapses in the networks of one batch; expected the same "
                "number in all. Leave it out of learning.projections, or set batch_size = 1."
            )
        self.number, self.source, self.target = number, projection.source, projection.target
        self.pre, self.post = self._ends(networks)
        self.n_pre = networks[0].population(projection.source).size
        self.n_post = networks[0].population(projection.target).size
        weights = [np.asarray(network.projections[number].weight_pa, np.float64) for network in networks]
        self.weight_pa = np.stack(weights)
        self.eligibility = np.zeros((len(networks), 0))

    def _ends(self, networks: Sequence[Network]) -> tuple[np.ndarray, np.ndarray]:
        """Return the source and target neuron of each synapse, shape (n_batch, n_synapses) each."""
        own = [network.projections[self.number] for network in networks]
        return np.stack([p.pre for p in own]).astype(np.int64), np.stack([p.post for p in own]).astype(np.int64)

    @property
    def label(self) -> str:
        """Name of the projection: source->target."""
        return f"{self.source}->{self.target}"

    @property
    def learned_pa(self) -> np.ndarray:
        """Weights that a trial hands on, shape (n_batch, n_synapses): the present ones."""
        return self.weight_pa

    def at_sources(self, values: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Return the value of each synapse's source neuron.

        Parameters
        ----------
        values : array, shape (n_rows, n_pre)
        active : int array, shape (n_rows,)

        Returns
        -------
        array, shape (n_rows, n_synapses)
        """
        return np.take_along_axis(values, self.pre[active], axis=1)

    def at_targets(self, values: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Return the value of each synapse's target neuron; arrays as of `at_sources`, with n_post for n_pre."""
        return np.take_along_axis(values, self.post[active], axis=1)
