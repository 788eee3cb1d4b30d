"""Evolving to learn: lives in worlds that change, with fixed weights and with weights that learn."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.linalg import solve_discrete_are

from neurosim_rl.cli import main
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.evaluation.replay import record, verify
from neurosim_rl.evaluation.unseen_starts import baselines, evaluate_unseen
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.optimizees import ClosedLoop, create_optimizee, read_configuration
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.reports.champion import champion_page, evaluation_json
from neurosim_rl.reports.figures import PLOT, draw_figures, figures_of
from neurosim_rl.reports.subject import Subject
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.studies import read_study
from neurosim_rl.studies.settings_digest import settings_digest
from neurosim_rl.studies.table import Row
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end
from tests.conftest import FEW_RECORDED, FEW_UNSEEN

STUDIES = Path(__file__).parents[2] / "benchmarks" / "studies"
FIXED: dict[str, Any] = {"learning": {"name": "none", "episodes": 3}}
LEARNING: dict[str, Any] = {"learning": {"episodes": 3}}
DENSE: dict[str, Any] = {**FIXED, "model": {"name": "dense"}}
SHORT: dict[str, Any] = {
    "environment": {"kwargs": {"max_episode_steps": 8}},
    "generations": 1,
    "episodes": 1,
    "validation_episodes": 1,
    "finalists": 0,
    "workers": 1,
    "optimizer": {"population": 4},
}


def task(*layers: dict[str, Any]) -> ClosedLoop:
    return create_optimizee(configure("changing-cart-pole", *layers))


def ignorant(optimizee: ClosedLoop, **rule: float) -> np.ndarray:
    """Return a genome of equal small weights, and of a rule with some genes that are not 0."""
    genes = {p.name: np.zeros(p.shape) for p in optimizee.parameters.parameters}
    genes["weights_0"] += 5.0
    for name, value in rule.items():
        genes[f"rule_{name}"] += value
    return optimizee.parameters.to_vector(genes)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the folders of three short runs: with learning, with fixed weights, without neurons."""
    out = tmp_path_factory.mktemp("runs")
    for name, layer in (("learning", LEARNING), ("fixed", FIXED), ("dense", DENSE)):
        config = check(configure("changing-cart-pole", SHORT, layer))
        run_to_end(config, RunFolder.create(out / name, config))
    return {name: out / name for name in ("learning", "fixed", "dense")}


# --- the critic ---


def test_the_critic_is_the_value_function_of_the_linear_quadratic_regulator() -> None:
    """Florian 2007, Correct equations for the dynamics of the cart-pole system, linearised; Euler steps of 20 ms."""
    gravity, pole_kg, cart_kg, half_m, step_s, force_n = 9.8, 0.1, 1.0, 0.5, 0.02, 10.0
    total_kg = pole_kg + cart_kg
    inertia = half_m * (4 / 3 - pole_kg / total_kg)
    fall, tilt = gravity / inertia, -1 / (total_kg * inertia)
    drift = np.zeros((4, 4))
    drift[0, 1] = drift[2, 3] = 1.0
    drift[1, 2], drift[3, 2] = -pole_kg * half_m * fall / total_kg, fall
    push = np.array([[0.0], [(1 - pole_kg * half_m * tilt) / total_kg], [0.0], [tilt]])
    costs = np.diag([0.1, 0.1, 1.0, 0.1])
    value = solve_discrete_are(np.eye(4) + step_s * drift, step_s * force_n * push, costs, np.eye(1))
    value /= value[2, 2]
    critic = configure("changing-cart-pole").learning.critic
    np.testing.assert_allclose(critic.weights, np.diag(value), atol=1e-4)
    np.testing.assert_allclose(critic.cross, value[np.triu_indices(4, 1)], atol=1e-4)


# --- lives ---


def test_learning_within_a_life_beats_the_same_weights_fixed_in_both_kinds_of_worlds() -> None:
    """Each kind has its lives; a network that knows nothing at first is up much longer at the end of each."""
    for flip in (0.0, 1.0):
        environment = {"environment": {"kwargs": {"flip_probability": flip}}}
        learning, fixed = task(environment), task(environment, {"learning": {"name": "none", "episodes": 10}})
        lives = [
            o.play([ignorant(o, **rule)], o.evaluation_elements(range(6))).episodes.returns.reshape(6, 10)
            for o, rule in ((learning, {"a_plus": 1.0}), (fixed, {}))
        ]
        assert lives[0][:, 5:].mean() > 3 * lives[1].mean()
        assert lives[0][:, 5:].mean() > 1.2 * lives[0][:, 0].mean()


