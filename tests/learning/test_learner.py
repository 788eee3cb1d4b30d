"""Learning in the loop: the same in both simulators and in any batch, within bounds, and by the rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Discrete

from neurosim_rl.bridge import Currents
from neurosim_rl.bridge.decoders import WinnerTakesAll
from neurosim_rl.environments import Step
from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.learning import CRITICS, LearningBatch, LearningRecorder, RewardModulatedSTDP
from neurosim_rl.learning.stdp_learner import STDPLearner
from neurosim_rl.learning.stdp_projection import STDPProjection
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.settings.options import read_component
from neurosim_rl.simulators import create_simulator

N_IN, N_HIDDEN, N_OUT, N_WINDOWS, WINDOW_MS = 4, 5, 2, 12, 20.0
LOSS = read_component("learning.critic", CRITICS, {"name": "loss", "limit": 5.0})


def network(seed: int) -> Network:
    """Return a small network: input to hidden to output, and some inhibition."""
    rng = np.random.default_rng(seed)
    populations = tuple(
        Population(name, size, "iaf_psc_exp", {"t_ref": 2.0})
        for name, size in (("input", N_IN), ("hidden", N_HIDDEN), ("output", N_OUT))
    )
    onto_output = rng.uniform(1500, 4000, (N_HIDDEN, N_OUT))
    onto_output[0] *= -0.2
    projections = (
        Projection.all_to_all("input", "hidden", rng.uniform(1500, 4000, (N_IN, N_HIDDEN)), 1.0),
        Projection.all_to_all("hidden", "output", onto_output, 1.5),
    )
    return Network(populations, projections, input="input", output="output", resolution_ms=0.1)


def learn(
    simulator: str,
    seeds: list[int],
    watch: Callable[[STDPLearner], None] = lambda learner: None,
    recorder: LearningRecorder | None = None,
    **options: Any,
) -> tuple[list[list[np.ndarray]], list[np.ndarray], np.ndarray]:
    """Return what elements learned, what the simulator holds, and all spikes, after windows of made-up experience."""
    rule = RewardModulatedSTDP(**{"learning_rate": 0.02, "w_max_pa": 8000.0, "critic": LOSS, **options})
    networks = [network(seed) for seed in seeds]
    genomes = [{"rule_a_plus": np.array([0.1 * seed])} for seed in seeds]
    decoder = WinnerTakesAll(Discrete(2), WINDOW_MS, tie="first")
    batch = LearningBatch(networks, genomes, decoder, lambda o: np.zeros(len(o)), WINDOW_MS, recorder=recorder)
    learner = rule.start(batch)
    rngs = [np.random.default_rng([9, seed]) for seed in seeds]
    active = np.arange(len(seeds))
    with create_simulator(simulator) as open_simulator:
        open_simulator.build(networks, record_spikes=True, window_spikes_of=learner.populations, sets_weights=True)
        learner.attach(open_simulator)
        for window in range(N_WINDOWS):
            currents = np.stack([rng.uniform(400, 1500, N_IN) for rng in rngs])
            counts = open_simulator.advance(Currents(currents), WINDOW_MS, active)
            before, after = (np.stack([rng.normal(size=2) for rng in rngs]) for _ in range(2))
            ended = np.full(len(seeds), window == 5)
            step = Step(after, np.ones(len(seeds)), ended, np.zeros(len(seeds), bool))
            learner.learn(active, before, np.array([rng.integers(2) for rng in rngs]), counts, step)
            watch(learner)
        held = open_simulator.weights_pa()
        spikes = open_simulator.spikes()
    learned = [learner.weights_pa(k, n) for k, n in enumerate(networks)]
    keys = np.stack([spikes.element, spikes.neuron, spikes.step])
    return learned, [np.concatenate(w) for w in held], keys


def test_both_simulators_learn_the_same_and_spike_the_same() -> None:
    one, held_one, spikes_one = learn("compiled", [1, 2, 3], projections=("hidden->output", "input->hidden"))
    two, held_two, spikes_two = learn("nest", [1, 2, 3], projections=("hidden->output", "input->hidden"))
    assert spikes_one.shape[1] > 500
    np.testing.assert_array_equal(spikes_one, spikes_two)
    for mine, theirs, first in zip(one, two, (network(k) for k in (1, 2, 3)), strict=True):
        for a, b, projection in zip(mine, theirs, first.projections, strict=True):
            np.testing.assert_array_equal(a, b)
            assert not np.array_equal(a, projection.weight_pa)
    np.testing.assert_array_equal(np.stack(held_one), np.stack(held_two))


def test_credit_fed_back_through_weights_is_another_than_the_overall_reward() -> None:
    projections = ("hidden->output", "input->hidden")
    fed_back, _, _ = learn("compiled", [1], projections=projections, hidden_credit="feedback")
    overall, _, _ = learn("compiled", [1], projections=projections)
    assert not np.array_equal(fed_back[0][0], overall[0][0])


def test_a_hidden_neuron_gets_what_the_output_neurons_get_through_its_weights() -> None:
    rule = RewardModulatedSTDP(critic=LOSS)
    values = rule.values([{}])
    projection = STDPProjection(rule, values, [network(1)], 1, WINDOW_MS)
    weight = projection.weight_pa[0].reshape(N_HIDDEN, N_OUT)  # the first is inhibitory
    credit = np.array([[0.5, -0.25]])
    expected = weight @ credit[0] / np.abs(weight).sum(axis=1).mean()
    np.testing.assert_allclose(projection.feedback(np.array([0]), credit), [expected], rtol=1e-12)
    assert expected[0] * (weight[0] @ credit[0]) > 0
    to_all = projection.feedback(np.array([0]), np.ones((1, N_OUT)))
    assert np.abs(to_all).mean() == pytest.approx(1.0)


def test_a_way_back_from_the_output_is_needed_for_feedback() -> None:
    with pytest.raises(ConfigurationError, match=r"towards 'output'; there is none from 'hidden'"):
        learn("compiled", [1], projections=("input->hidden",), hidden_credit="feedback")


def test_the_mean_over_windows_is_learned_if_wanted() -> None:
    seen: list[np.ndarray] = []
    learned, held, _ = learn("compiled", [1], lambda learner: seen.append(learner._plastic[0].weight_pa[0].copy()))
    averaged, also_held, _ = learn("compiled", [1], average=True)
    np.testing.assert_allclose(averaged[0][1], np.mean(seen, axis=0), rtol=1e-12)
    assert not np.allclose(averaged[0][1], learned[0][1])
    np.testing.assert_array_equal(held, also_held)  # it plays with the present ones


def test_a_rule_parameter_of_the_genome_counts() -> None:
    without, _, _ = learn("compiled", [1])
    evolved, _, _ = learn("compiled", [1], evolve=("a_plus",))
    assert not np.array_equal(without[0][1], evolved[0][1])


@pytest.mark.parametrize("soft", [False, True])
def test_genomes_may_hold_bounds(soft: bool) -> None:
    rule = RewardModulatedSTDP(
        w_min_pa=100.0, w_max_pa=4000.0, soft_bounds=soft, evolve=("w_min_pa", "w_max_pa"), critic=LOSS
    )
    genes = [(0.0, 0.0), (1.0, -1.0), (4.0, -4.0)]
    values = rule.values([{"rule_w_min_pa": np.array([a]), "rule_w_max_pa": np.array([b])} for a, b in genes])
    assert values["w_min_pa"].tolist() == [100.0, 200.0, 1600.0]
    assert values["w_max_pa"].tolist() == [4000.0, 2000.0, 250.0]
    projection = STDPProjection(rule, values, [network(1)] * 3, 1, WINDOW_MS)
    for reward in (1e6, -1e6):
        projection.eligibility[:] = 1.0
        weight_pa = projection.reinforce(np.arange(3), np.full((3, 1), reward))
        assert np.isfinite(weight_pa).all()
        for row, low, high in zip(np.abs(weight_pa), (100.0, 200.0, 250.0), (4000.0, 2000.0, 250.0), strict=True):
            assert low <= row.min() <= row.max() <= high


def test_genomes_may_hold_how_often_weights_are_normalised() -> None:
    rule = RewardModulatedSTDP(w_max_pa=20000.0, normalise_every=4, evolve=("normalise_every",), critic=LOSS)
    values = rule.values([{"rule_normalise_every": np.array([gene])} for gene in (0.0, -1.0, -4.0)])
    assert values["normalise_every"].tolist() == [4.0, 2.0, 1.0]
    projection = STDPProjection(rule, values, [network(1)] * 3, 1, WINDOW_MS)
    first = np.abs(projection.weight_pa).sum(axis=1)
    scaled = []
    for _ in range(4):
        projection.eligibility[:] = 0.5
        scaled.append(np.isclose(np.abs(projection.reinforce(np.arange(3), np.ones((3, 1)))).sum(axis=1), first))
    assert np.array(scaled).T.tolist() == [[False] * 3 + [True], [False, True] * 2, [True] * 4]


def test_only_chosen_projections_change() -> None:
    learned, _, _ = learn("compiled", [1])
    np.testing.assert_array_equal(learned[0][0], network(1).projections[0].weight_pa)
    assert not np.array_equal(learned[0][1], network(1).projections[1].weight_pa)


@pytest.mark.parametrize("soft", [False, True])
def test_weights_keep_their_sign_and_their_bounds(soft: bool) -> None:
    learned, _, _ = learn("compiled", [1, 2], learning_rate=5.0, w_min_pa=10.0, w_max_pa=4500.0, soft_bounds=soft)
    for k, seed in enumerate([1, 2]):
        first, last = network(seed).projections[1].weight_pa, learned[k][1]
        np.testing.assert_array_equal(np.sign(first), np.sign(last))
        assert np.abs(last).min() >= 10.0
        assert np.abs(last).max() <= 4500.0


def test_without_signs_a_weight_may_cross_zero() -> None:
    learned, _, _ = learn("compiled", [1, 2], learning_rate=5.0, keep_sign=False, w_max_pa=4500.0)
    first = np.stack([network(seed).projections[1].weight_pa for seed in (1, 2)])
    last = np.stack([weights[1] for weights in learned])
    assert (np.sign(first) != np.sign(last)).any()
    assert np.abs(last).max() <= 4500.0


def test_normalisation_keeps_the_sum_onto_each_neuron() -> None:
    learned, _, _ = learn("compiled", [1], normalise_every=4, w_max_pa=20000.0, learning_rate=0.002)
    first, last = network(1).projections[1].weight_pa, learned[0][1]
    assert not np.allclose(first, last)
    for neuron in range(N_OUT):
        np.testing.assert_allclose(np.abs(last)[neuron::N_OUT].sum(), np.abs(first)[neuron::N_OUT].sum(), rtol=1e-12)


def marks(learner: STDPLearner) -> float:
    return float(np.abs(learner._plastic[0].eligibility).sum())


def test_the_end_of_an_episode_wipes_the_marks() -> None:
    kept: list[float] = []
    wiped: list[float] = []
    learn("compiled", [1], lambda learner: kept.append(marks(learner)), reset_eligibility=False)
    learn("compiled", [1], lambda learner: wiped.append(marks(learner)), reset_eligibility=True)
    assert wiped[4] > 0
    assert wiped[5] == 0.0
    assert kept[5] > 0


def test_without_reward_nothing_changes() -> None:
    learned, _, _ = learn(
        "compiled", [1], critic=read_component("learning.critic", CRITICS, {"name": "reward", "mean_tau": 100.0})
    )  # the same reward each window
    np.testing.assert_array_equal(learned[0][1], network(1).projections[1].weight_pa)


def test_an_unknown_projection_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="hidden->output"):
        learn("compiled", [1], projections=("hiden->output",))


def test_parameters_that_no_genome_may_hold_are_told() -> None:
    with pytest.raises(UnknownNameError, match="learning_rate"):
        RewardModulatedSTDP(evolve=("learning_rat",))
    with pytest.raises(ConfigurationError, match="cannot be evolved"):
        RewardModulatedSTDP(evolve=("tau_eligibility_ms",), tau_eligibility_ms=0.0)
    with pytest.raises(ConfigurationError, match="normalise_every = 0 cannot be evolved"):
        RewardModulatedSTDP(evolve=("normalise_every",))
    with pytest.raises(ConfigurationError, match="w_min_pa"):
        RewardModulatedSTDP(w_min_pa=3.0, w_max_pa=2.0)


@pytest.mark.parametrize("option", ["projections", "evolve"])
def test_what_is_named_twice_is_told(option: str) -> None:
    names: dict[str, Any] = {"projections": ("input->hidden",) * 2, "evolve": ("a_plus",) * 2}
    with pytest.raises(ConfigurationError, match=rf"learning\.{option} = .*; expected each name once"):
        RewardModulatedSTDP(**{option: names[option]})
