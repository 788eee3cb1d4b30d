"""The synapses of a batch within NEST's kernel: their models, and their weights, read and set by few calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nest
import numpy as np
from nest import nestkernel_api

from neurosim_rl.networks.network import Network
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.synapses import DOPAMINE

Kind = tuple[str, str, tuple[str, ...]]
"""Source, target and NEST's synapse models: what NEST can be asked for."""


class SynapseModels:
    """NEST's synapse model of each projection in each element.

    All elements share a model, except where it has common properties: ``stdp_dopamine_synapse`` has its parameters and
    its volume transmitter there. Each element gets copies of that, and a transmitter for each population that releases
    dopamine, so that networks in one kernel learn independently. NEST allows some 400 copies. Each transmitter goes
    through the dopamine synapses of all elements every smallest delay, so let batches be small.

    Parameters
    ----------
    networks : sequence of Network
    node_ids : dict of str to int array, shape (n_batch, size)
        Of each population.
    """

    def __init__(self, networks: Sequence[Network], node_ids: dict[str, np.ndarray]) -> None:
        self._networks, self._node_ids = networks, node_ids
        modulators = dict.fromkeys(p.modulator for p in networks[0].projections if p.modulator is not None)
        self.transmitters = {name: self._transmitters(name) for name in modulators}
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
        delay_ms = np.full(senders.size, self._networks[0].delay_range_ms[0])
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
        transmitters = self.transmitters[str(described[0].modulator)]
        names = [f"{DOPAMINE}_{projection}_{element}" for element in range(len(described))]
        for name, p, transmitter in zip(names, described, transmitters, strict=True):
            parameters = {key: float(value) for key, value in p.parameters.items()}
            nest.CopyModel(DOPAMINE, name, {"volume_transmitter": transmitter, **parameters})
        return names


def connect(networks: Sequence[Network], k: int, node_ids: dict[str, np.ndarray], models: SynapseModels) -> None:
    """Connect the k-th projection of every network, in one call for each synapse model."""
    projections = [n.projections[k] for n in networks]
    first = projections[0]
    source, target = node_ids[first.source], node_ids[first.target]
    for model, elements in models.elements_by_name(k).items():
        chosen = [projections[e] for e in elements]
        pre = np.concatenate([source[e, p.pre] for e, p in zip(elements, chosen, strict=True)])
        if not pre.size:
            continue
        each_synapse = () if first.synapse == DOPAMINE else first.parameters
        nest.Connect(
            pre,
            np.concatenate([target[e, p.post] for e, p in zip(elements, chosen, strict=True)]),
            "one_to_one",
            {
                "synapse_model": model,
                "weight": np.concatenate([p.weight_pa for p in chosen]).astype(np.float64),
                "delay": np.concatenate([p.delay_ms for p in chosen]).astype(np.float64),
                **{key: _each_synapse(key, chosen) for key in each_synapse},
            },
        )


def _each_synapse(key: str, projections: Sequence[Projection]) -> np.ndarray:
    """Return a parameter of the synapses of several projections, shape (n_synapses of all,)."""
    values = [np.broadcast_to(p.parameters[key], p.pre.shape) for p in projections]
    return np.concatenate(values).astype(np.float64)


class SynapseIndex:
    """Where in NEST's lists of connections each described synapse stands.

    Parameters
    ----------
    networks : sequence of Network
    node_ids : dict of str to int array, shape (n_batch, size)
        Of each population.
    models : SynapseModels
    """

    def __init__(self, networks: Sequence[Network], node_ids: dict[str, np.ndarray], models: SynapseModels) -> None:
        self._networks, self._node_ids, self._models = networks, node_ids, models
        self._connections: dict[Kind, list[Any]] = {}
        self._places: dict[int, list[np.ndarray]] = {}
        self._is_final = False

    def weights_pa(self, is_final: bool) -> list[list[np.ndarray]]:
        """Return the present weights of each element's projections; `is_final`: something was simulated already."""
        self._find(is_final)
        values = {
            kind: np.array([status["weight"] for status in nestkernel_api.llapi_get_connection_status(connections)])
            for kind, connections in self._connections.items()
        }
        projections = range(len(self._networks[0].projections))
        return [
            [values[self._kind(k)][self._places[k][element]] for k in projections]
            for element in range(len(self._networks))
        ]

    def set_weights_pa(
        self, is_final: bool, projection: int, weight_pa: np.ndarray | Sequence[np.ndarray], elements: np.ndarray
    ) -> None:
        """Set one projection's weights in these elements."""
        self._find(is_final)
        connections = self._connections[self._kind(projection)]
        places = np.concatenate([self._places[projection][element] for element in elements.tolist()])
        values = np.concatenate([*weight_pa]).astype(np.float64)
        if places.size:
            nestkernel_api.llapi_set_connection_status(
                [connections[place] for place in places.tolist()], [{"weight": value} for value in values.tolist()]
            )

    def _kind(self, projection: int) -> Kind:
        described = self._networks[0].projections[projection]
        return described.source, described.target, tuple(self._models.elements_by_name(projection))

    def _find(self, is_final: bool) -> None:
        """Look all connections up, unless that is done; NEST sorts them when it first simulates, and not again."""
        if self._is_final:
            return
        kinds: dict[Kind, list[int]] = {}
        for k in range(len(self._networks[0].projections)):
            kinds.setdefault(self._kind(k), []).append(k)
        for kind, projections in kinds.items():
            self._find_kind(kind, projections)
        self._is_final = is_final

    def _find_kind(self, kind: Kind, projections: list[int]) -> None:
        """Pair connections with synapses by their ends; several of one pair of neurons in the order that NEST has."""
        source, target, models = kind
        ends = [nest.NodeCollection(np.sort(self._node_ids[name].ravel())) for name in (source, target)]
        found = [c for c in (nest.GetConnections(*ends, model) for model in models) if len(c)]
        self._connections[kind] = [connection for c in found for connection in c._datum]
        status = [c.get(["source", "target"]) for c in found]
        theirs = np.lexsort([_column(status, key) for key in ("target", "source")])
        described = [
            (
                self._node_ids[source][element, n.projections[k].pre],
                self._node_ids[target][element, n.projections[k].post],
            )
            for k in projections
            for element, n in enumerate(self._networks)
        ]
        pre, post = (np.concatenate(column) for column in zip(*described, strict=True))
        ours = np.lexsort((post, pre))
        place = np.empty(len(ours), np.int64)
        place[ours] = theirs
        parts = np.split(place, np.cumsum([len(pre) for pre, _ in described])[:-1])
        n_batch = len(self._networks)
        for row, k in enumerate(projections):
            self._places[k] = parts[row * n_batch : (row + 1) * n_batch]


def _column(status: list[dict[str, Any]], key: str) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.int64), *(np.atleast_1d(s[key]) for s in status)])
