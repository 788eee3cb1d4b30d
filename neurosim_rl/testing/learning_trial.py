"""Made-up trials for checks of rules: small networks in a simulator, random input, and rewards that depend on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gymnasium.spaces import Discrete

from neurosim_rl.bridge import Currents
from neurosim_rl.bridge.decoders import WinnerTakesAll
from neurosim_rl.environments import Step
from neurosim_rl.learning import LearningBatch, PlasticityRule, PlasticLearner
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import ParameterSpace
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.simulators import Simulator, create_simulator

N_IN, N_HIDDEN, N_OUT, N_WINDOWS, WINDOW_MS = 4, 5, 2, 10, 20.0
ENDING = 6
"""Window with which an episode ends in all elements."""
LAST = 8
"""Windows of the first element, which ends before the others."""


@dataclass(frozen=True)
class Learned:
    """Outcome of a made-up trial; each list has an entry for each element.

    ``weights``: what the learner hands on, one array a projection. ``held``: what the simulator holds at the end, and
    ``present``: what the learner believes it holds, of the plastic projections. ``spikes``: neuron and step.
    """

    weights: list[list[np.ndarray]]
    held: list[list[np.ndarray]]
    present: list[list[np.ndarray]]
    spikes: list[np.ndarray]


def small_network(seed: int) -> Network:
    """Return a network from input to hidden to output, with some inhibition, and recurrent synapses of the output."""
    rng = np.random.default_rng([5, seed])
    sizes = {"input": N_IN, "hidden": N_HIDDEN, "output": N_OUT}
    populations = tuple(Population(name, size, "iaf_psc_exp", {"t_ref": 2.0}) for name, size in sizes.items())
    onto_output = rng.uniform(1500, 4000, (N_HIDDEN, N_OUT))
    onto_output[0] *= -0.2
    projections = (
        Projection.all_to_all("input", "hidden", rng.uniform(1500, 4000, (N_IN, N_HIDDEN)), 1.0),
        Projection.all_to_all("hidden", "output", onto_output, 1.5),
    )
    return Network(populations, projections, input="input", output="output", resolution_ms=0.1)


def play_learning(rule: PlasticityRule, simulator: str, seeds: Sequence[int], n_observations: int = 2) -> Learned:
    """Return what elements learn in a trial; an element depends on its seed only."""
    networks = [small_network(seed) for seed in seeds]
    space = ParameterSpace(*rule.parameters) if rule.parameters else None
    genomes = [{} if space is None else space.to_genome(space.sample(np.random.default_rng([6, s]))) for s in seeds]
    decoder = WinnerTakesAll(Discrete(2), WINDOW_MS, tie="first")
    rngs = [np.random.default_rng([8, seed]) for seed in seeds]
    batch = LearningBatch(networks, genomes, decoder, lambda observed: np.zeros(len(observed), int), WINDOW_MS, rngs)
    learner = rule.start(batch)
    with create_simulator(simulator) as opened:
        opened.build(networks, record_spikes=True, window_spikes_of=learner.populations, sets_weights=True)
        learner.attach(opened)
        _play_windows(opened, learner, seeds, n_observations)
        held, spikes = opened.weights_pa(), opened.spikes()
    numbers = [projection.number for projection in learner.projections]
    return Learned(
        [learner.weights_pa(row, network) for row, network in enumerate(networks)],
        [[weights[number] for number in numbers] for weights in held],
        [[projection.weight_pa[row] for projection in learner.projections] for row in range(len(seeds))],
        [np.stack([one.neuron, one.step]) for one in map(spikes.of, range(len(seeds)))],
    )


def _play_windows(simulator: Simulator, learner: PlasticLearner, seeds: Sequence[int], n_observations: int) -> None:
    """Play windows of random currents; the reward is the sum of the first and the last observed variable."""
    rngs = [np.random.default_rng([9, seed]) for seed in seeds]
    for window in range(N_WINDOWS):
        active = np.array([row for row, seed in enumerate(seeds) if window < LAST or seed != 0], np.int64)
        if not active.size:
            return
        own = [rngs[row] for row in active]
        currents = np.stack([np.round(rng.uniform(400, 1500, N_IN), 6) for rng in own])
        counts = simulator.advance(Currents(currents), WINDOW_MS, active)
        before, after = (np.stack([rng.normal(size=n_observations) for rng in own]) for _ in range(2))
        actions = np.array([rng.integers(2) for rng in own])
        ended = np.full(len(active), window == ENDING)
        rewards = after[:, 0] + after[:, -1]
        step = Step(after, rewards, ended, np.zeros(len(active), bool))
        learner.learn(active, before, actions, counts, step)
