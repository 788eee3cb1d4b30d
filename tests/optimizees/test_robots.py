"""Robots: labels beside Gymnasium's own documentation, forward reward, doing nothing, and a run from end to end."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from neurosim_rl.evaluation.unseen_starts import evaluate_rule, evaluate_unseen
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.learning import PPO
from neurosim_rl.optimizees import TASKS, ClosedLoop, create_optimizee, learner_settings, reward_part
from neurosim_rl.reports.champion import champion_page, evaluation_json, policy_table
from neurosim_rl.reports.figures import draw_figures
from neurosim_rl.reports.run import show_json
from neurosim_rl.reports.subject import Subject
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.studies import Row
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import Progress, run_to_end
from tests.distribution import each_day
from tests.histories import assert_same_run
from tests.tasks import EVERY_ROBOT, NEEDS_MUJOCO

pytestmark = NEEDS_MUJOCO
SMALL: dict[str, Any] = {
    "generations": 2,
    "validation_episodes": 1,
    "workers": 1,
    "normalisation": {"steps": 100},
    "environment": {"kwargs": {"max_episode_steps": 12}},
    "optimizer": {"population": 4},
}


def robot(name: str, **layer: Any) -> ClosedLoop:
    return create_optimizee(configure(name, {"normalisation": {"steps": 100}}, layer))


def documented(optimizee: ClosedLoop, table: str) -> list[str]:
    """Return the descriptions in a table of the environment's documentation, each with its unit."""
    text = gymnasium.make(optimizee.config.environment.id).unwrapped.__doc__ or ""
    section = text[text.index(f"## {table}") :].split("\n    ## ")[0]
    rows = [row.split("|")[1:-1] for row in section.splitlines() if re.match(r"\s*\| \d+ ", row)]
    units = [re.findall(r"\((.*?)\)", row[-1]) for row in rows]
    return [f"{row[1].strip()} ({unit[-1]})" for row, unit in zip(rows, units, strict=True)]


@pytest.mark.parametrize("name", EVERY_ROBOT)
def test_labels_have_the_documented_units_in_the_documented_order(name: str) -> None:
    optimizee = robot(name)
    for table, labels in (
        ("Action Space", optimizee.action_labels),
        ("Observation Space", optimizee.observation_labels),
    ):
        known = documented(optimizee, table)[: len(labels)]
        for label, description in zip(labels, known, strict=True):
            unit = label[label.rindex("(") :]
            if unit == "(quaternion)" or (label.startswith("angular velocity") and name == "ant"):
                continue  # documented as angles in rad
            assert description.endswith(unit), (label, description)
            speed = "velocity" in label
            assert speed == ("velocity" in description or unit in ("(m/s)", "(rad/s)")), (label, description)


@pytest.mark.parametrize(
    ("name", "index", "word"),
    [
        ("swimmer", 3, "x"),
        ("hopper", 5, "x"),
        ("half-cheetah", 8, "x"),
        ("walker2d", 8, "x"),
        ("ant", 13, "x"),
        ("ant", 14, "y"),
    ],
)
def test_a_velocity_is_the_change_of_its_position(name: str, index: int, word: str) -> None:
    """Of the root's joints; the tasks of the swimmer and the ant name the same body as Gymnasium's ``info``."""
    optimizee = robot(name)
    assert optimizee.observation_labels[index].startswith(f"{word} velocity")
    env: Any = gymnasium.make(optimizee.config.environment.id, **optimizee.config.environment.kwargs)
    env.action_space.seed(3)
    env.reset(seed=3)
    column = {"x": 0, "y": 1}[word]
    positions, velocities = [env.unwrapped.data.qpos[column]], []
    for _ in range(8):
        observation, *_ = env.step(env.action_space.sample())
        positions.append(env.unwrapped.data.qpos[column])
        velocities.append(observation[index])
    moved = np.diff(positions) / env.unwrapped.dt
    between = (np.array(velocities[1:]) + np.array(velocities[:-1])) / 2
    np.testing.assert_allclose(moved[1:], between, atol=0.25 * np.abs(velocities).max())


