"""Policies without neurons through the whole program: runs, files, figures and commands as of spiking networks."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.analysis import draw_responses
from neurosim_rl.cli import main
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.evaluation.replay import record, verify
from neurosim_rl.evaluation.response_map import response_map
from neurosim_rl.evaluation.unseen_starts import evaluate
from neurosim_rl.execution import ProcessExecutor, SerialExecutor
from neurosim_rl.models import MODELS, Policy
from neurosim_rl.optimizees import Configuration, create_optimizee
from neurosim_rl.reports import kept_response_map
from neurosim_rl.reports.figures import FIGURES, draw_figures
from neurosim_rl.reports.kept_response_map import champion_response_map
from neurosim_rl.reports.labels import task_labels
from neurosim_rl.reports.subject import Subject
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import Progress, run_to_end
from tests.conftest import FEW_RECORDED
from tests.tasks import EVERY_TASK

POLICIES = [name for name, cls in MODELS.items() if issubclass(cls, Policy)]
every_policy = pytest.mark.parametrize("model", POLICIES)
SMALL: dict[str, Any] = {
    "generations": 3,
    "episodes": 2,
    "validation_episodes": 2,
    "workers": 1,
    "learning": {"name": "none"},
    "optimizer": {"name": "genetic", "population": 6},
}


def small(model: str, task: str = "mountain-car", **layer: Any) -> Configuration:
    fixed = {"learning": {"name": "none"}}  # there are no synapses
    return check(configure(task, SMALL, {"model": {"name": model}}, fixed, layer))


@pytest.fixture(scope="module", params=POLICIES)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small finished run, played in batches of any size."""
    path = tmp_path_factory.mktemp("policies") / request.param
    config = small(request.param)
    run_to_end(config, RunFolder.create(path, config), executor=SerialExecutor())
    return path


@pytest.mark.parametrize("task", EVERY_TASK)
@every_policy
def test_every_task_can_be_played_and_every_option_is_settled(model: str, task: str) -> None:
    config = small(model, task)
    assert config.simulator == "none"
    assert config.model.name == model
    assert getattr(config.model, "hidden", (1,)) != ()
    assert check(config) == config


