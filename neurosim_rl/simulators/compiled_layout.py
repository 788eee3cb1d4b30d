"""Networks as arrays for the compiled simulator: constants of neurons, and synapses sorted by their source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network, Projection
from neurosim_rl.networks.synapses import STATIC, STDP, SYNAPSES
from neurosim_rl.simulators.compiled_neurons import n_constants_of, never_sleeps, sums_all_weights
from neurosim_rl.simulators.compiled_plasticity import STATIC_RULE
from neurosim_rl.simulators.compiled_state import Layout
from neurosim_rl.simulators.neuron_constants import NeuronConstants, constants_of, kind_of


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
        distinct, structures = [], []
        for network in networks:
            if id(network) in number:
                continue
            number[id(network)] = len(distinct)
            if network.structure not in of_structure:
                of_structure[network.structure] = Structure.of(network)
            distinct.append(network)
            structures.append(of_structure[network.structure])
        return cls(distinct, structures, np.array([number[id(n)] for n in networks]))


def layout_of(distinct: DistinctNetworks, *, numbers_all: bool = False) -> Layout:
    """Return the arrays that the kernel reads; a network that several elements share is there once.

    With `numbers_all` every neuron is numbered as one with synapses.
    """
    networks, parts = distinct.networks, distinct.structures
    first = networks[0]
    sizes = [p.size for p in first.populations]
    kinds = np.array([kind_of(p) for p in first.populations])
    is_numbered = np.repeat(_has_input(networks) | never_sleeps(kinds) | numbers_all, sizes)
    synaptic = np.where(is_numbered, np.cumsum(is_numbered) - 1, -1)
    start = first.first_neuron[first.output]
    offsets = np.cumsum([0, *(len(s.target) for s in parts)])
    target = np.concatenate([s.target for s in parts])
    weights = [weights_of(n)[s.order] for n, s in zip(networks, parts, strict=True)]
    weight = np.concatenate(weights)
    has_two_sums = np.repeat(~sums_all_weights(kinds), sizes)
    inhibits = (weight <= 0) & has_two_sums[target]
    return Layout(
        first=np.cumsum([0, *sizes]),
        kind=kinds,
        input=[p.name for p in first.populations].index(first.input),
        synaptic=synaptic,
        network_of=distinct.of_element,
        constants=np.stack([s.neurons.values for s in parts]),
        rest_mv=np.stack([s.neurons.rest_mv for s in parts]),
        synapse_start=np.stack([s.start for s in parts]) + offsets[:-1, np.newaxis],
        target=2 * synaptic[target] + inhibits,
        weight=weight,
        delay=np.concatenate([s.delay for s in parts]),
        output=np.array([start, start + first.n_outputs]),
    )


def _has_input(networks: Sequence[Network]) -> np.ndarray:
    """Return whether any network has a synapse onto each population, shape (n_populations,)."""
    different = {n.structure: n for n in networks}.values()
    targets = set()
    for network in different:
        targets.update(p.target for p in network.projections if p.n_synapses)
    return np.array([p.name in targets for p in networks[0].populations])


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
        for projection in network.projections:
            if projection.synapse not in (STATIC, STDP):
                raise SimulatorError(
                    f"the compiled simulator has no {projection.synapse!r}, only {STATIC!r} and {STDP!r}. "
                    "Use --simulator nest."
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
        kinds = np.array([kind_of(p) for p in network.populations])
        neurons = constants_of(network.populations, n_constants_of(kinds), network.resolution_ms)
        return cls(neurons, start, order, post[order], delay[order], rule[order], rules)


def _synapses(network: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return source neuron, target neuron and delay in steps of all synapses, in the network's own order."""
    pre, post, delay = [np.zeros(0)], [np.zeros(0)], [np.zeros(0)]  # so that there may be no projection
    for p in network.projections:
        pre.append(network.first_neuron[p.source] + p.pre)
        post.append(network.first_neuron[p.target] + p.post)
        delay.append(np.round(p.delay_ms / network.resolution_ms))
    as_integers = [np.concatenate(parts).astype(np.int64) for parts in (pre, post, delay)]
    return as_integers[0], as_integers[1], as_integers[2]


def _rules(projections: Sequence[Projection]) -> tuple[np.ndarray, np.ndarray]:
    """Return the row of parameters that each synapse has, and the different rows."""
    names_and_defaults = SYNAPSES[STDP].items()
    rows, is_plastic = [np.zeros((0, len(names_and_defaults)))], [np.zeros(0, bool)]
    for p in projections:
        is_plastic.append(np.full(p.n_synapses, p.synapse == STDP))
        if p.synapse == STDP:
            values = [p.parameters.get(name, default) for name, default in names_and_defaults]
            columns = [np.broadcast_to(value, p.pre.shape) for value in values]
            rows.append(np.stack(columns, axis=1).astype(np.float64))
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
    place = {p.name: k for k, p in enumerate(network.populations)}
    delays = [p.delay_ms for p in network.projections if p.n_synapses]
    one_delay = len(np.unique(np.concatenate(delays))) <= 1 if delays else True
    return one_delay and all(place[p.source] < place[p.target] for p in network.projections)
