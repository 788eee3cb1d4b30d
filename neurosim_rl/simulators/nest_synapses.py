"""Weights of a batch's synapses within NEST's kernel, read and set in one call for each kind of synapse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nest
import numpy as np
from nest import nestkernel_api

from neurosim_rl.network import Network

Kind = tuple[str, str, str]
"""Source, target and synapse model: what NEST can be asked for."""


class SynapseIndex:
    """Where in NEST's lists of connections each described synapse stands.

    Parameters
    ----------
    networks : sequence of Network
    node_ids : dict of str to int array, shape (n_batch, size)
        Of each population.
    """

    def __init__(self, networks: Sequence[Network], node_ids: dict[str, np.ndarray]) -> None:
        self._networks, self._node_ids = networks, node_ids
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
        return described.source, described.target, described.synapse

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
        source, target, synapse = kind
        ends = (nest.NodeCollection(np.sort(self._node_ids[name].ravel())) for name in (source, target))
        found = nest.GetConnections(*ends, synapse)
        self._connections[kind] = list(found._datum) if len(found) else []
        status = found.get(["source", "target"]) if len(found) else {"source": [], "target": []}
        theirs = np.lexsort([np.atleast_1d(np.asarray(status[key], dtype=np.int64)) for key in ("target", "source")])
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