def test_with_rewards_taken_for_punishments_nothing_is_learned() -> None:
    optimizee = task()
    good, bad = (
        optimizee.play([ignorant(optimizee, a_plus=a)], optimizee.evaluation_elements(range(4))).episodes.returns.mean()
        for a in (1.0, -1.0)
    )
    assert bad < 20 < 60 < good


@pytest.mark.parametrize("layer", [LEARNING, FIXED, DENSE])
def test_all_play_the_same_lives_in_training_and_in_what_is_reported(layer: dict[str, Any]) -> None:
    optimizee = task(SHORT, layer)
    reference = task(SHORT, LEARNING)
    vector = optimizee.parameters.to_vector(optimizee.create_individual())
    for training in (True, False):
        assert optimizee.n_trial_episodes(training) == 3
        elements = optimizee.training_elements(2, [0])
        assert [e.start_seed for e in elements] == [e.start_seed for e in reference.training_elements(2, [0])]
        episodes = optimizee.play([vector], elements, training=training).episodes
        assert len(episodes) == 3
        assert len(set(episodes.observation_max[:, 0])) == 3  # three starts


def test_networks_that_learn_in_training_only_are_reported_by_single_episodes() -> None:
    optimizee = task({"learning": {"when": "training"}})
    assert [optimizee.n_trial_episodes(training) for training in (True, False)] == [10, 1]


def test_a_rule_that_is_right_in_half_of_the_worlds_is_worth_half_and_chance_hardly_anything() -> None:
    optimizee = task(FIXED)
    random, rule = baselines(optimizee, first_seed=0, episodes=40)
    assert rule is not None
    assert rule.returns.shape == random.returns.shape == (120,)
    lives = rule.trial_returns
    assert set(np.where(lives > 300, "right", np.where(lives < 15, "wrong", "?"))) == {"right", "wrong"}
    assert 150 < rule.mean_return < 350
    assert random.mean_return < 35
    np.testing.assert_array_equal(rule.successes, rule.returns >= 475)


def test_baselines_are_remembered_for_lives_of_that_length() -> None:
    lengths = [baselines(task({"learning": {"name": "none", "episodes": n}}), first_seed=3, episodes=2) for n in (2, 1)]
    assert [len(random.returns) for random, _ in lengths] == [4, 2]


# --- what learned cannot always be held ---


def test_tied_weights_may_learn_but_not_be_inherited() -> None:
    assert task().play([ignorant(task())], task().evaluation_elements([1])).learned is None
    loose = task({"model": {"mirror": False}})
    learned = loose.play([ignorant(loose, a_plus=1.0)], loose.evaluation_elements([1])).learned
    assert learned is not None
    assert learned.shape == (1, 246)
    for layer in ({}, FIXED):
        with pytest.raises(ConfigurationError, match=r"learning\.name, such as r-stdp, and model\.mirror = false"):
            check(configure("changing-cart-pole", SHORT, layer, {"optimizer": {"name": "inherit"}}))


# --- results ---


def test_the_interval_is_that_of_lives_not_of_their_episodes() -> None:
    lives = np.random.default_rng(2).normal(100, 20, 50)
    one = UnseenReturns(0, lives, np.ones(50, np.int64), np.zeros(50, bool))
    ten = UnseenReturns(0, np.repeat(lives, 10), np.ones(500, np.int64), np.zeros(500, bool), n_trial=10)
    assert ten.mean_return == pytest.approx(one.mean_return)
    assert ten.ci95() == pytest.approx(one.ci95())


def test_the_course_of_a_life_is_told_where_there_is_one() -> None:
    result = UnseenReturns(
        5, np.array([1.0, 3.0, 5.0, 3.0, 5.0, 13.0]), np.ones(6, np.int64), np.zeros(6, bool), n_trial=3
    )
    assert result.trial_returns.tolist() == [3, 7]
    assert result.returns_in_trial.tolist() == [2, 4, 9]
    told = evaluation_json("changing-cart-pole", "compiled", result)
    assert (told["episodes"], told["trial_episodes"], told["returns_in_trial"]) == (2, 3, [2, 4, 9])
    assert "trial_episodes" not in evaluation_json(
        "x", "compiled", UnseenReturns(5, np.ones(6), np.ones(6), np.ones(6))
    )