@pytest.mark.parametrize("name", EVERY_ROBOT)
def test_the_actions_are_named_as_the_actuators_are_ordered(name: str) -> None:
    env: Any = gymnasium.make(TASKS[name].defaults["environment"]["id"])
    model = env.unwrapped.model
    joints = [model.joint(model.actuator(k).trnid[0]).name for k in range(model.nu)]
    words = {
        "inverted-pendulum": ["cart"],
        "swimmer": ["first", "second"],
        "hopper": ["thigh", "leg", "foot"],
        "half-cheetah": ["back thigh", "back shin", "back foot", "front thigh", "front shin", "front foot"],
        "walker2d": ["thigh", "leg", "foot", "left thigh", "left leg", "left foot"],
        "ant": [
            f"{leg} {j}" for leg in ("back right", "front left", "front right", "back left") for j in ("hip", "ankle")
        ],
    }[name]
    known = {
        "inverted-pendulum": ["slider"],
        "swimmer": ["motor1_rot", "motor2_rot"],
        "hopper": ["thigh_joint", "leg_joint", "foot_joint"],
        "half-cheetah": ["bthigh", "bshin", "bfoot", "fthigh", "fshin", "ffoot"],
        "walker2d": [f"{j}{side}_joint" for side in ("", "_left") for j in ("thigh", "leg", "foot")],
        "ant": [f"{j}_{k}" for k in (4, 1, 2, 3) for j in ("hip", "ankle")],
    }[name]
    assert joints == known
    assert [word in label for word, label in zip(words, TASKS[name].action_labels, strict=True)] == [True] * len(words)


@pytest.mark.parametrize(
    ("name", "genes"),
    [
        ("inverted-pendulum", 40),
        ("swimmer", 60),
        ("hopper", 210),
        ("half-cheetah", 690),
        ("walker2d", 690),
        ("ant", 1120),
    ],
)
def test_the_genome_is_as_large_as_documented(name: str, genes: int) -> None:
    optimizee = robot(name)
    assert optimizee.parameters.size == genes
    assert re.search(rf"\b{genes} (weights|genes)\b", TASKS[name].__doc__ or "")


@pytest.mark.parametrize("name", EVERY_ROBOT)
def test_first_individuals_do_spike_and_their_start_is_shared(name: str) -> None:
    optimizee = robot(name, environment={"max_steps": 60})
    vectors = [optimizee.parameters.to_vector(optimizee.create_individual()) for _ in range(8)]
    elements = optimizee.training_elements(0, range(8))
    assert len({e.start_seed for e in elements}) == 1
    assert elements[0].start_seed != optimizee.training_elements(1, [0])[0].start_seed
    episodes = optimizee.play(vectors, elements).episodes
    assert (episodes.spikes.sum(axis=1) > 0).any()
    assert len(set(episodes.returns.tolist())) > 1


def test_doing_nothing_is_worth_nearly_1000_to_the_ant_and_nothing_forward() -> None:
    """The known value is 995 (20 episodes)."""
    standing = evaluate_rule(robot("ant"), first_seed=0, episodes=3)
    assert 980 < standing.mean_return < 1000
    assert standing.partial_returns is not None
    assert np.abs(standing.partial_returns).max() < 15


@pytest.mark.parametrize("name", ["hopper", "swimmer"])
def test_the_forward_reward_is_the_sum_of_gymnasiums(name: str) -> None:
    optimizee = robot(name, environment={"kwargs": {"max_episode_steps": 40}})
    vector = optimizee.parameters.to_vector(optimizee.create_individual())
    result = evaluate_unseen(optimizee, vector, SerialExecutor(), first_seed=5, episodes=2)
    played = optimizee.play([vector], optimizee.evaluation_elements([5, 6]), training=False, record=True).episodes
    assert played.traces is not None
    for k, seed in enumerate((5, 6)):
        env = gymnasium.make(optimizee.config.environment.id)
        env.reset(seed=seed)
        total = 0.0
        for action in played.traces.actions[k, : played.lengths[k]]:
            info = env.step(action.astype(np.float32))[-1]
            total += info["reward_forward"]
        assert result.partial_returns is not None
        assert result.partial_returns[k] == played.partial_returns[k] == total


