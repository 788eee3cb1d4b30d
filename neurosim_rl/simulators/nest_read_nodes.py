"""Populations read from NEST's kernel: nodes that a function made, in runs of one model and one role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.simulators.nest_construction import Made
from neurosim_rl.simulators.nest_library import nest, nestkernel_api

_STATUS = """
Ca archiver_length element_type frozen global_id has_connections instantiations label local model model_id n_synapses
node_uses_wfr origin post_trace receptor_types recordables stimulus_source supports_precise_spikes synaptic_elements
t_spike thread thread_local_id vp
"""
_NO_PARAMETERS = frozenset(_STATUS.split())
"""Entries of a node's status that are not its parameters: NEST makes them, or they mean nothing here."""


class NotDataError(Exception):
    """Something that a network as data cannot express; the text says what."""


@dataclass(frozen=True)
class NodeRun:
    """Nodes that become one population.

    Parameters
    ----------
    name : str
        Of the population.
    model : str
        As NEST names it, a copy's own name included.
    ids : int array, shape (size,)
    input, output : int
        Place of the first node among those for input and for output; -1: none.
    """

    name: str
    model: str
    ids: np.ndarray
    input: int = -1
    output: int = -1


def runs_of(made: Made) -> list[NodeRun]:
    """Return the nodes of the kernel by population: those for input first, those for output last.

    Recorders are left out: neurosim-rl records by itself.
    """
    models = {node: model for node, model in _models().items() if _element_type(model) != "recorder"}
    place_in, place_out = _places(made.inputs), _places(made.outputs)
    collection = {int(node): k for k, ids in enumerate([*made.inputs, *made.outputs]) for node in ids}
    names = {int(node): name for name, ids in made.named.items() for node in ids}
    order = sorted(models, key=lambda n: (place_in.get(n, 1 << 60), place_out.get(n, -1), n))
    groups: list[list[int]] = []
    for node in order:
        last = groups[-1][-1] if groups else None
        if last is not None and _continues(last, node, models, names, collection, place_in, place_out):
            groups[-1].append(node)
        else:
            groups.append([node])
    found = _Names()
    runs = []
    for ids in groups:
        first = ids[0]
        role = ("input" if first in place_in else "") + ("output" if first in place_out else "")
        name = found.new(names.get(first) or role.replace("inputoutput", "neurons") or models[first])
        runs.append(NodeRun(name, models[first], np.array(ids), place_in.get(first, -1), place_out.get(first, -1)))
    return runs


def _continues(
    last: int,
    node: int,
    models: Mapping[int, str],
    names: Mapping[int, str],
    collection: Mapping[int, int],
    place_in: Mapping[int, int],
    place_out: Mapping[int, int],
) -> bool:
    """Return whether a node belongs to the population of the one before it."""
    for of in (models, names, collection):
        if of.get(last) != of.get(node):  # type: ignore[attr-defined]
            return False
    for place in (place_in, place_out):
        if (last in place) != (node in place) or (node in place and place[node] != place[last] + 1):
            return False
    return True


class _Names:
    """Names that are each given once: the second ``input`` is ``input_2``."""

    def __init__(self) -> None:
        self._count: dict[str, int] = {}

    def new(self, name: str) -> str:
        self._count[name] = self._count.get(name, 0) + 1
        return name if self._count[name] == 1 else f"{name}_{self._count[name]}"


def _models() -> dict[int, str]:
    """Return the model of each node in the kernel."""
    nodes = nest.GetNodes()
    models = nodes.get("model")
    ids = nodes.tolist()
    return dict(zip(ids, [models] if isinstance(models, str) else list(models), strict=True))


def _element_type(model: str) -> str:
    return str(nest.GetDefaults(model, "element_type"))


def _places(collections: Sequence[np.ndarray]) -> dict[int, int]:
    """Return the place of each node among those of all collections."""
    return {int(node): k for k, node in enumerate(np.concatenate(collections))}


def node_statuses(runs: Sequence[NodeRun]) -> dict[str, dict[str, list[Any]]]:
    """Return the status of each population: one value for each of its nodes, in the population's order."""
    found = {}
    for run in runs:
        order = np.argsort(run.ids)
        status = nestkernel_api.llapi_get_nc_status(nest.NodeCollection(run.ids[order])._datum)
        place = np.argsort(order).tolist()
        found[run.name] = {key: [values[k] for k in place] for key, values in status.items()}
    return found


def population_of(run: NodeRun, status: Mapping[str, list[Any]], base: str, defaults: Mapping[str, Any]) -> Population:
    """Return a population with the parameters that differ from NEST's defaults.

    Parameters
    ----------
    run : NodeRun
    status : mapping of str to list
        Of its nodes.
    base : str
        NEST's model; the function may have copied it.
    defaults : mapping
        Parameters of that model in a kernel without the function's changes.

    Raises
    ------
    NotDataError
        For a parameter that is no number and no list of numbers.
    """
    parameters = {}
    for key in sorted(set(status) - _NO_PARAMETERS):
        values = status[key]
        if run.input >= 0 and base == SPIKE_SOURCE:
            continue  # the encoder gives its spikes
        if key in defaults and all(_equal(value, defaults[key]) for value in values):
            continue
        parameters[key] = _as_data(run.name, key, values)
    return Population(run.name, len(run.ids), base, parameters)


def _equal(value: Any, default: Any) -> bool:
    try:
        return bool(np.array_equal(np.asarray(value), np.asarray(default)))
    except (TypeError, ValueError):
        return False


def _as_data(name: str, key: str, values: Sequence[Any]) -> Any:
    arrays = [np.asarray(value) for value in values]
    shapes = {array.shape for array in arrays}
    if any(array.dtype.kind not in "biuf" or array.ndim > 1 for array in arrays) or len(shapes) > 1:
        raise NotDataError(f"{key} of {name} is no number and no list of numbers of one length")
    same = all(np.array_equal(array, arrays[0]) for array in arrays)
    if arrays[0].ndim == 1:
        return tuple(arrays[0].tolist()) if same else np.stack(arrays)
    return arrays[0].item() if same else np.array(arrays)