@pytest.mark.parametrize("name", ["learning", "fixed", "dense"])
def test_a_run_is_judged_recorded_replayed_reported_and_drawn(runs: dict[str, Path], name: str, tmp_path: Path) -> None:
    champion = read_champion(runs[name])
    history = Subject.of(str(runs[name])).history
    assert history is not None
    assert history.returns.shape == (4, 3)
    np.testing.assert_allclose(history.fitness, history.returns.mean(axis=1))
    for result in (champion.unseen, champion.random, champion.rule):
        assert result is not None
        assert (result.n_trial, result.returns.shape) == (3, (3 * FEW_UNSEEN,))
        assert result.trial_returns.shape == (FEW_UNSEEN,)
        assert result.lengths.max() <= 8
    assert champion.recording.episode_lengths.shape == (FEW_RECORDED // 3, 3)
    np.testing.assert_array_equal(champion.recording.lengths, champion.recording.episode_lengths.sum(axis=1))
    assert champion.verification.identical
    assert champion.verification.episodes == 3 * (FEW_RECORDED // 3)
    assert (champion.verification.spikes_compared > 0) == (name != "dense")
    last = DEFAULT_FIRST_SEED + FEW_UNSEEN - 1
    starts = f"{FEW_UNSEEN} unseen starts, seeds {DEFAULT_FIRST_SEED} to {last}, 3 episodes from each"
    assert starts in str(champion_page(champion))
    told = str(champion_page(champion)).split("first to last: ")[1].splitlines()[0]
    assert [float(value) for value in told.split(", ")] == pytest.approx(champion.unseen.returns_in_trial, abs=0.051)
    assert Row.of("x", {}, champion.config, champion, history).returns.shape == (FEW_UNSEEN,)
    shutil.copytree(runs[name], tmp_path / "run")
    files, _ = draw_figures(Subject.of(str(tmp_path / "run")), tmp_path / "figures")
    missing: dict[str, set[str]] = {"learning": set(), "fixed": {"plasticity"}, "dense": {"plasticity", "raster"}}
    assert {path.stem for path in files} == set(figures_of(PLOT)) - {"paths", "learning", "archive"} - missing[name]


def test_evaluate_gives_the_run_s_result_again(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    champion = read_champion(runs["learning"])
    again = evaluate_unseen(
        champion.optimizee(), champion.vector, SerialExecutor(), first_seed=DEFAULT_FIRST_SEED, episodes=7
    )
    np.testing.assert_array_equal(again.returns, champion.unseen.returns[:21])
    assert main(["evaluate", str(runs["learning"]), "--episodes", "7", "--workers", "1"]) == 0
    assert f"{again.mean_return:.2f}" in capsys.readouterr().out


def test_traces_of_a_life_show_what_was_seen_before_each_window(runs: dict[str, Path]) -> None:
    champion: ChampionRecord = read_champion(runs["learning"])
    recording = champion.recording
    starts = np.cumsum(recording.episode_lengths[0])[:-1]
    assert (np.abs(recording.traces.observations[0, [0, *starts]]) <= 0.05).all()
    assert recording.first_path().shape == (recording.episode_lengths[0, 0], 4)
    again = record(champion.optimizee(), champion.vector, recording.start_seeds.tolist())
    np.testing.assert_array_equal(again.traces.observations, recording.traces.observations)


def test_another_action_in_a_later_episode_is_counted(runs: dict[str, Path]) -> None:
    champion = read_champion(runs["learning"])
    recording = record(champion.optimizee(), champion.vector, [DEFAULT_FIRST_SEED])
    recording.traces.actions[0, -1] = 1 - recording.traces.actions[0, -1]
    assert verify(champion.optimizee(), champion.vector, recording).actions_differing == 1


# --- studies ---


def test_a_study_s_fixed_networks_live_like_those_that_learn() -> None:
    studies = [read_study(STUDIES / f"evolving-to-learn{part}.toml") for part in ("", "-policies")]
    configs = [study.configuration(cell) for study in studies for cell in study.cells()]
    assert [(c.model.name, c.learning.name) for c in configs] == [
        ("feed-forward", "r-stdp"),
        ("feed-forward", "none"),
        ("dense", "none"),
        ("linear", "none"),
    ]
    assert len({(c.generations, c.episodes, c.validation_episodes, c.learning.episodes) for c in configs}) == 1
    assert all(create_optimizee(c).n_trial_episodes(training=False) == 10 for c in configs)
    assert studies[0].seeds == studies[1].seeds == tuple(range(1, 11))


def test_single_episodes_without_learning_leave_the_digest_of_settings_as_it_was() -> None:
    plain = configure("cart-pole")
    spelt = plain.replace(learning={"name": "none", "episodes": 1})
    assert settings_digest(spelt) == settings_digest(read_configuration(spelt.to_toml()))
    assert "learning" in spelt.to_toml()
    assert settings_digest(spelt) == settings_digest(plain)
    assert settings_digest(spelt) != settings_digest(plain.replace(learning={"name": "none", "episodes": 2}))
