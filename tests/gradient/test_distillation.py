"""Students learn what their teachers do, resume bit for bit, and play the same in NEST."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra [gradient]")

from neurosim_rl.cli import main  # noqa: E402
from neurosim_rl.errors import ConfigurationError, PluginError, RunFolderError  # noqa: E402
from neurosim_rl.execution import SerialExecutor  # noqa: E402
from neurosim_rl.gradient.conversion import create_network, features, trained_network  # noqa: E402
from neurosim_rl.gradient.sparse_weights import KeptWeights  # noqa: E402
from neurosim_rl.gradient.step_memory import StepMemory, TaughtSteps  # noqa: E402
from neurosim_rl.measures.controllers import controller_of  # noqa: E402
from neurosim_rl.optimizees import create_optimizee  # noqa: E402
from neurosim_rl.runs import RunFolder  # noqa: E402
from neurosim_rl.runs.champion import read_champion, shipped_champions  # noqa: E402
from neurosim_rl.runs.files import read_arrays  # noqa: E402
from neurosim_rl.settings import plugins  # noqa: E402
from neurosim_rl.training.ancestor import begin_run  # noqa: E402
from neurosim_rl.training.configure import configure  # noqa: E402
from neurosim_rl.training.run import Progress, run_to_end  # noqa: E402

pytestmark = [pytest.mark.gradient, pytest.mark.usefixtures("no_plugins")]

BRIEF: dict[str, Any] = {
    "generations": 3,
    "validation_episodes": 2,
    "finalists": 0,
    "learning": {
        "teacher": "champion:cart-pole-ppo-ann",
        "environments": 4,
        "teacher_steps": 100,
        "rounds": 2,
        "steps": 50,
        "first_updates": 40,
        "updates": 10,
        "batch": 16,
        "sequence": 12,
    },
    "model": {"hidden": [16]},
    "normalisation": {"steps": 500},
}


def brief(*layers: dict[str, Any], network: str = "snn", task: str = "cart-pole") -> Any:
    return configure(task, BRIEF, *layers, learner="distil", network=network)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = begin_run(tmp_path_factory.mktemp("distilled") / "run", brief())
    run_to_end(folder.config(), folder, executor=SerialExecutor())
    return folder


def test_a_student_of_a_pole_balancer_balances_and_plays_the_same_in_nest(finished: RunFolder) -> None:
    champion = read_champion(finished.path)
    assert champion.unseen.mean_return > 5 * champion.random.mean_return
    assert champion.verification.identical
    assert champion.verification.spikes_compared > 1000
    assert controller_of(champion) == "distilled SNN"
    # 3 generations of 2 rounds of 50 steps in 4 environments, and 100 of the teacher in each.
    assert champion.n_steps == 4 * (3 * 2 * 50 + 100)


class Interrupted(Exception):  # noqa: N818
    pass


def interrupt(progress: Progress) -> None:
    raise Interrupted("by the test")


def test_a_resumed_student_ends_like_an_uninterrupted_one_without_the_teachers_own_file(
    finished: RunFolder, tmp_path: Path
) -> None:
    teacher = tmp_path / "teacher.h5"
    shutil.copy(shipped_champions()["cart-pole-ppo-ann"], teacher)
    folder = begin_run(tmp_path / "run", brief({"learning": {"teacher": str(teacher)}}))
    teacher.unlink()
    for _ in range(2):
        with pytest.raises(Interrupted, match="by the test"):
            run_to_end(folder.config(), folder, executor=SerialExecutor(), on_progress=interrupt)
    run_to_end(folder.config(), folder, executor=SerialExecutor())
    one, other = read_champion(folder.path), read_champion(finished.path)
    assert np.array_equal(one.vector, other.vector)
    assert np.array_equal(one.unseen.returns, other.unseen.returns)


@pytest.mark.parametrize("end", [".pt", ".zip"])
def test_a_copy_of_another_kind_in_a_strangers_folder_is_not_run(end: str, tmp_path: Path) -> None:
    folder = begin_run(tmp_path / "run", brief())
    (folder.path / "teacher.h5").rename(folder.path / f"teacher{end}")
    with pytest.raises(RunFolderError, match="is no copy of teacher champion:cart-pole-ppo-ann"):
        run_to_end(folder.config(), folder, executor=SerialExecutor())


def test_a_state_without_its_steps_is_refused(finished: RunFolder, tmp_path: Path) -> None:
    folder = begin_run(tmp_path / "run", brief())
    with pytest.raises(Interrupted, match="by the test"):
        run_to_end(folder.config(), folder, executor=SerialExecutor(), on_progress=interrupt)
    folder.steps_path(0).unlink()
    with pytest.raises(RunFolderError, match=r"steps-000000\.h5 does not exist"):
        run_to_end(folder.config(), folder, executor=SerialExecutor())


@pytest.mark.thorough
def test_the_network_of_a_generation_has_the_mean_of_past_weights(tmp_path: Path) -> None:
    layer = {"generations": 1, "learning": {"averaging": 0.0}}
    folder = begin_run(tmp_path / "run", brief(layer))
    with pytest.raises(Interrupted, match="by the test"):
        run_to_end(folder.config(), folder, executor=SerialExecutor(), on_progress=interrupt)
    state = read_arrays(folder.training_state_path(0), "training state", dict)
    for name, value in state.items():
        if name.startswith("mean."):
            assert np.array_equal(value, state[name.replace("mean.", "parameter.", 1)])


@pytest.mark.thorough
def test_a_student_without_neurons_learns_too(tmp_path: Path) -> None:
    folder = begin_run(tmp_path / "run", brief({"model": {"hidden": [16]}}, network="ann"))
    champion = run_to_end(folder.config(), folder, executor=SerialExecutor())
    assert controller_of(champion) == "distilled ANN"
    assert champion.unseen.mean_return > 5 * champion.random.mean_return


@pytest.mark.thorough
def test_sparse_students_have_the_share_of_zeros_that_is_asked(tmp_path: Path) -> None:
    layers = {"learning": {"sparsity": 0.75}, "model": {"hidden": [16]}}
    champion = run_to_end(*_begun(tmp_path / "run", layers), executor=SerialExecutor())
    optimizee = champion.optimizee()
    genome = optimizee.parameters.to_genome(champion.vector)
    for name in ("weights_0", "weights_1"):
        assert np.count_nonzero(genome[name] == 0) == int(0.75 * genome[name].size)
    assert champion.verification.identical


def _begun(path: Path, *layers: dict[str, Any]) -> tuple[Any, RunFolder]:
    folder = begin_run(path, brief(*layers))
    return folder.config(), folder


def test_cut_weights_are_the_smallest_and_stay_cut() -> None:
    optimizee = create_optimizee(brief())
    network = create_network(optimizee)
    before = network.genome()["weights_0"].copy()
    kept = KeptWeights(network, 0.5)
    after = network.genome()["weights_0"]
    cut = after == 0
    assert cut.sum() == before.size // 2
    assert np.abs(before[cut]).max() <= np.abs(before[~cut]).min()
    assert np.array_equal(after[~cut], before[~cut])
    with torch.no_grad():
        network.actors_parameters["weights_0"].add_(1.0)
    kept.apply(network)
    assert np.array_equal(network.genome()["weights_0"] == 0, cut)
    assert np.count_nonzero(network.genome()["biases_0"])


def test_the_width_of_the_surrogate_falls_geometrically(tmp_path: Path) -> None:
    config, folder = _begun(tmp_path / "run", {"learning": {"width": 1.0, "final_width": 0.125}})
    run_to_end(config, folder, executor=SerialExecutor())
    state = read_arrays(folder.training_state_path(2), "training state", dict)
    width = np.exp(state["parameter.hidden.0.log_width"])
    assert width == pytest.approx(0.125)


# --- data sets, functions, the command ---


def test_a_data_set_alone_is_imitated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.gradient.test_teachers import minari_file

    with pytest.warns(UserWarning, match="author"):
        path = minari_file(tmp_path, monkeypatch, n_episodes=20, n_steps=100)
    layer = {"learning": {"teacher": str(path), "sequence": 30, "first_updates": 300}, "model": {"hidden": [32]}}
    config = brief(layer, task="pendulum")
    folder = begin_run(tmp_path / "run", config)
    champion = run_to_end(config, folder, executor=SerialExecutor())
    assert champion.n_steps == 3 * 2 * 50 * 4
    # It does what the rule does, at observations of its own.
    optimizee = champion.optimizee()
    network = trained_network(optimizee, champion.vector)
    angles = np.linspace(-0.3, 0.3, 41)
    seen = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(41)])
    inputs = features(optimizee, seen, torch.float64)
    outputs = np.array([_settled(network, row) for row in inputs])
    found = 2 * np.tanh(outputs)
    expected = np.clip(-8 * np.sin(angles), -2, 2)
    assert np.corrcoef(found, expected)[0, 1] > 0.8


def _settled(network: Any, row: Any) -> float:
    """Return the mean output of a network that sees the same for some steps."""
    state = torch.zeros(1, network.n_state, dtype=torch.float64)
    with torch.no_grad():
        outputs, _, _ = network(row.repeat(20, 1, 1), state, None)
    return float(outputs[4:].mean())


def test_a_function_that_answers_for_another_task_is_found_out_before_a_folder_is_made(
    no_plugins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (no_plugins / "rule.py").write_text("def push(seen):\n    return 2 + 0 * seen[:, 0]\n")
    (no_plugins / "brief.toml").write_text(_toml())
    command = ["train", "cart-pole", "--learner", "distil", "--config", "brief.toml", "--out", "run"]
    assert main([*command, "--teacher", "rule.py:pull"]) == 2
    assert "has no function 'pull'" in capsys.readouterr().err
    assert main([*command, "--teacher", "rule.py:push"]) == 2
    assert "choices from 2 to 2" in capsys.readouterr().err
    assert not (no_plugins / "run").exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("end", ["zip", "pt", "onnx"])
def test_a_network_in_a_file_teaches(end: str, tmp_path: Path) -> None:
    from tests.gradient.test_teachers import Actor, learner, written

    torch.manual_seed(1)
    path = tmp_path / f"policy.{end}"
    if end == "zip":
        learner("DQN").save(path)
    else:
        written(Actor(4, 2, 1), path, 4)
    layer = {"learning": {"teacher": str(path)}, "generations": 1}
    champion = run_to_end(*_begun(tmp_path / "run", layer), executor=SerialExecutor())
    assert champion.verification.identical
    steps = read_arrays(RunFolder(tmp_path / "run").steps_path(0), "training steps", TaughtSteps)
    assert len(steps) == 100 + 2 * 50
    assert len(steps.values) == (0 if end == "zip" else len(steps))


def test_a_function_teaches_by_the_command_and_resumes_with_the_plugin(
    no_plugins: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (no_plugins / "rule.py").write_text("def push(seen):\n    return (seen[:, 2] + seen[:, 3] > 0).astype(int)\n")
    (no_plugins / "brief.toml").write_text(_toml())
    command = ["train", "cart-pole", "--learner", "distil", "--teacher", "rule.py:push", "--config", "brief.toml"]
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "add_generation", _interrupt_after_one)
        assert main([*command, "--out", "run", "--no-figures", "--workers", "1"]) == 130
    # Another process knows nothing of the file.
    monkeypatch.setattr(plugins, "_ALLOWED", {})
    monkeypatch.setenv(plugins.VARIABLE, "")
    assert main(["resume", "run", "--no-figures", "--workers", "1"]) == 2
    assert "--plugin rule.py" in capsys.readouterr().err
    assert main(["resume", "run", "--no-figures", "--workers", "1", "--plugin", "rule.py"]) == 0
    capsys.readouterr()
    assert main(["show", "run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["complete"] is True


def _interrupt_after_one(folder: RunFolder, generation: Any) -> None:
    folder.segments_path.mkdir(exist_ok=True)
    folder._generations.add(generation)
    raise KeyboardInterrupt


def _toml() -> str:
    import tomli_w

    tables = {key: value for key, value in BRIEF.items() if key != "learning"}
    options = {key: value for key, value in BRIEF["learning"].items() if key != "teacher"}
    return tomli_w.dumps({**tables, "learning": {"name": "distil", **options}})


def test_a_teacher_that_only_a_file_names_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('[learning]\nname = "distil"\nteacher = "./policy.pt"\n')
    with pytest.raises(PluginError, match=r"other\.toml needs file '\./policy\.pt'"):
        configure("cart-pole", files=[tmp_path / "other.toml"], learner="distil")


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"learning": {"teacher": ""}}, r"learning\.teacher is not set"),
        ({"normalisation": {"name": "running"}}, "standardised once"),
        ({"learning": {"sequence": 200}}, r"learning\.sequence = 200: expected at most 100"),
        ({"learning": {"memory": 40}}, r"learning\.sequence = 12: expected at most 10"),
        ({"learning": {"settling": 12}}, r"learning\.settling = 12"),
        ({"learning": {"learn_width": True, "final_width": 0.1}}, "exclude each other"),
        ({"learning": {"batch": 10**9}}, "environment steps between updates"),
        ({"learning": {"environments": 10**6, "teacher_steps": 10**6, "memory": 10**12}}, "steps to learn from"),
        ({"model": {"name": "lif", "hidden": [16], "reset": "subtract"}}, "hard reset only"),
    ],
)
def test_what_cannot_be_distilled_is_said_before_a_folder_is_made(layer: dict[str, Any], message: str) -> None:
    from neurosim_rl.training.check import check

    with pytest.raises(ConfigurationError, match=message):
        check(brief(layer))


def test_a_digest_that_is_given_must_be_the_teachers() -> None:
    with pytest.raises(ConfigurationError, match="was made anew"):
        brief({"learning": {"teacher_sha256": "0" * 64}})


def test_a_copy_that_was_changed_is_refused(tmp_path: Path) -> None:
    folder = begin_run(tmp_path / "run", brief())
    shutil.copy(shipped_champions()["cart-pole-linear"], folder.path / "teacher.h5")
    with pytest.raises(ConfigurationError, match="was made anew"):
        run_to_end(folder.config(), folder, executor=SerialExecutor())


def test_a_teacher_that_was_made_anew_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="was made anew"):
        begin_run(tmp_path / "run", brief().replace(learning=brief().learning.replace(teacher_sha256="0" * 64)))
    assert not (tmp_path / "run").exists()


# --- steps ---


def numbered(n_steps: int, n_environments: int, first: int = 0) -> TaughtSteps:
    """Return steps whose feature is their number, and whose target is their environment."""
    numbers = np.arange(first, first + n_steps, dtype=np.float32)
    features = np.repeat(numbers[:, None, None], n_environments, axis=1)
    targets = np.repeat(np.arange(n_environments, dtype=np.float32)[None, :, None], n_steps, axis=0)
    return TaughtSteps(
        features, targets, np.zeros((n_steps, n_environments), bool), np.zeros((0, n_environments), np.float32)
    )


def test_sequences_are_consecutive_steps_of_one_environment() -> None:
    memory = StepMemory(numbered(30, 3), most=1000)
    torch.manual_seed(1)
    drawn = memory.draw(200, 7)
    assert drawn.features.shape == (7, 200, 1)
    assert (drawn.features.diff(dim=0) == 1).all()
    assert (drawn.targets.diff(dim=0) == 0).all()
    assert set(drawn.features[0].int().ravel().tolist()) == set(range(24))
    assert set(drawn.targets.int().ravel().tolist()) == {0, 1, 2}
    assert drawn.values is None


def test_the_oldest_steps_are_dropped_beyond_the_memory() -> None:
    memory = StepMemory(numbered(30, 3), most=60)
    memory.add(numbered(5, 3, first=30))
    assert len(memory) == 20
    torch.manual_seed(1)
    assert set(memory.draw(500, 1).features.int().ravel().tolist()) == set(range(15, 35))


def test_steps_that_end_are_closed_at_the_last_one() -> None:
    closed = numbered(4, 2).closed()
    assert closed.ended.tolist() == [[False, False]] * 3 + [[True, True]]


def test_the_critic_learns_the_values_that_a_teacher_tells(no_plugins: Path) -> None:
    (no_plugins / "rule.py").write_text(
        "def push(seen):\n    return (seen[:, 2] + seen[:, 3] > 0).astype(int), 100 + 50 * abs(seen[:, 3])\n"
    )
    layer = {"learning": {"teacher": "rule.py:push", "first_updates": 400}, "generations": 1, "model": {"hidden": [32]}}
    config, folder = _begun(no_plugins / "run", layer)
    run_to_end(config, folder, executor=SerialExecutor())
    state = read_arrays(folder.training_state_path(0), "training state", dict)
    mean, deviation = state["values"]
    assert mean > 100
    optimizee = create_optimizee(config)
    network = create_network(optimizee)
    names = {
        name.removeprefix("mean."): torch.from_numpy(np.asarray(v))
        for name, v in state.items()
        if name.startswith("mean.")
    }
    network.load_state_dict(names, strict=False)
    steps = read_arrays(folder.steps_path(0), "training steps", TaughtSteps)
    with torch.no_grad():
        inputs, ended = torch.from_numpy(steps.features), torch.from_numpy(steps.ended)
        _, values, _ = network(inputs, torch.zeros(inputs.shape[1], network.n_state), ended)
    found = mean + deviation * values[..., 0].numpy()
    assert np.corrcoef(found.ravel(), steps.values.ravel())[0, 1] > 0.7
