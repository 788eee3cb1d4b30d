"""Whole trainings: they learn, repeat and resume bit for bit, and what they made plays the same everywhere."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.cli import main
from neurosim_rl.errors import ConfigurationError, MissingExtraError, RunFolderError
from neurosim_rl.evaluation.replay import record
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.optimizees import ClosedLoop, Configuration, create_optimizee, learner_settings
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.normalisation import task_at_generation
from neurosim_rl.training.run import Progress, run_to_end
from tests.histories import assert_same_run

pytestmark = pytest.mark.gradient

BRIEF: dict[str, Any] = {
    "generations": 3,
    "validation_episodes": 2,
    "finalists": 0,
    "environment": {"kwargs": {"max_episode_steps": 40}},
    "learning": {"updates": 2, "environments": 4, "epochs": 2, "mini_batches": 2},
}


def brief(network: str, task: str = "cart-pole", **layers: Any) -> Configuration:
    pytest.importorskip("torch", reason="needs the extra [gradient]")
    return configure(task, learner_settings(task, "ppo", network), BRIEF, layers)


@pytest.fixture(scope="module", params=["snn", "ann"])
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    config = check(brief(request.param))
    folder = RunFolder.create(tmp_path_factory.mktemp(request.param) / "run", config)
    run_to_end(config, folder, executor=SerialExecutor())
    return folder


class Interrupted(Exception):  # noqa: N818
    pass


def interrupt(progress: Progress) -> None:
    raise Interrupted("by the test")


def test_a_resumed_training_ends_like_an_uninterrupted_one(finished: RunFolder, tmp_path: Path) -> None:
    config = finished.config()
    folder = RunFolder.create(tmp_path / "run", config)
    for _ in range(2):
        with pytest.raises(Interrupted, match="by the test"):
            run_to_end(config, folder, executor=SerialExecutor(), on_progress=interrupt)
    run_to_end(config, folder, executor=SerialExecutor())
    assert_same_run(finished.path, folder.path)


def test_observations_of_training_change_later_normalisation(tmp_path: Path) -> None:
    config = check(brief("snn", normalisation={"name": "running", "steps": 40}))
    whole, parts = (RunFolder.create(tmp_path / name, config) for name in ("whole", "parts"))
    run_to_end(config, whole, executor=SerialExecutor())
    for _ in range(2):
        with pytest.raises(Interrupted, match="by the test"):
            run_to_end(config, parts, executor=SerialExecutor(), on_progress=interrupt)
    run_to_end(config, parts, executor=SerialExecutor())
    assert_same_run(whole.path, parts.path)
    history, first = whole.history(), create_optimizee(config)
    assert history is not None
    np.testing.assert_array_equal(parts.history().observed, history.observed)  # type: ignore[union-attr]
    assert history.observed[:, 0].tolist() == [2 * 16 * 4] * 3
    means = [list(task_at_generation(first, history, number).config.normalisation.mean) for number in range(3)]
    assert means[0] == list(config.normalisation.mean)
    n = np.array([40.0, 128.0])
    expected = (n[0] * np.array(means[0]) + history.observed[0, 1:5]) / n.sum()
    np.testing.assert_allclose(means[1], expected, rtol=1e-4, atol=1e-6)
    assert means[2] != means[1]
    champion = read_champion(whole.path)
    assert list(champion.config.normalisation.mean) == means[champion.generation]
    assert champion.verification.identical


def test_the_learning_rate_falls_generation_by_generation() -> None:
    pytest.importorskip("torch", reason="needs the extra [gradient]")
    from neurosim_rl.gradient.training import train_generation

    def training(**learning: float) -> ClosedLoop:
        return create_optimizee(brief("ann", generations=4, learning=learning))

    steady, half = training(learning_rate=1e-3), training(learning_rate=5e-4)
    falling = training(learning_rate=1e-3, annealing=1.0)
    assert_same_state(train_generation(falling, 0, None).state, train_generation(steady, 0, None).state)
    assert_same_state(train_generation(falling, 2, None).state, train_generation(half, 2, None).state)


def test_a_pass_ends_where_the_policy_has_moved_too_far() -> None:
    pytest.importorskip("torch", reason="needs the extra [gradient]")
    from neurosim_rl.gradient.training import train_generation

    passes = {"environments": 4, "updates": 1, "mini_batches": 1}
    one = create_optimizee(brief("ann", learning={**passes, "epochs": 1}))
    many = create_optimizee(brief("ann", learning={**passes, "epochs": 5}))
    stopped = create_optimizee(brief("ann", learning={**passes, "epochs": 5, "kl_threshold": 1e-9}))
    assert_same_state(train_generation(stopped, 0, None).state, train_generation(one, 0, None).state)
    with pytest.raises(AssertionError, match="parameter"):
        assert_same_state(train_generation(many, 0, None).state, train_generation(one, 0, None).state)


def assert_same_state(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert found.keys() == expected.keys()
    for name, value in found.items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_resuming_without_the_state_of_training_is_an_error(finished: RunFolder, tmp_path: Path) -> None:
    config = finished.config()
    folder = RunFolder.create(tmp_path / "run", config)
    with pytest.raises(Interrupted, match="by the test"):
        run_to_end(config, folder, executor=SerialExecutor(), on_progress=interrupt)
    folder.training_state_path(0).unlink()
    with pytest.raises(RunFolderError, match=r"000000\.h5 does not exist"):
        run_to_end(config, folder, executor=SerialExecutor())


def test_the_state_of_another_training_is_not_gone_on_from(finished: RunFolder, tmp_path: Path) -> None:
    config = finished.config()
    folder = RunFolder.create(tmp_path / "run", config)
    with pytest.raises(Interrupted, match="by the test"):
        run_to_end(config, folder, executor=SerialExecutor(), on_progress=interrupt)
    shutil.copy(finished.training_state_path(2), folder.training_state_path(0))
    with pytest.raises(RunFolderError, match="does not hold the network that the record ends with"):
        run_to_end(config, folder, executor=SerialExecutor())


def test_a_history_counts_the_steps_of_all_environments(finished: RunFolder) -> None:
    history = finished.history()
    assert history is not None
    assert history.lengths.shape == (3, 4)
    assert history.lengths.sum() == 3 * 2 * 16 * 4
    # 40 steps at most, 32 in each environment and generation: an episode that none ends is not counted.
    assert history.ended.shape == (3,)
    assert history.n_episodes == read_champion(finished.path).n_episodes == history.ended.sum()
    assert 3 * 4 / 2 < history.n_episodes < 32 * 4  # random play balances for some 20 steps, at least 8
    assert len(np.unique(history.genomes, axis=0)) == 3
    assert sorted(path.name for path in (finished.path / "training").iterdir()) == ["000001.h5", "000002.h5"]


def test_episodes_are_counted_where_they_end() -> None:
    pytest.importorskip("torch", reason="needs the extra [gradient]")
    from neurosim_rl.environments import Step
    from neurosim_rl.gradient.trained import TrainingLog

    log, no = TrainingLog(2, 1), np.zeros(2, bool)
    seen = np.array([[3.0], [-1.0]])
    for terminated, truncated in (([True, False], no), ([True, False], no), (no, [False, True]), (no, no)):
        log.add(Step(seen, np.array([1.0, 2.0]), np.array(terminated), np.array(truncated)))
    returns, lengths, terminated, n_ended, observed = log.result()
    assert observed.tolist() == [[[12.0], [36.0]], [[-4.0], [4.0]]]
    assert returns.tolist() == [1.0, 6.0]
    assert lengths.tolist() == [4, 4]
    assert terminated.tolist() == [True, False]
    assert n_ended == 3


def test_the_champion_is_verified_and_its_twin_in_pytorch_acts_the_same(
    finished: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(finished.path), "--episodes", "4", "--json"]) == 0
    result = json.loads(capsys.readouterr().out, parse_constant=lambda constant: pytest.fail(f"{constant} in JSON"))
    assert (result["spikes_differing"], result["actions_differing"]) == (0, 0)
    twin = result["trained_network"]
    assert twin["actions_differing"] == 0
    assert twin["actions_compared"] > 4 * 5
    if finished.config().model.name == "lif":
        assert result["spikes_compared"] > 0
        assert twin["largest_difference_mv"] < 1e-10
    else:
        assert twin["largest_difference_mv"] is None


def test_a_changed_weight_is_seen_by_the_comparison(finished: RunFolder) -> None:
    from neurosim_rl.gradient.pytorch_comparison import compare_with_pytorch

    champion = read_champion(finished.path)
    optimizee = champion.optimizee()
    recording = record(optimizee, -champion.vector, [1, 2])
    assert compare_with_pytorch(optimizee, champion.vector, recording).actions_differing > 0


@pytest.mark.parametrize("network", ["snn", "ann"])
def test_box_actions_are_trained_and_played_by_the_same_function(network: str, tmp_path: Path) -> None:
    from neurosim_rl.gradient.pytorch_comparison import compare_with_pytorch

    config = check(brief(network, "pendulum", generations=1, model={"mirror": False} if network == "ann" else {}))
    folder = RunFolder.create(tmp_path / "run", config)
    champion = run_to_end(config, folder, executor=SerialExecutor())
    twin = compare_with_pytorch(champion.optimizee(), champion.vector, champion.recording)
    assert champion.verification.identical
    assert twin.actions_differing == 0


@pytest.mark.parametrize("network", ["snn", "ann"])
def test_cart_pole_is_learned_far_beyond_chance(network: str) -> None:
    from neurosim_rl.gradient.training import train_generation

    layers: dict[str, Any] = {
        "environment": {"kwargs": {}},
        "learning": {"updates": 25, "environments": 16, "epochs": 8},
    }
    optimizee = create_optimizee(brief(network, **layers).replace(environment={"id": "CartPole-v1"}))
    first = train_generation(optimizee, 0, None)
    second = train_generation(optimizee, 1, first.state)
    assert 22 < first.returns.mean() < second.returns.mean()  # random play: 22
    assert second.returns.mean() > 100


@pytest.mark.parametrize("task", ["mountain-car", "mountain-car-yegenoglu2022"])
def test_a_task_that_selects_otherwise_is_trained_by_its_return(task: str) -> None:
    assert check(brief("snn", task)).fitness.name == "return"


@pytest.mark.parametrize("missing", ["torch", "skrl"])
def test_the_error_without_a_library_names_the_extra(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("neurosim_rl.gradient")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, missing, None)
    config = configure("cart-pole", learner_settings("cart-pole", "ppo"), BRIEF)
    with pytest.raises(
        MissingExtraError, match=rf"'{missing}' is not installed .* pip install 'neurosim-rl\[gradient\]'"
    ):
        check(config)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            {
                "model": {"name": "feed-forward"},
                "encoder": {"name": "current"},
                "decoder": {"name": "winner", "tie": "first"},
            },
            "'feed-fo",
        ),
        ({"optimizer": {"name": "cma-es"}}, "no optimizer proposes others"),
        ({"fitness": {"name": "return-with-progress"}}, r"fitness\.name = 'return-with-progress'.*expected 'return'"),
        ({"fitness": {"aggregate": "worst"}}, r"fitness\.aggregate = 'worst'"),
        ({"starts": "generation"}, r"starts = 'generation'.*expected 'fresh'"),
        ({"timeout_s": 1.0}, r"timeout_s = 1\.0"),
        ({"environment": {"first_steps": 10}}, r"environment\.first_steps = 10"),
        ({"learning": {"mini_batches": 3}}, "so that each mini-batch holds whole rollouts"),
    ],
)
def test_what_cannot_be_trained_is_said_before_a_folder_is_made(layers: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        check(brief("snn", **layers))


def test_a_network_is_chosen_for_gradients_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "cart-pole", "--network", "ann"]) == 2
    assert "only a learner by gradients trains one" in capsys.readouterr().err
