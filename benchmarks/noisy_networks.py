"""A model with noise of NEST: a feed-forward network with a generator, random neurons or random synapses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neurosim_rl.models import MODELS
from neurosim_rl.models.feed_forward import FeedForward
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.optimizees import ClosedLoop, Element, create_optimizee
from neurosim_rl.seeds import Purpose
from neurosim_rl.settings.options import option
from neurosim_rl.training.configure import configure

GENERATORS: dict[str, dict[str, Any]] = {
    "gamma_sup_generator": {"rate": 400.0, "n_proc": 3},
    "inhomogeneous_poisson_generator": {"rate_times": [[1.0, 30.0]], "rate_values": [[900.0, 300.0]]},
    "mip_generator": {"rate": 900.0, "p_copy": 0.5},
    "noise_generator": {"std": 900.0},
    "poisson_generator": {"rate": 900.0},
    "sinusoidal_poisson_generator": {"rate": 900.0, "amplitude": 400.0, "frequency": 50.0},
}
NEURONS: dict[str, dict[str, Any]] = {
    "gif_psc_exp": {},
    "iaf_psc_exp": {"delta": 2.0, "rho": 0.3},
    "pp_psc_delta": {"tau_m": 5.0},
}
SYNAPSES: dict[str, dict[str, Any]] = {"bernoulli_synapse": {"p_transmit": 0.4}, "quantal_stp_synapse": {"n": 3}}
NOISES = {**GENERATORS, **NEURONS, **SYNAPSES}
START = 5
"""Start seed of all elements: nothing but their noise may differ."""


@dataclass(frozen=True)
class Noisy(FeedForward):
    """A feed-forward network with one random model of NEST."""

    noise: str = option("poisson_generator", "the random model", choices=tuple(NOISES))

    def network(self, genome: Genome) -> Network:
        """Return the network, with noise at its hidden neurons."""
        network = super().network(genome)
        source, hidden, output = network.populations
        first, last = network.projections
        if self.noise in NEURONS:
            hidden = replace(hidden, model=self.noise, parameters=NEURONS[self.noise])
            if self.noise.endswith("_delta"):  # weights in mV: few, or spikes leave no room for chance
                first = first.with_weights(first.weight_pa / 100)
        if self.noise in SYNAPSES:
            first = replace(first, synapse=self.noise, parameters=SYNAPSES[self.noise])
        populations, projections = [source, hidden, output], [first, last]
        if self.noise in GENERATORS:
            populations.append(Population("noise", hidden.size, self.noise, GENERATORS[self.noise]))
            projections.append(self._from_generators(hidden))
        return replace(network, populations=tuple(populations), projections=tuple(projections))

    def _from_generators(self, hidden: Population) -> Projection:
        each = np.arange(hidden.size)
        weight_pa = 1.0 if self.noise == "noise_generator" else 800.0
        delays_ms = np.full(hidden.size, self.delay_ms)
        return Projection("noise", hidden.name, each, each, np.full(hidden.size, weight_pa), delays_ms)

    def with_learned(self, genome: Genome, weights_pa: Sequence[np.ndarray]) -> Genome:
        """Return the genome with the learned weights of the layers."""
        return super().with_learned(genome, weights_pa[:2])


@contextmanager
def noisy_models() -> Iterator[None]:
    """Let configurations name the model ``noisy``."""
    MODELS["noisy"] = Noisy
    try:
        yield
    finally:
        del MODELS["noisy"]


def noisy_task(noise: str, **layer: Any) -> ClosedLoop:
    """Return a short cart-pole with a noise; episodes of 12 windows at most."""
    short = {"environment": {"kwargs": {"max_episode_steps": 12}}, "model": {"name": "noisy", "noise": noise}}
    return create_optimizee(configure("cart-pole", short, layer))


def element(generation: int = 0, individual: int = 0, episode: int = 0, seed: int = 1) -> Element:
    """Return a training trial of a run's seed, from the start that all of them share."""
    return Element(0, START, seed, (int(Purpose.TRAINING_ELEMENT), generation, individual, episode))
