"""One window in NEST, the reference: NEST refuses here what it would refuse at the end of a run.

Another simulator may play what NEST refuses, such as a negative time constant. The champion of such a run could never
be replayed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.projection import Projection
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.optimizees.trials import Element
from neurosim_rl.seeds import LazyGenerators, noise_seed
from neurosim_rl.simulators import Simulator, create_simulator

REFERENCE_SIMULATOR = "nest"
MOST_UPDATES = 10_000_000
"""Most updates of neurons that a trial in NEST costs (about a second); beyond, networks are built, and not played."""
MOST_SYNAPSES = 20_000
"""Most synapses of a projection in networks that are only tried; those with the extreme values are among them."""


def try_in_nest(optimizee: ClosedLoop, vector: np.ndarray, element: Element) -> None:
    """Play one window in NEST: of a genome's network, and of the networks at both corners of the genome's bounds.

    Corners have the extreme values of all genes: what NEST refuses of a gene, it refuses there.

    Parameters
    ----------
    optimizee : ClosedLoop
        Task with a spiking model.
    vector : array, shape (n_genes,)
        The first genome.
    element : Element
        Its first trial.

    Raises
    ------
    SimulatorError
        In the words of NEST.
    """
    with reference() as simulator:
        network = optimizee.network(vector)
        if _is_small(network, optimizee.config.window_ms):
            # A trial that is cut after its first step: learning takes part in it.
            optimizee.play([vector], [replace(element, max_steps=1)], simulator=simulator)
        else:
            simulator.build([_smaller(network)])
        space = optimizee.parameters
        for corner in (space.low, space.high):
            _try_corner(optimizee, corner, element, simulator)


def _try_corner(optimizee: ClosedLoop, vector: np.ndarray, element: Element, simulator: Simulator) -> None:
    """Build the network of a genome, and play one window; no more of the task takes part than the encoder."""
    try:
        network = optimizee.network(vector)
    except Exception:
        # A model may fail for extreme genomes. Such individuals get the penalty fitness, and no run is lost.
        return
    seeds = [noise_seed(element.seed, element.key)] if network.random_models else None
    simulator.build([_smaller(network)], noise_seeds=seeds)
    if not _is_small(network, optimizee.config.window_ms):
        return
    low, high = optimizee.normalisation.bounds
    is_bounded = np.isfinite(low) & np.isfinite(high)
    observation = np.where(is_bounded, low / 2 + high / 2, 0.0)
    encoder, active = optimizee.encoder, np.arange(1)
    encoder.start([network])
    drive = encoder.encode(observation[None], active, LazyGenerators([element.seed], [element.key]))
    try:
        for part, part_ms in encoder.phases(drive):
            simulator.advance(part, part_ms, active)
    except SimulatorError as error:
        # Membranes that diverge are the fate of an individual, too.
        if type(error.__cause__).__name__ != "NumericalInstability":
            raise


def reference() -> Simulator:
    """Return a new simulator of NEST.

    Raises
    ------
    SimulatorError
        When NEST cannot be imported, or its kernel is in use.
    """
    try:
        return create_simulator(REFERENCE_SIMULATOR)
    except ImportError as error:
        raise SimulatorError(
            f"NEST cannot be loaded: {error}. Every champion is replayed in NEST: install it, or load its module."
        ) from error


def _is_small(network: Network, window_ms: float) -> bool:
    is_short = network.n_neurons * window_ms / network.resolution_ms <= MOST_UPDATES
    return is_short and all(p.n_synapses <= MOST_SYNAPSES for p in network.projections)


def _smaller(network: Network) -> Network:
    """Return the network with at most `MOST_SYNAPSES` synapses of each projection."""
    if all(p.n_synapses <= MOST_SYNAPSES for p in network.projections):
        return network
    return replace(network, projections=tuple(map(with_fewer_synapses, network.projections)))


def with_fewer_synapses(projection: Projection) -> Projection:
    """Return the projection with its first `MOST_SYNAPSES` synapses, and those with extreme values of anything."""
    if projection.n_synapses <= MOST_SYNAPSES:
        return projection
    chosen = set(range(MOST_SYNAPSES))
    arrays = [projection.weight_pa, projection.delay_ms, *projection.parameters.values()]
    for values in arrays:
        if np.ndim(values):
            chosen |= {int(np.argmin(values)), int(np.argmax(values))}
    kept = np.array(sorted(chosen))
    parameters = {name: np.asarray(v)[kept] if np.ndim(v) else v for name, v in projection.parameters.items()}
    return replace(
        projection,
        pre=projection.pre[kept],
        post=projection.post[kept],
        weight_pa=projection.weight_pa[kept],
        delay_ms=projection.delay_ms[kept],
        parameters=parameters,
    )
