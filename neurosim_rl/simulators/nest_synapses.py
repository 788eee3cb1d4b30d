"""The synapses of a batch within NEST's kernel: their models, and their weights, read and set by few calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.synapses import DOPAMINE, GAP_JUNCTION, RECEPTOR
from neurosim_rl.simulators.nest_library import nest, nestkernel_api

Kind = tuple[str, str, tuple[str, ...]]
"""Source, target and NEST's synapse models: connections are looked up by these."""


class SynapseModels:
    """NEST's synapse model of each projection in each element.

    All elements share a model, except where it has common properties: ``stdp_dopamine_synapse`` has its parameters and
    its volume transmitter there. Each element gets copies of that, and a transmitter for each population that releases
    dopamine, so that networks in one kernel learn independently. NEST allows some 400 copies. Each transmitter goes
    through the dopamine synapses of all elements once in every smallest delay, so batches should be small.

    Parameters
    ----------
    networks : sequence of Network
    node_ids : dict of str to int array, shape (n_batch, size)
        Of each population.
    """

    def __init__(self, networks: Sequence[Network], node_ids: dict[str, np.ndarray]) -> None:
        self._networks, self._node_ids = networks, node_ids
        self.transmitters: dict[str, Any] = {}
        for projection in networks[0].projections:
            name = projection.modulator
            if name is not None and name not in self.transmitters:
                self.transmitters[name] = self._transmitters(name)
        self._names = [self._names_of(k) for k in range(len(networks[0].projections))]

    def elements_by_name(self, projection: int) -> dict[str, list[int]]:
        """Return which elements' synapses of a projection are of which model."""
        elements: dict[str, list[int]] = {}
        for element, name in enumerate(self._names[projection]):
            elements.setdefault(name, []).append(element)
        return elements

    def _transmitters(self, modulator: str) -> Any:
        """Create a volume transmitter for each element and connect it to its population; return them."""
        senders = self._node_ids[modulator]
        transmitters = nest.Create("volume_transmitter", len(senders))
        delay_ms = np.full(senders.size, self._networks[0].grid.ms(self._networks[0].delay_range_steps[0]))
        nest.Connect(
            senders.ravel(),
            np.repeat([node.global_id for node in transmitters], senders.shape[1]),
            "one_to_one",
            {"weight": np.ones(senders.size), "delay": delay_ms},
        )
        return transmitters

    def _names_of(self, projection: int) -> list[str]:
        described = [n.projections[projection] for n in self._networks]
        if described[0].synapse != DOPAMINE:
            return [described[0].synapse] * len(described)
        names = []
        transmitters = self.transmitters[str(described[0].modulator)]
        for element, (p, transmitter) in enumerate(zip(described, transmitters, strict=True)):
            # CopyModel, not SetDefaults: defaults would change the synapses of all elements.
            name = f"{DOPAMINE}_{projection}_{element}"
            parameters = {key: float(value) for key, value in p.parameters.items() if key != RECEPTOR}
            nest.CopyModel(DOPAMINE, name, {"volume_transmitter": transmitter, **parameters})
            names.append(name)
        return names


def connect(networks: Sequence[Network], k: int, node_ids: dict[str, np.ndarray], models: SynapseModels) -> None:
    """Connect the k-th projection of every network, in one call for each synapse model."""
    first = networks[0].projections[k]
    # Dopamine synapses have their parameters in the model, all others in each synapse.
    of_synapse = tuple(key for key in first.parameters if first.synapse != DOPAMINE or key == RECEPTOR)
    for model, elements in models.elements_by_name(k).items():
        pre, post = [], []
        values: dict[str, list[np.ndarray]] = {"weight": []}
        if first.has_delay:
            values["delay"] = []
        for key in of_synapse:
            values[key] = []
        for element in elements:
            p = networks[element].projections[k]
            pre.append(node_ids[first.source][element, p.pre])
            post.append(node_ids[first.target][element, p.post])
            values["weight"].append(p.weight_pa)
            if first.has_delay:
                values["delay"].append(networks[element].grid.ms(networks[element].grid.steps(p.delay_ms)))
            for key in of_synapse:
                values[key].append(np.broadcast_to(p.parameters[key], p.pre.shape))
        joined = {key: np.concatenate(parts).astype(np.float64) for key, parts in values.items()}
        if RECEPTOR in joined:
            joined[RECEPTOR] = joined[RECEPTOR].astype(np.int64)
        if joined["weight"].size:
            ends = np.concatenate(pre), np.concatenate(post)
            rule = {"rule": "one_to_one", "make_symmetric": first.synapse == GAP_JUNCTION}
            nest.Connect(*ends, rule, {"synapse_model": model, **joined})


