"""Networks as arrays for the compiled simulator: constants of neurons, and synapses sorted by their source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.live_network import LiveNetwork
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.synapses import RECEPTOR, STATIC, STDP, SYNAPSES
from neurosim_rl.simulators.compiled_neurons import n_constants_of, never_sleeps, sums_all_weights
from neurosim_rl.simulators.compiled_plasticity import STATIC_RULE
from neurosim_rl.simulators.compiled_state import Layout
from neurosim_rl.simulators.neuron_constants import NeuronConstants, check_modules, constants_of, kinds_of


def check_covered(network: Network) -> None:
    """Raise unless the compiled simulator covers a network.

    Raises
    ------
    SimulatorError
        Names what it does not cover.
    """
    Structure.of(network)


@dataclass(frozen=True)
class DistinctNetworks:
    """The different networks of a batch, as several elements may hold the same one.

    Parameters
    ----------
    networks : list of Network
    structures : list of Structure
        Structure of each; networks that differ in weights only share it.
    of_element : int array, shape (n_batch,)
        Which of the networks an element holds.
    """

    networks: list[Network]
    structures: list[Structure]
    of_element: np.ndarray

    @classmethod
    def of(cls, networks: Sequence[Network]) -> DistinctNetworks:
        """Return the different networks of a batch.

        Raises
        ------
        SimulatorError
            For what the compiled simulator does not cover.
        """
        number: dict[int, int] = {}  # of each network, by its id: networks are compared by identity, which is fast
        of_structure: dict[object, Structure] = {}
        distinct: list[Network] = []
        structures: list[Structure] = []
        of_element = []
        for network in networks:
            if id(network) not in number:
                number[id(network)] = len(distinct)
                if network.structure not in of_structure:
                    of_structure[network.structure] = Structure.of(network)
                distinct.append(network)
                structures.append(of_structure[network.structure])
            of_element.append(number[id(network)])
        return cls(distinct, structures, np.array(of_element))


def layout_of(distinct: DistinctNetworks, *, numbers_all: bool = False) -> Layout:
    """Return the arrays that the kernel reads; a network that several elements share is there once.

    With `numbers_all` every neuron is numbered as one with synapses.
    """
    first = distinct.networks[0]
    sizes = [p.size for p in first.populations]
    kinds = kinds_of(first.populations)
    is_numbered = np.repeat(_has_input(distinct.networks) | never_sleeps(kinds) | numbers_all, sizes)
    synaptic = np.where(is_numbered, np.cumsum(is_numbered) - 1, -1)
    starts, targets, weights, delays = [], [], [], []
    n_synapses = 0
    for network, structure in zip(distinct.networks, distinct.structures, strict=True):
        # The synapses of all networks make one array, so places in it are shifted.
        starts.append(structure.start + n_synapses)
        targets.append(structure.target)
        weights.append(weights_of(network)[structure.order])
        delays.append(structure.delay)
        n_synapses += len(structure.target)
    target, weight = np.concatenate(targets), np.concatenate(weights)
    has_two_sums = np.repeat(~sums_all_weights(kinds), sizes)
    inhibits = (weight <= 0) & has_two_sums[target]
    first_output = first.first_neuron[first.outputs[0]]
    neurons = [s.neurons for s in distinct.structures]
    return Layout(
        first=np.cumsum([0, *sizes]),
        kind=kinds,
        input=[p.name for p in first.populations].index(first.inputs[0]),
        synaptic=synaptic,
        network_of=distinct.of_element,
        constants=np.stack([n.values for n in neurons]),
        rest_mv=np.stack([n.rest_mv for n in neurons]),
        synapse_start=np.stack(starts),
        target=2 * synaptic[target] + inhibits,
        weight=weight,
        delay=np.concatenate(delays),
        output=np.array([first_output, first_output + first.n_outputs]),
    )


def _has_input(networks: Sequence[Network]) -> np.ndarray:
    """Return whether any network has a synapse onto each population, shape (n_populations,)."""
    place = {p.name: k for k, p in enumerate(networks[0].populations)}
    has_input = np.zeros(len(place), bool)
    of_structure = {n.structure: n for n in networks}  # networks of one structure have synapses at the same places
    for network in of_structure.values():
        for projection in network.projections:
            has_input[place[projection.target]] |= projection.n_synapses > 0
    return has_input


@dataclass(frozen=True)
class Structure:
    """Data that networks of one ``Network.structure`` have in common; synapses are sorted by source neuron.

    Parameters
    ----------
    neurons : NeuronConstants
        Of all neurons.
    start : int array, shape (n_neurons + 1,)
        First synapse of each neuron.
    order : int array, shape (n_synapses,)
        Place of each synapse in the network's own order.
    target, delay : int array, shape (n_synapses,)
        Neuron, and grid steps.
    rule : int array, shape (n_synapses,)
        Row of `rules`, or ``STATIC_RULE``.
    rules : array, shape (n_rules, 6)
        The different parameters of plastic synapses, ordered as in ``SYNAPSES``.
    """

    neurons: NeuronConstants
    start: np.ndarray
    order: np.ndarray
    target: np.ndarray
    delay: np.ndarray
    rule: np.ndarray
    rules: np.ndarray

    @cached_property
    def place(self) -> np.ndarray:
        """Place of each synapse of the network's own order among those sorted by source, shape (n_synapses,)."""
        place = np.empty(len(self.order), np.int64)
        place[self.order] = np.arange(len(self.order))
        return place

    @classmethod
    def of(cls, network: Network) -> Structure:
        """Return the structure of a network.

        Raises
        ------
        SimulatorError
            For a synapse that is not covered.
        """
        if isinstance(network, LiveNetwork):
            raise SimulatorError(f"the compiled simulator has no such network: {network.plays_alone}. Use NEST.")
        _check_ends(network)
        check_modules(network.populations, network.nest_modules)
        for population in network.populations:
            if population.is_source and population.parameters:
                raise SimulatorError(
                    f"the compiled simulator knows spikes of {population.name!r} from the encoder only, not from "
                    f"{', '.join(population.parameters)}. Use --simulator nest."
                )
        for projection in network.projections:
            if projection.synapse not in (STATIC, STDP):
                raise SimulatorError(
                    f"the compiled simulator has no {projection.synapse!r}, only {STATIC!r} and {STDP!r}. "
                    "Use --simulator nest."
                )
            if np.any(projection.parameters.get(RECEPTOR, 0)):
                raise SimulatorError(
                    f"{projection.label}: the compiled simulator has no receptor types. Use --simulator nest."
                )
        pre, post, delay = _synapses(network)
        if len(np.unique(pre * network.n_neurons + post)) < len(pre):
            raise SimulatorError(
                "the compiled simulator has at most one synapse from a neuron to another: NEST does not keep the order "
                "of several, and so not the order of summation. Use --simulator nest."
            )
        # Stable: synapses of one source stay as described, which is NEST's order of delivery.
        order = np.argsort(pre, kind="stable")
        start = np.searchsorted(pre[order], np.arange(network.n_neurons + 1))
        rule, rules = _rules(network.projections)
        n_constants = n_constants_of(kinds_of(network.populations))
        neurons = constants_of(network.populations, n_constants, network.grid)
        return cls(neurons, start, order, post[order], delay[order], rule[order], rules)