def test_a_run_ends_the_same_for_other_workers_and_batches_and_after_an_interruption(run: Path, tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.n_done == 2:
            raise KeyboardInterrupt

    uninterrupted = read_champion(run)
    config = RunFolder.open(run).config().replace(batch_size=5)
    folder = RunFolder.create(tmp_path / "run", config)
    with ProcessExecutor(2) as executor:
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            run_to_end(config, folder, executor=executor, on_progress=interrupt)
        champion = run_to_end(config, folder, executor=executor)
    assert champion.sha256 == uninterrupted.sha256
    np.testing.assert_array_equal(champion.unseen.returns, uninterrupted.unseen.returns)
    mine, its = folder.history(), RunFolder.open(run).history()
    assert mine is not None
    assert its is not None
    np.testing.assert_array_equal(mine.returns, its.returns)
    np.testing.assert_array_equal(mine.genomes, its.genomes)


@pytest.mark.parametrize("task", ["pendulum", "acrobot"])
@every_policy
def test_returns_do_not_depend_on_the_split_into_batches(model: str, task: str) -> None:
    layer: dict[str, Any] = {"environment": {"max_steps": 60}, "episodes": 3}
    whole = create_optimizee(small(model, task, **layer))
    vectors = [whole.parameters.sample(np.random.default_rng(k)) for k in range(4)]
    elements = whole.training_elements(0, range(4))
    expected = whole.play(vectors, elements).episodes
    assert len(set(expected.observation_max[:, -1].tolist())) >= 6
    for batch_size in (1, 5):
        split = create_optimizee(small(model, task, **layer, batch_size=batch_size))
        found = evaluate(split, vectors, elements, SerialExecutor())
        for name in ("returns", "lengths", "terminated", "truncated", "observation_max", "observed", "spikes"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.mark.parametrize("simulator", ["nest", "compiled"])
@every_policy
def test_a_simulator_for_what_has_no_neurons_is_refused(model: str, simulator: str) -> None:
    with pytest.raises(ConfigurationError, match=f"simulator = '{simulator}': model '{model}' has no neurons"):
        small(model, simulator=simulator)


@every_policy
def test_a_policy_gives_no_network(model: str) -> None:
    optimizee = create_optimizee(small(model))
    with pytest.raises(ConfigurationError, match=f"model '{model}' has no neurons; expected a spiking model"):
        optimizee.network(np.zeros(optimizee.parameters.size))


@every_policy
def test_the_bridge_s_options_stay_valid_and_change_nothing(model: str) -> None:
    bridge: dict[str, Any] = {"encoder": {"name": "poisson"}, "decoder": {"tie": "random"}, "window_ms": 7.0}
    one, other = create_optimizee(small(model)), create_optimizee(small(model, **bridge))
    vector = one.parameters.sample(np.random.default_rng(0))
    elements = one.evaluation_elements([5, 6])
    returns = [o.play([vector], elements).episodes.observation_max.tolist() for o in (one, other)]
    assert returns[0] == returns[1]


# --- verification ---


def test_played_again_alone_the_recorded_episodes_are_identical(run: Path) -> None:
    champion = read_champion(run)
    assert champion.verification.episodes == FEW_RECORDED
    assert champion.verification.identical
    assert champion.verification.spikes_compared == 0
    assert champion.recording.simulator == "none"
    assert len(champion.recording.spikes) == 0
    assert champion.recording.traces.counts.shape == (FEW_RECORDED, champion.recording.lengths.max(), 0)


@every_policy
def test_another_action_in_a_recording_is_counted(model: str) -> None:
    optimizee = create_optimizee(small(model))
    vector = optimizee.parameters.sample(np.random.default_rng(1))
    recording = record(optimizee, vector, [5, 6])
    assert verify(optimizee, vector, recording).identical
    actions = recording.traces.actions.copy()
    actions[1, 4] += 1
    tampered = replace(recording, traces=replace(recording.traces, actions=actions))
    assert verify(optimizee, vector, tampered).actions_differing == 1


# --- figures ---


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_response_map, "GRID", 4)


def test_all_figures_but_the_raster_are_drawn(run: Path, tmp_path: Path, coarse: None) -> None:
    for target, names in ((run, ["fitness", "responses", "episode"]), (run / "champion.h5", ["responses", "episode"])):
        files, _ = draw_figures(Subject.of(str(target)), tmp_path)
        assert [path.stem for path in files] == names


def test_the_policy_map_is_what_the_policy_does_and_is_kept(run: Path, coarse: None) -> None:
    subject = Subject.of(str(run))
    assert subject.champion is not None
    for _ in range(2):  # made, then read
        found = champion_response_map(subject)
        assert found.counts.shape == (4, 4, 0)
        model = subject.optimizee.model
        assert isinstance(model, Policy)
        act = model.act([model.parameters.to_genome(subject.champion.vector)], [0])
        for row, column in ((0, 0), (1, 3), (3, 2)):
            observation = np.array([[found.x[column], found.y[row]]])
            assert found.actions[row, column] == act(observation, np.zeros(1, int))


def test_the_figures_speak_of_no_neurons_and_no_biological_time(run: Path, coarse: None) -> None:
    subject = Subject.of(str(run))
    assert subject.labels.inputs == subject.labels.outputs == ()
    episode = FIGURES["episode"].draw(subject)
    responses = FIGURES["responses"].draw(subject)
    assert len(episode.axes) == 2 + 1  # two observed variables, one action
    assert episode.axes[-1].get_xlabel() == "environment step"
    (below,) = responses.subfigs
    assert below.get_suptitle().startswith("Action, and one recorded episode")


def test_a_policy_map_says_what_the_other_variables_were() -> None:
    optimizee = create_optimizee(small("linear", "cart-pole"))
    found = response_map(optimizee, np.ones(optimizee.parameters.size), n_grid=2)
    (below,) = draw_responses(found, task_labels(optimizee)).subfigs
    assert "other variables: cart position = 0, cart velocity = 0" in below.get_suptitle()


# --- the command line ---


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run_command(*arguments: str) -> str:
        capsys.readouterr()
        assert main(list(arguments)) == 0
        return capsys.readouterr().out

    return run_command


TINY = ["--generations", "2", "--population", "4", "--workers", "1", "--set", "episodes=1"]
TINY += ["--set", "validation_episodes=2", "--no-figures"]


def test_an_option_names_the_model_and_settings_set_its_options(tmp_path, monkeypatch, output) -> None:
    monkeypatch.chdir(tmp_path)
    text = output("evolve", "cart-pole", *TINY, "--model", "dense", "--set", "model.hidden=[3]")
    assert "Nothing to replay in NEST: a dense policy has no spikes." in text
    config = RunFolder.open(tmp_path / "runs" / "cart-pole-dense-seed1").config()
    assert config.model.hidden == (3,)
    output("evolve", "cart-pole", *TINY, "--set", "model.name=linear")
    assert read_champion(tmp_path / "runs" / "cart-pole-linear-seed1").vector.shape == (4 * 2 + 2,)


def test_show_evaluate_and_verify_speak_of_a_policy(run: Path, output) -> None:
    name = run.name
    nothing = f"Nothing to replay in NEST: a {name} policy has no spikes."
    line = f"{nothing} Its {FEW_RECORDED} recorded episodes, each played again alone"
    assert line in output("verify", str(run))
    assert line in output("show", str(run))
    assert json.loads(output("verify", str(run), "--json"))["actions_differing"] == 0
    result = json.loads(output("evaluate", str(run), "--episodes", "4", "--workers", "1", "--json"))
    assert result["simulator"] == "none"
    assert result["mean_return"] == read_champion(run).unseen.returns[:4].mean()


def test_evaluating_a_policy_in_nest_is_refused_in_one_line(run: Path, capsys) -> None:
    assert main(["evaluate", str(run), "--workers", "1", "--simulator", "nest"]) == 2
    assert "has no neurons to simulate" in capsys.readouterr().err


def test_a_misspelt_model_offers_the_nearest(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["evolve", "cart-pole", "--model", "dens"]) == 2
    assert "unknown model 'dens'. Did you mean 'dense'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
