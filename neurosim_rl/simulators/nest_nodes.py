"""The neurons of a batch as nodes of NEST's kernel: made by few calls, and found again by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nest
import numpy as np
from nest import nestkernel_api

from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network

_KEEP_REST = {"t_ref", "tau_m", "C_m", "tau_syn_ex", "tau_syn_in", "tau_minus"}
"""Parameters that leave a neuron of NEST's ``iaf_psc_`` models at rest when there is no input."""


class Nodes:
    """The nodes of a batch; all are created at once.

    Parameters
    ----------
    networks : sequence of Network

    Attributes
    ----------
    ids : dict of str to int array, shape (n_batch, size)
        Of each population.
    all_ids : int array, shape (n_batch, n_neurons)
    element_of, neuron_of : int array, shape (largest id + 1,)
        Node ids are dense, so two arrays turn a sender's id into element and neuron.
    """

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks, first = networks, networks[0]
        self.ids = {p.name: self._create(k) for k, p in enumerate(first.populations)}
        self.all_ids = np.concatenate([self.ids[p.name] for p in first.populations], axis=1)
        self.element_of = np.zeros(self.all_ids.max() + 1, dtype=np.int64)
        self.neuron_of = np.zeros(self.all_ids.max() + 1, dtype=np.int64)
        self.element_of[self.all_ids] = np.arange(len(networks))[:, None]
        self.neuron_of[self.all_ids] = np.arange(first.n_neurons)

    def _create(self, k: int) -> np.ndarray:
        """Create the k-th population of every network; return its node ids, shape (n_batch, size)."""
        populations = [n.populations[k] for n in self._networks]
        shape = (len(populations), populations[0].size)
        keys = {key for p in populations for key in p.parameters}
        for p in populations:
            if set(p.parameters) != keys:
                raise SimulatorError(f"population {p.name!r}: all networks of a batch must set {sorted(keys)}.")
        values = {
            key: np.stack([np.broadcast_to(p.parameters[key], shape[1:]) for p in populations]).ravel()
            for key in sorted(keys)
        }
        # All parameters in one call: those relative to E_L depend, in their last bit, on the order of calls.
        is_same = all((v == v[0]).all() for v in values.values())
        same = {key: float(v[0]) for key, v in values.items()} if is_same else {}
        nodes = nest.Create(populations[0].model, shape[0] * shape[1], same)
        varied = {} if is_same else values
        if varied:
            set_each(
                nodes,
                [
                    dict(zip(varied, row, strict=True))
                    for row in zip(*(v.tolist() for v in varied.values()), strict=True)
                ],
            )
        first_id = nodes[0].global_id
        return np.arange(first_id, first_id + shape[0] * shape[1]).reshape(shape)

    def freeze_resting_inputs(self) -> None:
        """Let input neurons sleep until their first current.

        At rest and without input a neuron's state stays as it is, bit for bit, and NEST's update loop passes over
        frozen nodes. With one-hot tuning most input neurons never receive a current.
        """
        network = self._networks[0]
        population = network.population(network.input)
        stays_at_rest = population.model.startswith("iaf_psc_") and set(population.parameters) <= _KEEP_REST
        is_target = any(projection.target == network.input for projection in network.projections)
        if stays_at_rest and not is_target:
            first, last = self.ids[network.input].flat[[0, -1]].tolist()
            set_each(nest.NodeCollection(range(first, last + 1)), [{"frozen": True}])


def set_each(nodes: Any, values: list[dict[str, Any]]) -> None:
    """Set each node's values by one call.

    ``NodeCollection.set`` does the same, after reading the status of the first node each time: that is twice as slow.
    """
    nestkernel_api.llapi_set_nc_status(nodes._datum, values)
