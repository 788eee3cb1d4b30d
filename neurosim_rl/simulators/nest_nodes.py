"""The neurons of a batch as nodes of NEST's kernel: made by few calls, and found again by their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.settings.checks import unknown_name
from neurosim_rl.simulators import nest_kernel as kernel
from neurosim_rl.simulators.nest_library import nest, nestkernel_api

_KEEP_REST = {"t_ref", "tau_m", "C_m", "tau_syn_ex", "tau_syn_in", "tau_minus"}
"""Parameters that leave a neuron of NEST's ``iaf_psc_`` models at rest when there is no input."""


class Nodes:
    """The nodes of a batch; all are created at once, except those that a function has made.

    Parameters
    ----------
    networks : sequence of Network
    made : mapping of str to int array, shape (1, size)
        Nodes of populations that are in the kernel already, by name.

    Attributes
    ----------
    ids : dict of str to int array, shape (n_batch, size)
        Of each population.
    all_ids : int array, shape (n_batch, n_neurons)
    element_of, neuron_of : int array, shape (largest id + 1,)
        Node ids are dense, so two arrays turn a sender's id into element and neuron.
    """

    def __init__(self, networks: Sequence[Network], made: Mapping[str, np.ndarray]) -> None:
        self._networks, first = networks, networks[0]
        self.ids = {
            p.name: made[p.name] if p.name in made else self._create(k) for k, p in enumerate(first.populations)
        }
        self.all_ids = np.concatenate(list(self.ids.values()), axis=1)
        self.element_of = np.zeros(self.all_ids.max() + 1, dtype=np.int64)
        self.neuron_of = np.zeros(self.all_ids.max() + 1, dtype=np.int64)
        self.element_of[self.all_ids] = np.arange(len(networks))[:, None]
        self.neuron_of[self.all_ids] = np.arange(first.n_neurons)

    def _create(self, k: int) -> np.ndarray:
        """Create the k-th population of every network; return its node ids, shape (n_batch, size)."""
        populations = [n.populations[k] for n in self._networks]
        n_batch, size = len(populations), populations[0].size
        values = _each_neuron(populations)
        _check_lists(populations[0].model, values)
        # All parameters in one call: those relative to E_L depend, in their last bit, on the order of calls.
        if all(map(_is_constant, values.values())):
            shared = {name: v[0].tolist() for name, v in values.items()}
            nodes = nest.Create(populations[0].model, n_batch * size, shared)
        else:
            nodes = nest.Create(populations[0].model, n_batch * size)
            rows = zip(*map(np.ndarray.tolist, values.values()), strict=True)
            set_each(nodes, [dict(zip(values, row, strict=True)) for row in rows])
        first_id = nodes[0].global_id
        return np.arange(first_id, first_id + n_batch * size).reshape(n_batch, size)

    def freeze_resting_inputs(self) -> None:
        """Let input neurons sleep until their first current.

        At rest and without input a neuron's state stays as it is, bit for bit, and NEST's update loop passes over
        frozen nodes. With one-hot tuning most input neurons never receive a current.
        """
        network = self._networks[0]
        targets = {projection.target for projection in network.projections}
        for name in network.inputs:
            population = network.population(name)
            stays_at_rest = population.model.startswith("iaf_psc_") and set(population.parameters) <= _KEEP_REST
            if stays_at_rest and name not in targets:
                first, last = self.ids[name].flat[[0, -1]].tolist()
                set_each(nest.NodeCollection(range(first, last + 1)), [{"frozen": True}])

    @property
    def have_output_membranes(self) -> bool:
        """Whether the output neurons have a membrane potential that can be read."""
        network = self._networks[0]
        return all("V_m" in recordables(network.population(name).model) for name in network.outputs)

    @property
    def inputs(self) -> np.ndarray:
        """Nodes that receive the drive, shape (n_batch, n_inputs)."""
        return self.all_ids[:, self._networks[0].input_neurons]

    @property
    def outputs(self) -> np.ndarray:
        """Nodes of the spike counts, shape (n_batch, n_outputs)."""
        return self.all_ids[:, self._networks[0].output_neurons]


def _check_lists(model: str, values: Mapping[str, np.ndarray]) -> None:
    """Raise for a list that sets a parameter of one number; NEST itself fails without a reason.

    Raises
    ------
    SimulatorError
    """
    for name, value in values.items():
        if value.ndim > 1 and np.ndim(nest.GetDefaults(model).get(name, ())) == 0:
            raise SimulatorError(
                f"NEST refuses the network: {name} of {model} is one number, got a list of {value.shape[1]}."
            )


def _is_constant(values: np.ndarray) -> bool:
    return bool((values == values[0]).all())


def _each_neuron(populations: Sequence[Population]) -> dict[str, np.ndarray]:
    """Return the parameters of one population of all networks, one row for each of the n_batch * size neurons.

    Raises
    ------
    SimulatorError
        When the networks do not set the same parameters.
    """
    names: set[str] = set()
    for p in populations:
        names.update(p.parameters)
    for p in populations:
        if set(p.parameters) != names:
            raise SimulatorError(f"population {p.name!r}: all networks of a batch must set {sorted(names)}.")
    values = {}
    for name in sorted(names):
        of_each = []
        for p in populations:
            value = np.asarray(p.parameters[name])
            of_each.append(np.broadcast_to(value, (p.size, *value.shape[1:])))
        values[name] = np.concatenate(of_each)
    return values


@cache
def is_neuron(model: str) -> bool:
    """Return whether nodes of a model may spike by themselves: no generators, and no transmitters of dopamine."""
    return bool(nest.GetDefaults(model, "element_type") == "neuron")


@cache
def recordables(model: str) -> tuple[str, ...]:
    """Return the variables of a model's nodes that NEST can record, such as ``V_m`` and ``g_ex``."""
    return tuple(map(str, nest.GetDefaults(model).get("recordables", ())))


def check_recordable(network: Network, names: Sequence[str]) -> None:
    """Raise unless each variable is one of some neuron of the network.

    Raises
    ------
    UnknownNameError
        Lists the variables that there are.
    """
    kernel.reset(network.nest_modules)  # models of modules are known after their installation
    known: set[str] = set()
    for population in network.populations:
        known.update(recordables(population.model))
    for name in names:
        if name not in known:
            raise unknown_name("variable of the network's neurons", name, known)


def set_each(nodes: Any, values: list[dict[str, Any]]) -> None:
    """Set each node's values by one call.

    ``NodeCollection.set`` does the same, after reading the status of the first node each time: that is twice as slow.
    """
    nestkernel_api.llapi_set_nc_status(nodes._datum, values)


def set_unordered(ids: np.ndarray, values: list[dict[str, Any]]) -> None:
    """Set values of nodes in any order of ids, such as those of several input populations in a batch.

    A ``NodeCollection`` takes ascending ids only.

    Parameters
    ----------
    ids : int array, shape (n_nodes,)
    values : list of dict
        One for each node.
    """
    if (np.diff(ids) > 0).all():  # nearly always
        set_each(nest.NodeCollection(ids), values)
        return
    order = np.argsort(ids)
    set_each(nest.NodeCollection(ids[order]), [values[k] for k in order.tolist()])


def read_unordered(ids: np.ndarray, name: str) -> np.ndarray:
    """Return a value of nodes in any order of ids, in the shape of the ids."""
    values, order = np.zeros(ids.size), np.argsort(ids, axis=None)
    values[order] = nest.NodeCollection(ids.ravel()[order]).get(name)
    return values.reshape(ids.shape)
