"""Projections read from NEST's kernel: the connections that a function made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.synapses import DOPAMINE, GAP_JUNCTION, RECEPTOR, STATIC
from neurosim_rl.simulators.nest_library import nest, nestkernel_api
from neurosim_rl.simulators.nest_read_nodes import NodeRun, NotDataError

_STATUS = """
delay element_type has_delay num_connections port receptor receptor_type requires_symmetric sizeof source synapse_id
synapse_label synapse_model synapse_modelid target target_thread weight weight_recorder
"""
_NO_PARAMETERS = frozenset(_STATUS.split())
"""Entries of a connection's or a synapse model's status that are not its parameters."""
_MOST_RECEPTORS = 32


@dataclass(frozen=True)
class ConnectionGroup:
    """Connections of one synapse model between two populations.

    Parameters
    ----------
    source, target : NodeRun
    model : str
        As NEST names it, a copy's own name included.
    pre, post : int array, shape (n_synapses,)
        Places within the populations.
    status : list of mapping
        Of each connection.
    """

    source: NodeRun
    target: NodeRun
    model: str
    pre: np.ndarray
    post: np.ndarray
    status: list[Mapping[str, Any]]

    def values(self, key: str) -> np.ndarray:
        """Return an entry of the status of each connection, shape (n_synapses,)."""
        return np.array([one[key] for one in self.status])


def groups_of(runs: Sequence[NodeRun]) -> list[ConnectionGroup]:
    """Return the connections between populations, in the order of NEST's list; those of recorders are left out.

    Connections that NEST makes in both directions are there once.
    """
    connections = nest.GetConnections()
    if not len(connections):
        return []
    status = nestkernel_api.llapi_get_connection_status(connections._datum)
    place = {int(node): (number, k) for number, run in enumerate(runs) for k, node in enumerate(run.ids)}
    members: dict[tuple[int, int, str], list[tuple[int, int, Mapping[str, Any]]]] = {}
    for one in status:
        ends = place.get(int(one["source"])), place.get(int(one["target"]))
        if ends[0] is None or ends[1] is None:
            continue
        model = str(one["synapse_model"])
        if _is_symmetric(model) and ends[0] > ends[1]:
            continue
        members.setdefault((ends[0][0], ends[1][0], model), []).append((ends[0][1], ends[1][1], one))
    groups = []
    for (source, target, model), rows in members.items():
        pre, post, described = zip(*rows, strict=True)
        groups.append(
            ConnectionGroup(runs[source], runs[target], model, np.array(pre), np.array(post), list(described))
        )
    return groups


@cache
def _is_symmetric(model: str) -> bool:
    return model == GAP_JUNCTION or bool(nest.GetDefaults(model, "requires_symmetric"))


def projection_of(
    group: ConnectionGroup, base: str, target_model: str, changed: Mapping[str, Any], defaults: Mapping[str, Any]
) -> Projection:
    """Return the projection of some connections.

    Parameters
    ----------
    group : ConnectionGroup
    base : str
        NEST's synapse model; the function may have copied it.
    target_model : str
        NEST's model of the target neurons.
    changed, defaults : mapping
        Defaults of the synapse model in the function's kernel, and of `base` in a fresh one.

    Raises
    ------
    NotDataError
        For properties that all synapses of a model share, and for a parameter that is no number.
    """
    if base == DOPAMINE or base.startswith(f"{DOPAMINE}_"):
        raise NotDataError(f"{base} has a volume transmitter")
    parameters: dict[str, Any] = {}
    for key in sorted(set(changed) - _NO_PARAMETERS):
        if key not in group.status[0]:
            if not np.array_equal(np.asarray(changed[key]), np.asarray(defaults.get(key))):
                raise NotDataError(f"{key} of {group.model} is shared by all its synapses, and is not NEST's default")
            continue
        values = group.values(key)
        if values.dtype.kind not in "biuf":
            raise NotDataError(f"{key} of {group.model} is no number")
        if not (values == defaults.get(key)).all():
            parameters[key] = _one_or_all(values)
    receptor = group.values("receptor") + _receptor_offset(target_model)
    if receptor.any() and base != GAP_JUNCTION:
        parameters[RECEPTOR] = _one_or_all(receptor)
    weight, delay_ms = group.values("weight").astype(np.float64), group.values("delay").astype(np.float64)
    ends = group.source.name, group.target.name
    return Projection(*ends, group.pre, group.post, weight, delay_ms, base or STATIC, parameters)


def _one_or_all(values: np.ndarray) -> Any:
    return values[0].item() if (values == values[0]).all() else values


@cache
def _receptor_offset(model: str) -> int:
    """Return what to add to the receptor of a connection for its ``receptor_type``: some models count from another.

    Called in an empty kernel: it makes two nodes of their own.
    """
    target, source = nest.Create(model), nest.Create("parrot_neuron")
    for receptor in range(_MOST_RECEPTORS):
        try:
            nest.Connect(source, target, "one_to_one", {RECEPTOR: receptor})
        except nestkernel_api.NESTErrors.KernelException:
            continue
        return receptor - int(nest.GetConnections(source, target).get("receptor"))
    raise NotDataError(f"the receptors of {model} depend on its parameters")
