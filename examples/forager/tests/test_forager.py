"""The parts of this project: contracts, numbers by hand, and a short run."""

from __future__ import annotations

from pathlib import Path

import forager
import gymnasium
import numpy as np
import pytest
from forager.environment import ID, SMELL_LENGTH
from gymnasium.spaces import Box

import neurosim_rl as nrl
from neurosim_rl.bridge import NO_SPIKE
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.testing import (
    check_decoder,
    check_encoder,
    check_environment,
    check_fitness,
    check_model,
    check_optimizer,
    check_rule,
    check_task,
)

TURN = Box(-1.0, 1.0, (1,), np.float64)
SHORT = {"generations": 2, "optimizer": {"population": 4}, "validation_episodes": 2, "finalists": 0}


@pytest.fixture
def task() -> forager.Foraging:
    """The task with its defaults."""
    return create_optimizee(nrl.configure("forager"))


def test_each_part_keeps_its_contract() -> None:
    check_environment(ID)
    check_encoder(forager.LogLatency)
    check_decoder(forager.Race, action_space=TURN)
    check_fitness(forager.FoodAndSmell)
    check_optimizer(forager.ShrinkingParameters, population=8, parents=3)
    check_rule(forager.Reward)
    check_task(forager.Foraging)


def test_the_network_plays_alone_as_in_a_batch(task: forager.Foraging) -> None:
    check_model(lambda: create_optimizee(task.config).model)


def test_a_portion_ahead_smells_the_same_on_both_sides_also_across_an_edge_and_is_eaten() -> None:
    env = gymnasium.make(ID).unwrapped
    env.reset(seed=1)
    env.position, env.heading, env.energy = np.array([0.95, 0.5]), 0.0, 0.5
    env.food = np.array([[0.05, 0.5], [0.45, 0.5], [0.45, 0.5]])
    left, right, energy = env._observation()
    antenna = np.array([0.95 + 0.1 * np.sqrt(0.5), 0.1 * np.sqrt(0.5)])
    far = np.hypot(antenna[0] - 0.45, antenna[1])
    near = np.hypot(1.05 - antenna[0], antenna[1])
    smell = np.exp(-near / SMELL_LENGTH) + 2 * np.exp(-min(far, np.hypot(1.45 - antenna[0], antenna[1])) / SMELL_LENGTH)
    assert (left, right, energy) == pytest.approx((smell, smell, 0.5))
    _, reward, *_ = env.step(np.zeros(1, np.float32))
    assert reward == 1.0
    assert env.energy == pytest.approx(0.5 - 0.02 + 0.4)


def test_half_the_smell_spikes_later_by_the_logarithm_of_2(task: forager.Foraging) -> None:
    drive = task.encoder.encode(np.array([[0.5, 0.25, 0.0]]), np.zeros(1, int), [])
    # 5 ms * ln 2 = 3.47 ms is in the 14th step of 0.25 ms; twice that is in the 28th; zero is silent.
    assert (drive.input.tolist(), drive.step.tolist()) == ([0, 1], [14, 28])


def test_the_turn_is_the_lead_of_the_first_spike() -> None:
    decoder = forager.Race(TURN, 20.0, 0.25, full_turn_ms=2.0)
    steps = np.array([[10, 14], [14, 10], [10, 99], [NO_SPIKE, 5], [5, NO_SPIKE], [NO_SPIKE, NO_SPIKE]])
    turns = decoder.decode(steps, np.arange(6), [])
    assert turns.ravel().tolist() == [0.5, -0.5, 1.0, -1.0, 1.0, 0.0]


def test_both_halves_of_the_network_have_the_same_weights(task: forager.Foraging) -> None:
    genes = task.parameters.to_genome(np.arange(10.0, 80.0, 10.0))
    network = task.network(task.parameters.to_vector(genes))
    assert isinstance(network, Network)
    means = {(p.source, p.target): float(np.mean(p.weight_pa)) for p in network.projections}
    assert means["left I", "right E"] == means["right I", "left E"] == -genes["inhibition_ns"]
    assert means["left E", "left I"] == means["right E", "right I"] == genes["onto_inhibitory_ns"]


def test_the_rule_finds_food_and_random_turns_do_not() -> None:
    env, rng = gymnasium.make(ID), np.random.default_rng(1)
    rule = create_optimizee(nrl.configure("forager")).rule
    returns = {}
    for name in ("rule", "random"):
        returns[name] = 0.0
        for seed in range(5):
            observation, ended = env.reset(seed=seed)[0], False
            while not ended:
                turn = rule(observation[None])[0] if name == "rule" else rng.uniform(-1.0, 1.0, 1)
                observation, reward, terminated, truncated, _ = env.step(turn.astype(np.float32))
                returns[name] += float(reward)
                ended = terminated or truncated
    assert returns["rule"] > 5 * returns["random"]


def test_one_and_two_workers_find_one_champion_that_nest_replays(tmp_path: Path) -> None:
    runs = [nrl.evolve("forager", SHORT, workers=n, out=tmp_path / str(n), progress=False) for n in (1, 2)]
    assert runs[0].champion.sha256 == runs[1].champion.sha256
    assert runs[0].champion.verify().identical
