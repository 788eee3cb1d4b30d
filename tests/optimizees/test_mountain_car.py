"""Mountain car: the known rule, and the numbers of the published recipe."""

import numpy as np

from neurosim_rl.bridge import Currents
from neurosim_rl.evaluation.unseen_starts import evaluate_random_policy, evaluate_rule
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.simulators import Simulator
from neurosim_rl.training.configure import configure


def test_pushing_with_the_velocity_always_arrives_and_chance_never_does() -> None:
    optimizee = create_optimizee(configure("mountain-car"))
    rule = evaluate_rule(optimizee, first_seed=50, episodes=20)
    assert rule.success_rate == 1
    assert -130 < rule.mean_return < -105
    np.testing.assert_array_equal(rule.returns, -rule.lengths)
    chance = evaluate_random_policy(optimizee, first_seed=50, episodes=20)
    assert chance.success_rate == 0
    assert set(chance.lengths) == {200}


def test_the_rule_follows_the_sign_of_the_velocity() -> None:
    optimizee = create_optimizee(configure("mountain-car"))
    assert optimizee.rule(np.array([[0.0, -0.01], [0.0, 0.01], [0.5, 0.0]])).tolist() == [0, 2, 2]


def test_a_failed_episode_is_scored_by_its_distance_from_the_goal() -> None:
    optimizee = create_optimizee(configure("mountain-car"))
    silent = np.zeros(optimizee.parameters.size)
    episodes = optimizee.play([silent], optimizee.evaluation_elements([1, 2])).episodes
    assert episodes.lengths.tolist() == [200, 200]
    np.testing.assert_array_equal(optimizee.successes(episodes), False)
    expected = -200 + 50 * (episodes.observation_max[:, 0] - 0.5)
    np.testing.assert_allclose(optimizee.scores(episodes), expected)


def test_the_published_recipe_has_its_published_numbers() -> None:
    optimizee = create_optimizee(configure("mountain-car-yegenoglu2022"))
    assert optimizee.parameters.size == 315
    assert (optimizee.encoder.n_inputs, optimizee.decoder.n_outputs) == (60, 3)
    assert optimizee.config.optimizer.name == "l2l-genetic"
    assert [e.start_seed for g in (0, 7) for e in optimizee.training_elements(g, [0])] == [0, 7]
    silent = np.zeros(315)
    elements = optimizee.training_elements(0, [0])
    training = optimizee.play([silent], elements).episodes
    assert training.lengths.tolist() == [109]
    assert training.truncated.tolist() == [True]
    np.testing.assert_array_equal(optimizee.scores(training), training.observation_max[:, 0])
    assert optimizee.play([silent], elements, training=False).episodes.lengths.tolist() == [200]


def test_40_000_pa_make_an_input_neuron_spike_17_times_in_the_first_window(nest_simulator: Simulator) -> None:
    # Threshold is reached in the first step of 0.2 ms, then again every 1.2 ms: steps 1, 7, ... 97.
    optimizee = create_optimizee(configure("mountain-car-yegenoglu2022"))
    network = optimizee.network(np.zeros(315))
    nest_simulator.build([network], record_spikes=True)
    drive = optimizee.encoder.encode(np.array([[-0.5, 0.0]]), np.zeros(1, np.int64), [])
    assert isinstance(drive, Currents)
    nest_simulator.advance(drive, 20.0, np.zeros(1, np.int64))
    spikes = nest_simulator.spikes()
    driven = np.flatnonzero(drive.pa[0])
    assert len(driven) == 2
    for neuron in driven:
        assert spikes.step[spikes.neuron == neuron].tolist() == list(range(1, 101, 6))