@pytest.mark.parametrize("name", ["hopper", "walker2d", "ant"])
def test_without_the_bonus_remains_what_is_not_paid_for_being_alive(name: str) -> None:
    """The oracle adds up Gymnasium's own ``reward_survive``, of episodes that end in a failure and one that is cut."""
    limits = {"healthy_z_range": [0.5, 1.0]} if name == "ant" else {}  # so that it fails soon
    kwargs = {**TASKS[name].defaults["environment"].get("kwargs", {}), **limits}
    optimizee = robot(name, environment={"kwargs": kwargs}, fitness={"name": "return-without-bonus"})
    vectors = [optimizee.parameters.sample(np.random.default_rng(seed)) for seed in range(4)]
    elements = [
        replace(e, max_steps=3 if k == 0 else 300) for k, e in enumerate(optimizee.training_elements(0, range(4)))
    ]
    played = optimizee.play(vectors, elements, record=True).episodes
    assert played.traces is not None
    env = gymnasium.make(optimizee.config.environment.id, **kwargs)
    paid = np.zeros(4)
    for k, element in enumerate(elements):
        env.reset(seed=element.start_seed)
        for action in played.traces.actions[k, : played.lengths[k]]:
            paid[k] += env.step(action.astype(np.float32))[-1]["reward_survive"]
    assert played.terminated.tolist()[0] is False
    assert played.terminated[1:].any()
    np.testing.assert_allclose(optimizee.scores(played), played.returns - paid, atol=1e-9)


def test_an_environment_whose_info_lacks_the_part_is_validated_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    optimizee = robot("hopper", environment={"kwargs": {"max_episode_steps": 5}})
    monkeypatch.setattr(type(optimizee), "reward_part", "reward_that_no_version_reports")
    vector = optimizee.parameters.to_vector(optimizee.create_individual())
    unseen = {"first_seed": 0, "episodes": 2}
    found = evaluate_unseen(optimizee, vector, SerialExecutor(), **unseen)
    assert np.isfinite(found.returns).all()
    assert found.partial_returns is evaluate_rule(optimizee, **unseen).partial_returns is None
    assert "mean_part" not in evaluation_json("hopper", "compiled", found)


def test_training_lists_no_part_of_the_reward() -> None:
    optimizee = robot("swimmer", environment={"max_steps": 5})
    vector = optimizee.parameters.to_vector(optimizee.create_individual())
    assert np.isnan(optimizee.play([vector], optimizee.training_elements(0, [0])).episodes.partial_returns).all()


def test_tables_and_json_name_the_part() -> None:
    standing = evaluate_rule(robot("ant", environment={"kwargs": {"max_episode_steps": 5}}), first_seed=0, episodes=2)
    assert standing.partial_returns is not None
    mean = float(standing.partial_returns.mean())
    head, row = policy_table([("do nothing", standing)], reward_part("ant")).plain().splitlines()
    assert head.split("  ")[-3].strip() == "reward_forward"
    assert row.split()[-3] == f"{mean:.2f}"
    assert evaluation_json("ant", "compiled", standing)["mean_part"] == {"reward_forward": mean}
    pole = evaluate_rule(robot("inverted-pendulum"), first_seed=0, episodes=2)
    assert pole.partial_returns is None
    assert "mean_part" not in evaluation_json("inverted-pendulum", "compiled", pole)


