"""A task in another environment than its own takes none of its facts along."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from neurosim_rl.comparison.run_summary import RunSummary
from neurosim_rl.environments import EnvironmentOptions
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.optimizees import TASKS, ClosedLoop, create_optimizee, learner_settings, solved_return
from neurosim_rl.optimizees.task import Task
from neurosim_rl.reports.champion import champion_page
from neurosim_rl.reports.labels import task_labels
from neurosim_rl.runs import RunFolder
from neurosim_rl.settings.options import read_component
from neurosim_rl.studies.specification import StudySpecification
from neurosim_rl.studies.summary import by_cell
from neurosim_rl.studies.table import StudyTable
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure, layered_settings
from neurosim_rl.training.run import run_to_end
from tests.structure import modules, tree

OTHER = "LunarLander-v3"
"""An environment of no task. Its package may be missing: only its registration is read."""
FACTS = set(Task.__annotations__) - {"defaults", "learners", "settings_of_environment"} | {"rule", "successes"}
LABELS = ("observation_labels", "action_labels", "mirrored", "map_fixed", "reward_part", "rule_label")


@pytest.mark.parametrize("name", TASKS)
def test_settings_in_another_environment_say_nothing_about_the_tasks_own(name: str) -> None:
    settings = layered_settings(name, {"environment": {"id": OTHER}})
    assert settings.environment == EnvironmentOptions(id=OTHER)
    assert settings.fitness.table() == {"name": "return", "aggregate": "mean"}
    assert not settings.model.values().get("mirror", False)
    assert settings.model.name == layered_settings(name).model.name
    assert settings.optimizer == layered_settings(name).optimizer


@pytest.mark.parametrize("name", TASKS)
def test_facts_in_another_environment_are_those_of_its_registration(name: str) -> None:
    optimizee = create_optimizee(layered_settings(name, {"environment": {"id": OTHER}}))
    assert [getattr(optimizee.facts, fact) for fact in LABELS] == [(), (), (), (), "", ""]
    assert optimizee.facts.map_axes == (0, 1)
    assert optimizee.facts.solved_return == gymnasium.spec(OTHER).reward_threshold == 200
    with pytest.raises(ConfigurationError, match=r"environment\.id is 'LunarLander-v3', and the task's own is"):
        optimizee.facts.rule(np.zeros((1, 8)))


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("layer", [{}, {"environment": {"kwargs": {"max_episode_steps": 7}}}])
def test_the_tasks_own_environment_keeps_its_facts_also_with_other_arguments(name: str, layer: dict[str, Any]) -> None:
    settings = layered_settings(name, layer)
    assert create_optimizee(settings).facts.solved_return == TASKS[name].solved_return
    assert settings.replace(environment=layered_settings(name).environment) == layered_settings(name)
    own = TASKS[name].defaults["environment"]
    assert settings.environment.observation_low == tuple(own.get("observation_low", ()))


def test_a_task_that_leaves_its_environment_open_has_facts_in_any() -> None:
    class Open(ClosedLoop):
        defaults = {"task": "cart-pole"}
        solved_return = 3.0

    optimizee = Open(None, layered_settings("cart-pole", {"environment": {"id": OTHER}}))
    assert optimizee.facts is optimizee


def test_settings_of_the_user_stay() -> None:
    layer = {"environment": {"id": OTHER, "observation_low": [-1.0] * 8}, "fitness": {"name": "max-observation"}}
    settings = layered_settings("cart-pole", layer)
    assert settings.environment.observation_low == (-1.0,) * 8
    assert settings.environment.observation_high == ()
    assert settings.fitness.name == "max-observation"


@pytest.mark.parametrize(("task", "learner"), [("cart-pole", "r-stdp"), ("mountain-car", "ppo"), ("ant", "ppo")])
def test_a_learners_layer_leaves_critic_and_scale_of_rewards_behind(task: str, learner: str) -> None:
    own = layered_settings(task, learner=learner).learning
    other = layered_settings(task, {"environment": {"id": OTHER}}, learner=learner).learning
    if learner == "ppo":
        assert (own.reward_scale, other.reward_scale) != (1.0, own.reward_scale)
        assert other.learning_rate == own.learning_rate
        assert other.reward_scale == read_component("learning", _learning(), {"name": "ppo"}).reward_scale
    else:
        assert (own.critic.name, other.critic.name) == ("loss", "reward")
        assert other.w_max_pa == own.w_max_pa


def _learning() -> dict[str, type]:
    from neurosim_rl.learning import LEARNING

    return dict(LEARNING)


@pytest.mark.parametrize("model", ["feed-forward", "dense"])
def test_a_mirror_that_is_asked_for_in_another_environment_is_refused(model: str) -> None:
    message = r"task 'pendulum' has no mirror symmetry in environment 'MountainCarContinuous-v0'\. Set model\.mirror ="
    layer = {"environment": {"id": "MountainCarContinuous-v0"}, "model": {"name": model, "mirror": True}}
    with pytest.raises(ConfigurationError, match=message):
        configure("pendulum", layer)
    assert configure("pendulum", {**layer, "model": {"name": model}}).model.mirror is False


def test_a_teacher_without_a_rule_is_refused_before_the_run() -> None:
    layers = ({"environment": {"id": "MountainCar-v0"}}, {"learning": {"critic": {"name": "teacher"}}})
    config = configure("cart-pole", *layers, learner="r-stdp")
    with pytest.raises(ConfigurationError, match=r"there is no rule to learn from: .* Use another critic"):
        check(config)


BRIEF = {"generations": 1, "episodes": 1, "validation_episodes": 1, "optimizer": {"population": 4}}


def test_a_run_in_another_environment_is_judged_by_that_one(tmp_path: Path) -> None:
    config = check(configure("cart-pole", BRIEF, {"environment": {"id": "MountainCar-v0"}}))
    champion = run_to_end(config, RunFolder.create(tmp_path / "run", config), executor=SerialExecutor())
    text = str(champion_page(champion))
    assert "(solved: -110)" in text
    assert "push to the side" not in text
    assert "MountainCar-v0 is not the task's own environment, CartPole-v1: the task's rule, labels" in text
    assert champion.rule is None
    np.testing.assert_array_equal(champion.unseen.successes, champion.unseen.returns >= -110)
    labels = task_labels(champion.optimizee())
    assert labels.observations == ("observation 0", "observation 1")
    assert labels.actions == ("action 0", "action 1", "action 2")


def test_comparisons_and_studies_count_what_the_environment_calls_solved() -> None:
    assert solved_return("cart-pole") == solved_return("cart-pole", "CartPole-v1") == 475
    assert solved_return("cart-pole", OTHER) == 200
    assert solved_return("cart-pole", "some_module:Unknown-v0") is None
    config = configure("cart-pole", {"environment": {"id": "MountainCar-v0"}})
    assert RunSummary(Path("run"), "", 1, config=config).solved_return == -110
    grid: dict[str, tuple[str, ...]] = {"environment.id": ("CartPole-v1", "MountainCar-v0")}
    study = StudySpecification("two", (1,), grid, settings={"task": "cart-pole"})
    assert [cell.solved_return for cell in by_cell(study, StudyTable())] == [475, -110]


def test_facts_are_read_where_they_apply() -> None:
    """Only classes of tasks read a fact of their own; whoever has an optimizee asks `facts`."""
    wrong = []
    for module, path in modules().items():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr in FACTS:
                owner = ast.unparse(node.value)
                if owner.endswith(("optimizee", "optimizee()", "parts", "task")):
                    wrong.append(f"{module}: {owner}.{node.attr}")
    assert wrong == []


def test_learner_settings_are_those_of_the_task() -> None:
    assert learner_settings("cart-pole", "r-stdp")["learning"]["critic"]["name"] == "loss"