class SynapseIndex:
    """Places of the described synapses in NEST's lists of connections.

    Parameters
    ----------
    networks : sequence of Network
    node_ids : dict of str to int array, shape (n_batch, size)
        Of each population.
    models : SynapseModels
    is_constant : bool
        Whether the synapses keep the described weights: those of a function cannot be told apart.
    """

    def __init__(
        self,
        networks: Sequence[Network],
        node_ids: dict[str, np.ndarray],
        models: SynapseModels,
        is_constant: bool = False,
    ) -> None:
        self._networks, self._node_ids, self._models = networks, node_ids, models
        described = networks[0].projections
        self._fixed = {k for k, p in enumerate(described) if is_constant or p.synapse == GAP_JUNCTION}
        self._connections: dict[Kind, list[Any]] = {}
        self._places: dict[int, list[np.ndarray]] = {}
        self._is_final = False

    def weights_pa(self, is_final: bool) -> list[list[np.ndarray]]:
        """Return the present weights of each element's projections; `is_final`: something was simulated already."""
        self._find(is_final)
        values = {}
        for kind, connections in self._connections.items():
            status = nestkernel_api.llapi_get_connection_status(connections)
            values[kind] = np.array([synapse["weight"] for synapse in status])
        weights: list[list[np.ndarray]] = [[] for _ in self._networks]
        for k in range(len(self._networks[0].projections)):
            for element, network in enumerate(self._networks):
                if k in self._fixed:
                    weights[element].append(np.array(network.projections[k].weight_pa, np.float64))
                else:
                    weights[element].append(values[self._kind(k)][self._places[k][element]])
        return weights

    def set_weights_pa(
        self, is_final: bool, projection: int, weight_pa: np.ndarray | Sequence[np.ndarray], elements: np.ndarray
    ) -> None:
        """Set one projection's weights in these elements."""
        if projection in self._fixed:
            raise SimulatorError(
                f"{self._networks[0].projections[projection].label}: the weights cannot change while it plays. Learn "
                "in other projections."
            )
        self._find(is_final)
        connections = self._connections[self._kind(projection)]
        places = np.concatenate([self._places[projection][element] for element in elements.tolist()])
        values = np.concatenate([*weight_pa]).astype(np.float64)
        if places.size:
            chosen = [connections[place] for place in places.tolist()]
            nestkernel_api.llapi_set_connection_status(chosen, [{"weight": value} for value in values.tolist()])

    def _kind(self, projection: int) -> Kind:
        described = self._networks[0].projections[projection]
        return described.source, described.target, tuple(self._models.elements_by_name(projection))

    def _find(self, is_final: bool) -> None:
        """Look all connections up, unless that is done; NEST sorts them when it first simulates, and not again."""
        if self._is_final:
            return
        kinds: dict[Kind, list[int]] = {}
        for k in range(len(self._networks[0].projections)):
            if k not in self._fixed:
                kinds.setdefault(self._kind(k), []).append(k)
        for kind, projections in kinds.items():
            self._find_kind(kind, projections)
        self._is_final = is_final

    def _find_kind(self, kind: Kind, projections: list[int]) -> None:
        """Pair connections with synapses by their ends; several of one pair of neurons in the order that NEST has."""
        source, target, models = kind
        self._connections[kind], source_ids, target_ids = self._connections_of(source, target, models)
        pre, post, sizes = [], [], []
        for k in projections:
            for element, network in enumerate(self._networks):
                p = network.projections[k]
                pre.append(self._node_ids[source][element, p.pre])
                post.append(self._node_ids[target][element, p.post])
                sizes.append(p.n_synapses)
        # NEST's connections and the described synapses have the same ends. Sorted by these, the two lists match one to
        # one; the sorts are stable, so several synapses between the same neurons keep their order.
        theirs = np.lexsort((target_ids, source_ids))
        ours = np.lexsort((np.concatenate(post), np.concatenate(pre)))
        place = np.empty(len(ours), np.int64)
        place[ours] = theirs
        of_each = np.split(place, np.cumsum(sizes)[:-1])
        n_batch = len(self._networks)
        for row, k in enumerate(projections):
            self._places[k] = of_each[row * n_batch : (row + 1) * n_batch]

    def _connections_of(
        self, source: str, target: str, models: tuple[str, ...]
    ) -> tuple[list[Any], np.ndarray, np.ndarray]:
        """Return NEST's connections between two populations in all elements, and the ids of their ends."""
        sources = nest.NodeCollection(np.sort(self._node_ids[source].ravel()))
        targets = nest.NodeCollection(np.sort(self._node_ids[target].ravel()))
        connections: list[Any] = []
        source_ids, target_ids = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for model in models:
            found = nest.GetConnections(sources, targets, model)
            if len(found):
                connections.extend(found._datum)
                status = found.get(["source", "target"])
                # A number, not a list, where there is one connection.
                source_ids.append(np.atleast_1d(status["source"]))
                target_ids.append(np.atleast_1d(status["target"]))
        return connections, np.concatenate(source_ids), np.concatenate(target_ids)
