"""The neutral task: any environment by its id, with settings that fit its spaces."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, Space

from neurosim_rl.errors import ConfigurationError, EnvironmentSetupError, PluginError, UnknownNameError
from neurosim_rl.evaluation.response_map import response_map
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.optimizees import (
    ClosedLoop,
    Configuration,
    create_optimizee,
    learner_settings,
    read_configuration,
    solved_return,
)
from neurosim_rl.optimizees.neutral import Neutral
from neurosim_rl.reports.all_tasks import champions_by_task, play_tasks
from neurosim_rl.reports.champion import champion_page
from neurosim_rl.reports.labels import task_labels
from neurosim_rl.runs import RunFolder
from neurosim_rl.studies.specification import parse_study
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure, layered_settings
from neurosim_rl.training.naming import run_name
from neurosim_rl.training.neutral_task import neutral_lines
from neurosim_rl.training.run import run_to_end
from tests.echo import ALL, CHOICES, N_STEPS, registered

SMALL: dict[str, Any] = {
    "generations": 1,
    "episodes": 1,
    "validation_episodes": 1,
    "finalists": 0,
    "workers": 1,
    "optimizer": {"population": 4},
}


# --- names ---


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("lunarlander", "LunarLander-v3"),
        ("LunarLander-v2", "LunarLander-v3"),
        ("FrozenLake", "FrozenLake-v1"),
        ("cart-pol", "cart-pole"),
        ("neurosim_rl/TargetVehicle-v0", "neurosim_rl/TargetReachingVehicle-v0"),
    ],
)
def test_an_unknown_name_has_the_nearest_task_or_environment(name: str, meant: str) -> None:
    with pytest.raises(UnknownNameError, match=f"unknown task '{name}'. Did you mean '{meant}'.*the id of each Gym"):
        layered_settings(name)


@pytest.mark.parametrize(("name", "named"), [("Xyzzy-v0", "Xyzzy-v0"), ("xyzzy", "My-v0")])
def test_an_environment_of_ones_own_without_its_module_gets_the_way_to_name_it(name: str, named: str) -> None:
    with pytest.raises(
        UnknownNameError, match=rf"unknown task '{name}'\. Valid: .* before the id: my_module:{named}\.$"
    ):
        layered_settings(name)


def test_options_of_a_fitting_encoder_and_decoder_need_no_names() -> None:
    with registered(CHOICES["Discrete"]) as name:
        config = configure(
            name, SMALL, model={"name": "feed-forward"}, encoder={"peak_pa": 500.0}, decoder={"tie": "random"}
        )
        assert (config.encoder.name, config.encoder.peak_pa) == ("current", 500.0)
        assert (config.decoder.name, config.decoder.tie) == ("winner", "random")
        with pytest.raises(UnknownNameError, match=r"unknown key in \[encoder\] 'peak_pa'"):
            configure(name, SMALL, encoder={"peak_pa": 500.0})  # of the model lif, which has pulses


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("absent.py:Docking-v0", r"name the environment Docking-v0, and add --plugin absent\.py\."),
        ("absent:Docking-v0", r"can be imported\. Run the command in the folder of the module, or install"),
    ],
)
def test_an_environment_whose_module_is_not_found_has_the_way_out(name: str, advice: str) -> None:
    with pytest.raises(EnvironmentSetupError, match=advice):
        configure(name)


def test_a_task_wins_over_an_environment_of_the_same_name(toys: None) -> None:
    gymnasium.register("pendulum", entry_point=gymnasium.registry["Corridor-v0"].entry_point, max_episode_steps=5)
    try:
        assert configure("pendulum").environment.id == "Pendulum-v1"
    finally:
        del gymnasium.registry["pendulum"]


def test_an_environment_of_a_module_is_the_users_own_word_and_not_that_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "neutral_test_module:Own-v0"
    code = "import gymnasium\ngymnasium.register('Own-v0', entry_point='tests.toys:Corridor', max_episode_steps=7)\n"
    (tmp_path / "neutral_test_module.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    study = parse_study(f'seeds = "1"\n[grid]\ntask = ["{name}"]\n', tmp_path / "study.toml")
    with pytest.raises(PluginError, match=r"study.toml needs module 'neutral_test_module', which neither"):
        study.configuration(study.cells()[0])
    assert "neutral_test_module" not in sys.modules
    config = configure(name, SMALL)
    assert (config.task, config.environment.id) == (name, name)
    assert create_optimizee(config).environment.step_limit == 7
    assert run_name(config) == "neutral_test_module-Own-v0-seed1"
    assert study.configuration(study.cells()[0]).task == name
    del gymnasium.registry["Own-v0"]


def test_a_file_of_an_environment_that_nobody_registered_says_so() -> None:
    with registered(Discrete(2)) as name:
        text = configure(name, SMALL).to_toml()
    config = read_configuration(text)
    with pytest.raises(PluginError, match=r"needs plugin 'tests\.echo' for environment 'Echo-v0'"):
        create_optimizee(config).environment  # noqa: B018


# --- settings ---


def test_settings_say_what_the_environment_says_and_are_complete() -> None:
    config = configure("FrozenLake-v1")
    assert isinstance(config, Configuration)
    optimizee = create_optimizee(config)
    assert isinstance(optimizee, Neutral)
    assert (config.task, config.environment.id, config.environment.max_steps) == ("FrozenLake-v1", "FrozenLake-v1", 0)
    assert optimizee.facts.solved_return == solved_return("FrozenLake-v1") == 0.7
    assert (config.model.name, config.encoder.name, config.decoder.name) == ("lif", "pulses", "membrane")
    assert optimizee.parameters.size == 17 * 16 + 17 * 4
    assert config.normalisation.name == "none"
    assert configure("FrozenLake-v1", config.tables()) == config


def test_unbounded_numbers_are_standardised_by_random_play() -> None:
    config = configure("CartPole-v1")
    assert config.normalisation.name == "statistics"
    assert len(config.normalisation.mean) == 4


def test_layers_win_and_may_change_the_environment() -> None:
    layers = {"environment": {"kwargs": {"is_slippery": False}}, "model": {"hidden": [3]}, "generations": 7}
    config = configure("FrozenLake-v1", layers)
    assert config.environment.kwargs == {"is_slippery": False}
    assert (config.model.hidden, config.generations, config.model.decay) == ((3,), 7, 0.7)
    flat = configure(
        "CartPole-v1", {"environment": {"wrappers": ["FlattenObservation"]}, "normalisation": {"steps": 100}}
    )
    assert flat.environment.wrappers == ({"name": "FlattenObservation"},)


def test_an_environment_without_a_step_limit_gets_one(toys: None) -> None:
    config = configure("EndlessCorridor-v0", SMALL, normalisation={"steps": 100})
    assert config.environment.max_steps == 1000
    assert "at most 1000 steps (environment.max_steps: it has no limit)" in "\n".join(neutral_lines(config))
    own = configure("EndlessCorridor-v0", SMALL, environment={"max_steps": 9}, normalisation={"steps": 100})
    assert create_optimizee(own).environment.step_limit == 9


@pytest.mark.parametrize(
    ("observation", "action", "message"),
    [
        (Discrete(100_000), Discrete(2), "has 100000 observed variables; expected at most 4096.*environment.wrappers"),
        (Box(0, 1, (2,)), Discrete(50_000), "has 50000 values of actions; expected at most 4096"),
        (Box(0, 1, (0,)), Discrete(2), "has no numbers"),
        (Box(0, 1, (2,)), Box(0, 1, (0,)), "has neither numbers nor choices"),
        (Box(0, 1, (2,)), gymnasium.spaces.Tuple([]), "has neither numbers nor choices"),
    ],
)
def test_spaces_with_too_many_or_no_numbers_are_refused(observation: Space, action: Space, message: str) -> None:
    class Wide(gymnasium.Env):
        observation_space, action_space = observation, action

    gymnasium.register("Wide-v0", entry_point=lambda **_: Wide(), max_episode_steps=5, disable_env_checker=True)
    try:
        with pytest.raises(EnvironmentSetupError, match=message):
            configure("Wide-v0", SMALL)
    finally:
        gymnasium.registry.pop("Wide-v0")


@pytest.mark.parametrize("model", ["feed-forward", "dense"])
@pytest.mark.parametrize("space", ["Discrete", "Box", "nested"])
def test_other_models_have_a_bridge_that_fits(model: str, space: str) -> None:
    with registered(ALL[space]) as name:
        config = configure(name, SMALL, model={"name": model})
        optimizee = create_optimizee(config)
        played = optimizee.play([optimizee.parameters.low / 9], optimizee.training_elements(0, [0]))
    assert played.episodes.lengths.tolist() == [N_STEPS]
    if model == "feed-forward":
        fitting = {"Discrete": "winner", "Box": "rate-difference", "nested": "parts"}
        assert config.decoder.name == fitting[space]


def test_gradients_train_an_environment_by_its_id_where_actions_allow_it() -> None:
    assert learner_settings("FrozenLake-v1", "ppo")["model"]["name"] == "lif"
    with registered(CHOICES["MultiBinary"]) as name:
        config = configure(name, learner="ppo")
        with pytest.raises(ConfigurationError, match=r"action space MultiBinary\(3\); expected Discrete or Box"):
            check(config)


def test_there_is_no_rule() -> None:
    facts = create_optimizee(configure("FrozenLake-v1")).facts
    assert (facts.rule_label, facts.mirrored, facts.reward_part) == ("", (), "")
    with pytest.raises(ConfigurationError, match="no task was made for environment 'FrozenLake-v1'"):
        facts.rule(np.zeros((1, 16)))


# --- play ---


def echo_genome(optimizee: ClosedLoop, space: Space) -> np.ndarray:
    """Return the genome of the network that repeats its observation: a neuron for each variable passes it on.

    A bit has one variable and two outputs: its off output is half on at all times.
    """
    n, variable, output = len(optimizee.environment.observation_low), 0, 0
    answers, biases = np.zeros((n, optimizee.decoder.n_outputs)), np.zeros(optimizee.decoder.n_outputs)
    for leaf in _simple(space):
        if isinstance(leaf, gymnasium.spaces.MultiBinary):
            for _ in range(int(np.prod(leaf.shape))):
                biases[output] = 0.5
                answers[variable, output + 1] = 1.0
                variable, output = variable + 1, output + 2
            continue
        size = int(leaf.n) if isinstance(leaf, Discrete) else int(leaf.nvec.sum())
        answers[variable : variable + size, output : output + size] = np.eye(size)
        variable, output = variable + size, output + size
    genome = {"weights_0": np.eye(n), "biases_0": np.zeros(n), "weights_1": answers, "biases_1": biases}
    return optimizee.parameters.to_vector(genome)


def _simple(space: Space) -> list[Any]:
    if isinstance(space, gymnasium.spaces.Tuple):
        return list(space.spaces)
    return list(space.spaces.values()) if isinstance(space, gymnasium.spaces.Dict) else [space]


@pytest.mark.parametrize("space", CHOICES.values(), ids=list(CHOICES))
@pytest.mark.parametrize("simulator", ["compiled", "nest"])
def test_a_network_that_passes_its_observation_on_gives_every_best_answer(space: Space, simulator: str) -> None:
    with registered(space) as name:
        n = gymnasium.spaces.flatdim(space)
        optimizee = create_optimizee(configure(name, SMALL, model={"hidden": [n]}, simulator=simulator))
        elements = optimizee.evaluation_elements([1, 2, 3])
        played = optimizee.play([echo_genome(optimizee, space)], elements, training=False)
    assert played.episodes.returns.tolist() == [N_STEPS] * 3


@pytest.mark.parametrize("space", ALL.values(), ids=list(ALL))
def test_every_space_names_its_variables_actions_and_outputs(space: Space) -> None:
    with registered(space) as name:
        counting = create_optimizee(configure(name, SMALL, model={"name": "feed-forward"}))
        labels = task_labels(counting)
    assert len(labels.observations) == len(set(labels.observations)) == gymnasium.spaces.flatdim(space)
    assert len(labels.outputs) == counting.decoder.n_outputs
    assert len(set(labels.actions)) == len(labels.actions)


def test_outputs_have_the_names_of_their_parts() -> None:
    with registered(ALL["nested"]) as name:
        labels = task_labels(create_optimizee(configure(name, SMALL, model={"name": "feed-forward"})))
    assert labels.actions == ("a.c", "b.part 0[0]", "b.part 1")
    assert labels.outputs == (
        *("a.c = -2", "a.c = -1", "a.c = 0", "a.c = 1", "b.part 0[0] = 0", "b.part 0[0] = 1"),
        *("raises b.part 1", "lowers b.part 1"),
    )


def test_a_run_goes_to_its_end_and_its_champion_is_measured_replayed_and_listed(tmp_path: Path) -> None:
    with registered(ALL["nested"]) as name:
        config = check(configure(name, SMALL))
        folder = RunFolder.create(tmp_path / "run", config)
        champion = run_to_end(config, folder, executor=SerialExecutor())
        assert champion.verification.identical
        assert champion.recording.traces.actions.shape[2] == 3
        assert folder.config() == config
        assert "not the task's own" not in str(champion_page(champion))
        [rows] = play_tasks(champions_by_task(tmp_path), SerialExecutor(), tasks=[name], episodes=2).values()
        assert [row.own_environment for row in rows] == [True, True]
        assert run_to_end(config, folder, executor=SerialExecutor()).sha256 == champion.sha256


def test_a_response_map_needs_two_variables(toys: None) -> None:
    config = configure("Corridor-v0", SMALL, normalisation={"steps": 50})
    optimizee = create_optimizee(config)
    with pytest.raises(ConfigurationError, match="has two axes, and Corridor-v0 has 1 observed variable"):
        response_map(optimizee, optimizee.parameters.low)


# --- what is printed before a run ---


def test_silent_outputs_are_told_before_the_run_where_spikes_are_counted() -> None:
    counted = {"model": {"name": "feed-forward"}, "normalisation": {"steps": 30}}
    with registered(Box(-1.0, 1.0, (2,))) as name:
        silent = neutral_lines(configure(name, SMALL, counted, encoder={"peak_pa": 0.0}))
        driven = neutral_lines(configure(name, SMALL, counted, encoder={"peak_pa": 3000.0}))
        by_membranes = neutral_lines(configure(name, SMALL, normalisation={"steps": 30}))
    assert silent[-1].startswith("  silent: no output neuron of 8 random networks emits a spike")
    assert driven[-1].startswith("  estimate: ")
    assert by_membranes[-1].startswith("  estimate: ")


def test_the_settings_are_printed_with_an_estimate() -> None:
    with registered(Box(-1.0, 1.0, (2,))) as name:
        lines = neutral_lines(configure(name, generations=3, normalisation={"steps": 30}))
    assert lines[0].startswith("Echo-v0 has no task of its own.")
    assert lines[1] == (
        "  environment: observes Box of 2 numbers, acts by Box of 2 numbers, at most 6 steps; no return is called "
        "solved"
    )
    assert lines[2] == (
        "  network: lif with 19 neurons and 82 genes, encoder pulses, decoder membrane, normalisation statistics"
    )
    assert lines[3].startswith("  budget: 3 generations of 35 individuals (cma-es) in 4 episodes each")
    assert "if all episodes have 6 steps" in lines[4]


def test_a_task_of_its_own_is_not_explained() -> None:
    assert neutral_lines(configure("cart-pole")) == []