def _check_ends(network: Network) -> None:
    """Raise unless the kernels can take inputs and outputs as ranges of neurons."""
    for role, neurons in (("input", network.input_neurons), ("output", network.output_neurons)):
        if (np.diff(neurons) != 1).any():
            raise SimulatorError(
                f"the compiled simulator needs {role} populations one behind the other, in their order. Use "
                "--simulator nest."
            )


def _synapses(network: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return source neuron, target neuron and delay in steps of all synapses, in the network's own order."""
    pre, post, delay = [np.zeros(0)], [np.zeros(0)], [np.zeros(0)]  # so that there may be no projection
    for p in network.projections:
        pre.append(network.first_neuron[p.source] + p.pre)
        post.append(network.first_neuron[p.target] + p.post)
        delay.append(network.grid.steps(p.delay_ms))
    columns = np.stack([np.concatenate(pre), np.concatenate(post), np.concatenate(delay)])
    pre_neuron, post_neuron, delay_steps = columns.astype(np.int64)
    return pre_neuron, post_neuron, delay_steps


def _rules(projections: Sequence[Projection]) -> tuple[np.ndarray, np.ndarray]:
    """Return the row of parameters that each synapse has, and the different rows."""
    names_and_defaults = SYNAPSES[STDP].items()
    rows, is_plastic = [np.zeros((0, len(names_and_defaults)))], [np.zeros(0, bool)]
    for p in projections:
        is_plastic.append(np.full(p.n_synapses, p.synapse == STDP))
        if p.synapse == STDP:
            table = np.empty((p.n_synapses, len(names_and_defaults)))
            for column, (name, default) in enumerate(names_and_defaults):
                table[:, column] = p.parameters.get(name, default)
            rows.append(table)
    rules, row = np.unique(np.concatenate(rows), axis=0, return_inverse=True)
    learns = np.concatenate(is_plastic)
    rule = np.full(len(learns), STATIC_RULE)
    rule[learns] = row.ravel()
    return rule, rules


def weights_of(network: Network) -> np.ndarray:
    """Return the weights of all synapses in the network's own order, shape (n_synapses,)."""
    return np.concatenate([np.zeros(0), *(p.weight_pa for p in network.projections)])


def is_feed_forward(network: Network) -> bool:
    """Return whether populations can be integrated one after the other through a whole window (see kernels)."""
    # Sources come first wherever they are: their spikes are given.
    place = {p.name: -1 if p.is_source else k for k, p in enumerate(network.populations)}
    delays_ms = [np.zeros(0)]
    for p in network.projections:
        if place[p.source] >= place[p.target]:
            return False
        delays_ms.append(p.delay_ms)
    return len(np.unique(np.concatenate(delays_ms))) <= 1
