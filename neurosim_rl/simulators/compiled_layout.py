"""What the compiled simulator reads of networks, as arrays: neurons' constants, and synapses sorted by their source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.synapses import STATIC, STDP, SYNAPSES
from neurosim_rl.simulators.compiled_plasticity import STATIC_RULE
from neurosim_rl.simulators.compiled_state import SOURCE, Layout
from neurosim_rl.simulators.propagators import CONSTANTS, DELTA, NeuronConstants, neuron_constants


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
        That of each; networks that differ in weights only share it.
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
        distinct = list({id(n): n for n in networks}.values())
        number = {id(n): k for k, n in enumerate(distinct)}
        structures = {n.structure: Structure.of(n) for n in {n.structure: n for n in distinct}.values()}
        return cls(distinct, [structures[n.structure] for n in distinct], np.array([number[id(n)] for n in networks]))


def layout_of(distinct: DistinctNetworks, *, numbers_all: bool = False) -> Layout:
    """Return the arrays that the kernel reads; a network that several elements share stands there once.

    With `numbers_all` every neuron is numbered as one with synapses.
    """
    networks, parts = distinct.networks, distinct.structures
    first = networks[0]
    sizes = [p.size for p in first.populations]
    with_synapses = np.repeat(_has_input(list({n.structure: n for n in networks}.values())) | numbers_all, sizes)
    synaptic = np.where(with_synapses, np.cumsum(with_synapses) - 1, -1)
    kinds = np.array([_kind(p, first.resolution_ms) for p in first.populations])
    start = first.first_neuron[first.output]
    offsets = np.cumsum([0, *(len(s.target) for s in parts)])
    target = np.concatenate([s.target for s in parts])
    weight = np.concatenate([weights_of(n)[s.order] for n, s in zip(networks, parts, strict=True)])
    inhibits = (weight <= 0) & (np.repeat(kinds, sizes) != DELTA)[target]  # delta neurons have one sum for all
    return Layout(
        first=np.cumsum([0, *sizes]),
        kind=kinds,
        input=[p.name for p in first.populations].index(first.input),
        synaptic=synaptic,
        network_of=distinct.of_element,
        constants=np.stack([s.constants for s in parts]),
        synapse_start=np.stack([s.start for s in parts]) + offsets[:-1, np.newaxis],
        target=2 * synaptic[target] + inhibits,
        weight=weight,
        delay=np.concatenate([s.delay for s in parts]),
        output=np.array([start, start + first.n_outputs]),
    )


def _kind(population: Population, resolution_ms: float) -> int:
    return SOURCE if population.is_source else _constants(population, resolution_ms).kind


def _has_input(networks: Sequence[Network]) -> np.ndarray:
    """Return whether any network has a synapse onto each population, shape (n_populations,)."""
    targets = {p.target for n in networks for p in n.projections if p.n_synapses}
    return np.array([p.name in targets for p in networks[0].populations])


def _constants(population: Population, resolution_ms: float) -> NeuronConstants:
    return neuron_constants(population.model, population.parameters, population.size, resolution_ms)


def _network_constants(network: Network) -> np.ndarray:
    """Return the constants of all neurons, shape (n_neurons, n_constants); zero for spike sources."""
    n_constants = len(CONSTANTS)
    return np.concatenate(
        [
            np.zeros((p.size, n_constants)) if p.is_source else _constants(p, network.resolution_ms).values
            for p in network.populations
        ]
    )


def initial_mv(network: Network) -> np.ndarray:
    """Return the membrane potential at the beginning, relative to E_L, shape (n_neurons,)."""
    return np.concatenate(
        [np.zeros(p.size) if p.is_source else _constants(p, network.resolution_ms).v_mv for p in network.populations]
    )


@dataclass(frozen=True)
class Structure:
    """What networks of one ``Network.structure`` have in common; synapses are sorted by source neuron.

    Parameters
    ----------
    constants : array, shape (n_neurons, n_constants)
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

    constants: np.ndarray
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
        first, projections, none = network.first_neuron, network.projections, np.zeros(0)
        pre = np.concatenate([none, *(first[p.source] + p.pre for p in projections)]).astype(np.int64)
        post = np.concatenate([none, *(first[p.target] + p.post for p in projections)]).astype(np.int64)
        delay = np.concatenate([none, *(np.round(p.delay_ms / network.resolution_ms) for p in projections)])
        if len(np.unique(pre * network.n_neurons + post)) < len(pre):
            raise SimulatorError(
                "the compiled simulator has at most one synapse from a neuron to another: NEST does not keep the order "
                "of several, and so not the order of summation. Use --simulator nest."
            )
        order = np.argsort(pre, kind="stable")
        start = np.searchsorted(pre[order], np.arange(network.n_neurons + 1))
        rule, rules = _rules(projections)
        delays = delay[order].astype(np.int64)
        return cls(_network_constants(network), start, order, post[order], delays, rule[order], rules)


def _rules(projections: Sequence[Projection]) -> tuple[np.ndarray, np.ndarray]:
    """Return the parameters of plastic synapses, each different row once, and which row each synapse has."""
    rule = np.full(sum(p.n_synapses for p in projections), STATIC_RULE)
    is_plastic = np.concatenate([np.zeros(0, bool), *(np.full(p.n_synapses, p.synapse == STDP) for p in projections)])
    rows = [np.zeros((0, len(SYNAPSES[STDP])))]
    for p in projections:
        if p.synapse == STDP:
            columns = [
                np.broadcast_to(p.parameters.get(key, value), p.pre.shape) for key, value in SYNAPSES[STDP].items()
            ]
            rows.append(np.stack(columns, axis=1).astype(np.float64))
    rules, row = np.unique(np.concatenate(rows), axis=0, return_inverse=True)
    rule[is_plastic] = row.ravel()
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