@pytest.mark.parametrize("model", each_day(["single-layer", "spatial"], "spatial"))
@pytest.mark.parametrize("name", each_day(["ant", "walker2d"], "walker2d"))
def test_an_interrupted_training_ends_like_an_uninterrupted_one(name: str, model: str, tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.n_done == 2:
            raise KeyboardInterrupt

    spatial = {"name": "spatial", "grid": [3, 3], "v_th_limit": 100.0}
    layer = {"generations": 4, "model": spatial if model == "spatial" else {"name": model}}
    config = check(configure(name, SMALL, layer))
    whole, cut = (RunFolder.create(tmp_path / run, config) for run in ("whole", "cut"))
    champion = run_to_end(config, whole, executor=SerialExecutor())
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run_to_end(config, cut, executor=SerialExecutor(), on_progress=interrupt)
    found = run_to_end(cut.config(), RunFolder.open(cut.path), executor=SerialExecutor())
    assert_same_run(cut.path, whole.path)
    for one, other in ((found.unseen, champion.unseen), (found.recording, champion.recording)):
        np.testing.assert_array_equal(one.returns, other.returns)
    assert found.verification == champion.verification
    assert found.verification.identical


def test_nobody_says_when_a_walker_succeeds(tmp_path: Path) -> None:
    config = check(configure("walker2d", SMALL, {"model": {"name": "linear"}, "generations": 1}))
    champion = run_to_end(config, RunFolder.create(tmp_path / "run", config), executor=SerialExecutor())
    read = read_champion(tmp_path / "run")
    assert read.unseen.successes is None
    assert str(champion_page(read)).splitlines()[2].split()[-2] == "-"
    assert show_json(str(tmp_path / "run"))["held_out"]["success_rate"] is None
    history = RunFolder.open(tmp_path / "run").history()
    assert history is not None
    assert np.isnan(Row.of("x", {}, config, champion, history).success_rate)
    comparable = robot("ant", environment={"kwargs": {"max_episode_steps": 5}})
    assert evaluate_rule(comparable, first_seed=0, episodes=2).success_rate == 0.0


@pytest.mark.parametrize("model", each_day(["single-layer", "dense", "linear"], "single-layer"))
def test_a_run_of_the_ant_is_reported_replayed_and_drawn(model: str, tmp_path: Path) -> None:
    layers = [SMALL] if model == "single-layer" else [SMALL, {"model": {"name": model}}]
    config = check(configure("ant", *layers))
    champion = run_to_end(config, RunFolder.create(tmp_path / "run", config), executor=SerialExecutor())
    assert champion.verification.identical
    read = read_champion(tmp_path / "run")
    assert read.unseen.partial_returns is not None
    np.testing.assert_array_equal(read.unseen.partial_returns, champion.unseen.partial_returns)
    text = str(champion_page(read))
    assert "reward_forward" in text
    assert "do nothing" in text
    files, _ = draw_figures(Subject.of(str(tmp_path / "run")), tmp_path / "figures")
    assert {path.stem for path in files} >= {"fitness", "responses", "episode"}
    assert all(path.stat().st_size > 1000 for path in files)


@pytest.mark.gradient
@pytest.mark.parametrize("network", ["snn", "ann"])
@pytest.mark.parametrize(
    "name", [r for r in EVERY_ROBOT if r.values != ("half-cheetah",)]
)  # which says what its own are
def test_a_generation_of_ppo_holds_whole_episodes(name: str, network: str) -> None:
    optimizee = create_optimizee(configure(name, learner_settings(name, "ppo", network)))
    options = optimizee.learning
    assert isinstance(options, PPO)
    n_episodes, rest = divmod(options.updates * options.rollouts, optimizee.environment.step_limit)
    assert n_episodes >= 1
    assert rest == 0


def test_half_cheetah_s_own_training_is_as_long_as_it_says() -> None:
    optimizee = create_optimizee(configure("half-cheetah", learner_settings("half-cheetah", "ppo")))
    options = optimizee.learning
    assert isinstance(options, PPO)
    n_steps = options.updates * options.rollouts
    assert (n_steps, options.environments) == (512, 64)
    assert n_steps * options.environments * optimizee.config.generations == 1_966_080


@pytest.mark.gradient
def test_returns_of_ppo_are_those_of_whole_episodes() -> None:
    pytest.importorskip("torch", reason="needs the extra [gradient]")
    from neurosim_rl.gradient.training import train_generation

    short = {"learning": {"environments": 4, "rollouts": 5, "updates": 4}, "normalisation": {"steps": 100}}
    limit = {"environment": {"kwargs": {"max_episode_steps": 10}}}
    optimizee = create_optimizee(configure("swimmer", learner_settings("swimmer", "ppo"), short, limit))
    trained = train_generation(optimizee, 0, None)
    assert trained.n_ended == 4 * 4 * 5 // 10
    assert not trained.terminated.any()
