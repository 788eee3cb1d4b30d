"""Contract of spiking models: networks that fit between encoder and decoder, and play the same everywhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurosim_rl.bridge import Currents
from neurosim_rl.errors import ShapeError
from neurosim_rl.models import SpikingModel
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome
from neurosim_rl.simulators import create_simulator
from neurosim_rl.simulators.auto import choose
from neurosim_rl.testing.contract import Contract
from neurosim_rl.testing.genome import genomes_of
from neurosim_rl.testing.making import pickled
from neurosim_rl.testing.playing_networks import play_networks

N_GENOMES = 3
PEAKS_PA = (1e3, 1e4, 1e5)
"""Largest input currents that are tried, until an output neuron spikes."""


def check_networks(contract: Contract, make: Callable[[], SpikingModel], model: SpikingModel) -> None:
    """Raise unless the networks of a model fit, build, and play the same in every batch and simulator."""
    genomes = genomes_of(model.parameters, N_GENOMES)
    before = [[array.copy() for array in genome.values()] for genome in genomes]
    networks = [_network(contract, model, genome) for genome in genomes]
    for genome, copy in zip(genomes, before, strict=True):
        contract.same("network() changes its genome", copy, list(genome.values()), "Copy what you change.")
    _check_fit(contract, model, networks[0])
    for where, other in (("the same genome", make), ("a worker's copy", pickled(contract, make))):
        again = [_network(contract, other(), genome) for genome in genomes]
        for one, two in zip(networks, again, strict=True):
            contract.same(f"{where} gives another network", _arrays(one), _arrays(two), "Draw wiring from a seed.")
    different = any(_differ(one, networks[0]) for one in networks[1:])
    contract.expect(different, f"{N_GENOMES} random genomes give the same network; expected genes that count")
    _check_learned(contract, model, genomes)
    if networks[0].random_models:
        _check_noise(contract, model, networks[0])
        return
    _check_playing(contract, model, networks)
    if getattr(model, "mirror", False):
        _check_mirror(contract, model, networks)


def _network(contract: Contract, model: SpikingModel, genome: Genome) -> Network:
    with contract.works("network()"):
        network = model.network(genome)
    contract.expect(isinstance(network, Network), f"network() gives a {type(network).__name__}; expected a Network")
    return network


def _arrays(network: Network) -> list[np.ndarray]:
    """Return all numbers of a network."""
    arrays = []
    for population in network.populations:
        arrays += [np.asarray(population.size), *map(np.asarray, population.parameters.values())]
    for p in network.projections:
        arrays += [np.asarray(a) for a in (p.pre, p.post, p.weight_pa, p.delay_ms, *p.parameters.values())]
    return arrays + [np.asarray(a) for a in (network.readout, network.read_in) if a is not None]


def _differ(one: Network, other: Network) -> bool:
    """Return whether two networks differ in any number."""
    ones, others = _arrays(one), _arrays(other)
    return len(ones) != len(others) or any(not np.array_equal(a, b) for a, b in zip(ones, others, strict=True))


def _check_fit(contract: Contract, model: SpikingModel, network: Network) -> None:
    """Raise unless the network has the sizes that its encoder, decoder and simulator expect."""
    shape = {name: None if array is None else array.shape for name, array in _bridge(network).items()}
    found = {
        "inputs": (model.n_inputs, network.n_inputs),
        "outputs": (model.n_outputs, network.n_outputs),
        "resolution_ms": (model.resolution_ms, network.resolution_ms),
        "spike sources as input": (model.spiking_input, network.population(network.inputs[0]).is_source),
        "a read-out of shape": (model.readout_shape, shape["readout"]),
        "a read-in of shape": (model.read_in_shape, shape["read_in"]),
    }
    for what, (expected, got) in found.items():
        contract.expect(expected == got, f"the network has {what} {got}; expected {expected}, as its task asks")
    n_neurons, n_synapses = model.counts
    # A model with networks that differ from genome to genome may know a part of the neurons only.
    knows_neurons = n_neurons == network.n_neurons or (model.networks_differ and n_neurons < network.n_neurons)
    contract.expect(
        knows_neurons and (not n_synapses or n_synapses >= network.n_synapses),
        f"counts is {(n_neurons, n_synapses)}; the network has {network.n_neurons} neurons and {network.n_synapses} "
        "synapses",
        "Memory is estimated by it before a run: override counts.",
    )


def _bridge(network: Network) -> dict[str, np.ndarray | None]:
    return {"readout": network.readout, "read_in": network.read_in}


def _check_playing(contract: Contract, model: SpikingModel, networks: list[Network]) -> None:
    """Raise unless networks play the same in NEST, in the compiled simulator, and alone; and unless input counts."""
    keys, window_ms, membranes = range(len(networks)), model.window_ms, model.reads_membrane
    own = "compiled" if all(choose(network) == "compiled" for network in networks) else "nest"
    for peak_pa in PEAKS_PA:
        with contract.works(f"playing a batch in the simulator {own!r}"):
            together = play_networks(own, networks, keys, window_ms, peak_pa, membranes)
        if membranes or any(counts.any() for counts in together[:-1]):
            break
    else:
        contract.fail(
            f"no output neuron spikes with inputs of up to {PEAKS_PA[-1]:g} pA, or 300 spikes/s",
            "Check the weights' unit, and that the input reaches the output.",
        )
    if own != "nest":
        with contract.works("playing a batch in NEST"):
            in_nest = play_networks("nest", networks, keys, window_ms, peak_pa, membranes)
        contract.same("NEST and the compiled simulator differ", in_nest, together)
    for key in keys:
        alone = play_networks(own, [networks[key]], [key], window_ms, peak_pa, membranes)
        mine = [part[key] for part in together[:-1]]
        contract.same(
            f"network {key} alone plays otherwise than in a batch",
            mine,
            [part[0] for part in alone[:-1]],
            "Networks of a batch differ in weights; delays of the genome need Network.min_delay_ms.",
        )


def _check_noise(contract: Contract, model: SpikingModel, network: Network) -> None:
    """Raise unless NEST plays a network that draws random numbers, and one seed gives one result."""
    played = []
    for _ in range(2):
        with contract.works("playing it in NEST"):
            played.append(play_networks("nest", [network], [0], model.window_ms, PEAKS_PA[0], model.reads_membrane))
    contract.same("the same noise seed gives other spikes", played[0], played[1])


def _check_learned(contract: Contract, model: SpikingModel, genomes: list[Genome]) -> None:
    """Check that a genome takes up the weights of another one's network, if the model says that it can."""
    if not model.holds_learned:
        return
    one, other = genomes[:2]
    weights = [p.weight_pa for p in model.network(other).projections]
    with contract.works("with_learned()"):
        learned = model.network(model.with_learned(one, weights))
    for projection, expected in zip(learned.projections, weights, strict=True):
        agrees = np.allclose(projection.weight_pa, expected, rtol=1e-9)
        contract.expect(agrees, f"{projection.label}: with_learned() gives a genome of other weights than the learned")
    contract.refuses(
        "learned weights with a projection missing",
        lambda: model.with_learned(one, weights[:-1]),
        ShapeError,
        "projections has shape",
        "Call _check_learned.",
    )


def _check_mirror(contract: Contract, model: SpikingModel, networks: list[Network]) -> None:
    """Raise unless a mirrored current gives mirrored counts."""
    if model.spiking_input:
        return  # the order of simultaneous spikes is not its own mirror image
    inputs, outputs = model.reflections()
    pa = np.random.default_rng(4).uniform(0, PEAKS_PA[1], (len(networks), model.n_inputs))
    rows = np.arange(2 * len(networks))
    with create_simulator("auto") as simulator:
        simulator.build([*networks, *networks])
        counts = simulator.advance(Currents(np.concatenate([pa, inputs.apply(pa)])), model.window_ms, rows)
    half = len(networks)
    contract.same("mirrored currents do not give mirrored spikes", outputs.apply(counts[:half]), counts[half:])
