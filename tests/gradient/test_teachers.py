"""Teachers of all kinds against what their own libraries say; files that would have to be unpickled are refused."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, MultiDiscrete

torch = pytest.importorskip("torch", reason="needs the extra [gradient]")

from neurosim_rl.errors import ConfigurationError, PluginError, ShapeError, UnknownNameError  # noqa: E402
from neurosim_rl.gradient.data_set import DataSet  # noqa: E402
from neurosim_rl.gradient.teacher import Advice, Targets  # noqa: E402
from neurosim_rl.gradient.teachers import open_teacher  # noqa: E402
from neurosim_rl.optimizees import ClosedLoop, create_optimizee  # noqa: E402
from neurosim_rl.runs.champion import read_champion  # noqa: E402
from neurosim_rl.settings import plugins  # noqa: E402
from neurosim_rl.training.configure import layered_settings  # noqa: E402

pytestmark = [
    pytest.mark.gradient,
    pytest.mark.usefixtures("no_plugins"),
    pytest.mark.filterwarnings("ignore:Detected pickle protocol:UserWarning"),
]

PENDULUM, CART_POLE = "pendulum", "cart-pole"


def student(task: str, **options: Any) -> ClosedLoop:
    """Return a task that learns from a teacher, which is not opened."""
    return create_optimizee(layered_settings(task, {"learning": options}, learner="distil"))


def opened(name: Path | str, task: str) -> Any:
    """Return the teacher that a setting of the user's own names."""
    plugins.allow_named({"learning": {"teacher": str(name)}})
    return open_teacher(str(name), student(task))


def observations(task: str, n: int = 50) -> np.ndarray:
    """Return observations from all over the space."""
    space = student(task).environment
    low, high = np.maximum(space.observation_low, -3), np.minimum(space.observation_high, 3)
    return np.random.default_rng(1).uniform(low, high, (n, len(low)))


# --- Stable-Baselines3 ---


def learner(kind: str, **options: Any) -> Any:
    library = pytest.importorskip("stable_baselines3", reason="needs the extra [test]")
    task = "CartPole-v1" if kind in ("DQN", "A2C") else "Pendulum-v1"
    return getattr(library, kind)("MlpPolicy", task, seed=3, device="cpu", **options)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("A2C", {}),
        ("PPO", {}),
        ("PPO", {"policy_kwargs": {"net_arch": [16], "activation_fn": torch.nn.ELU}}),
        ("TD3", {"policy_kwargs": {"net_arch": [32, 16]}}),
        ("SAC", {}),
        ("SAC", {"use_sde": True, "policy_kwargs": {"clip_mean": 0.05}}),
        ("DQN", {"policy_kwargs": {"activation_fn": torch.nn.Tanh}}),
    ],
)
def test_policies_of_stable_baselines3_do_what_they_do_there(
    kind: str, options: dict[str, Any], tmp_path: Path
) -> None:
    model = learner(kind, **options)
    model.save(tmp_path / "model.zip")
    task = CART_POLE if isinstance(model.action_space, Discrete) else PENDULUM
    seen = observations(task).astype(np.float32)
    expected, _ = model.predict(seen, deterministic=True)
    advice = opened(tmp_path / "model.zip", task).advise(seen.astype(np.float64))
    if isinstance(model.action_space, Discrete):
        assert np.array_equal(advice.actions, expected)
    else:
        np.testing.assert_allclose(advice.actions, expected, atol=1e-5)
        assert np.ptp(expected) > 0
    if kind in ("A2C", "PPO"):
        values = model.policy.predict_values(torch.from_numpy(seen)).detach().numpy().ravel()
        np.testing.assert_allclose(advice.values, values, atol=1e-5)
    else:
        assert advice.values is None
    if kind == "A2C":
        distribution = model.policy.get_distribution(torch.from_numpy(seen)).distribution
        np.testing.assert_allclose(advice.probabilities, distribution.probs.detach().numpy(), atol=1e-6)


class Mischief:
    """An object whose unpickling makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return Path.touch, (self.path,)  # type: ignore[return-value]


def hostile(path: Path, done: Path) -> None:
    """Write a file as of Stable-Baselines3 whose weights are a pickle."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data", "{}")
        archive.writestr("policy.pth", pickle.dumps(Mischief(done)))


def test_a_pickle_in_place_of_weights_is_refused_and_does_nothing(tmp_path: Path) -> None:
    hostile(tmp_path / "model.zip", tmp_path / "done")
    with pytest.raises(ConfigurationError, match=r"model\.zip is not read: .*expected a file that model\.save"):
        opened(tmp_path / "model.zip", PENDULUM)
    assert not (tmp_path / "done").exists()
    pickle.loads(pickle.dumps(Mischief(tmp_path / "done")))  # it would have
    assert (tmp_path / "done").exists()


@pytest.mark.parametrize(
    ("kind", "own", "task"),
    [
        ("A2C", "MountainCar-v0", "mountain-car-continuous"),
        ("DQN", "MountainCar-v0", "mountain-car-continuous"),
        ("SAC", "MountainCarContinuous-v0", "mountain-car"),
    ],
)
def test_a_policy_with_other_actions_is_refused(kind: str, own: str, task: str, tmp_path: Path) -> None:
    library = pytest.importorskip("stable_baselines3", reason="needs the extra [test]")
    getattr(library, kind)("MlpPolicy", own, device="cpu").save(tmp_path / "model.zip")
    with pytest.raises(ConfigurationError, match=r"model\.zip acts by"):
        opened(tmp_path / "model.zip", task)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "no item named"),
        ({"data": "{"}, "is not read"),
        ({"data": "{}", "policy.pth": b"nothing"}, "is not read"),
        ({"data": "{}", "policy.pth": {"actor.mu.0.weight": torch.zeros(4, 7)}}, "is not read"),
        ({"data": "{}", "policy.pth": {}}, "no layers of a policy"),
        ({"data": "[]", "policy.pth": {}}, "no weights of a policy"),
        ({"data": "{}", "policy.pth": {"features_extractor.cnn.0.weight": torch.zeros(4)}}, "extracts features"),
        (
            {"data": "{}", "policy.pth": {"actor.mu.0.weight": torch.zeros(4, 7), "actor.mu.0.bias": torch.zeros(4)}},
            "takes 7 observations; Pendulum-v1 gives 3",
        ),
        (
            {"data": '{"policy_kwargs": {"activation_fn": "<class \'my.Own\'>"}}', "policy.pth": {}},
            "activation function",
        ),
    ],
)
def test_damaged_or_other_files_are_refused_in_one_line(parts: dict[str, Any], message: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as archive:
        for name, content in parts.items():
            if isinstance(content, dict):
                image = io.BytesIO()
                torch.save(content, image)
                content = image.getvalue()
            archive.writestr(name, content)
    with pytest.raises(ConfigurationError, match=message) as caught:
        opened(tmp_path / "model.zip", PENDULUM)
    assert "\n" not in str(caught.value)


# --- TorchScript and ONNX ---


class Actor(torch.nn.Module):  # type: ignore[name-defined, misc]
    """A network with actions and a value."""

    def __init__(self, n_inputs: int, n_outputs: int, n_values: int) -> None:
        super().__init__()
        self.first, self.second = torch.nn.Linear(n_inputs, 8), torch.nn.Linear(8, n_outputs)
        self.value = torch.nn.Linear(8, n_values) if n_values else None

    def forward(self, seen: Any) -> Any:
        hidden = torch.tanh(self.first(seen))
        actions = torch.tanh(self.second(hidden)) * 2
        return actions if self.value is None else (actions, self.value(hidden))


def written(actor: Actor, path: Path, n_inputs: int) -> Path:
    """Write a network in the format that the end of the name says."""
    example = torch.zeros(2, n_inputs)
    if path.suffix == ".pt":
        torch.jit.save(torch.jit.trace(actor, example), path)
        return path
    pytest.importorskip("onnx", reason="needs the extra [test]")
    pytest.importorskip("onnxruntime", reason="needs the extra [teachers]")
    torch.onnx.export(actor, (example,), path, input_names=["seen"], dynamic_axes={"seen": {0: "n"}}, dynamo=False)
    return path


@pytest.mark.parametrize("n_values", [0, 1])
@pytest.mark.parametrize("task", [PENDULUM, CART_POLE])
@pytest.mark.parametrize("end", ["pt", "onnx"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_networks_in_files_answer_as_before(end: str, task: str, n_values: int, tmp_path: Path) -> None:
    torch.manual_seed(1)
    seen = observations(task)
    n_outputs = 1 if task == PENDULUM else 2
    actor = Actor(seen.shape[1], n_outputs, n_values)
    advice = opened(written(actor, tmp_path / f"actor.{end}", seen.shape[1]), task).advise(seen)
    answer = actor(torch.from_numpy(seen.astype(np.float32)))
    actions, values = answer if n_values else (answer, None)
    if task == PENDULUM:
        np.testing.assert_allclose(advice.actions, actions.detach().numpy(), atol=1e-5)
    else:
        assert np.array_equal(advice.actions, actions.detach().numpy().argmax(axis=1))
        expected = torch.softmax(actions, dim=1).detach().numpy()
        np.testing.assert_allclose(advice.probabilities, expected, atol=1e-5)
    if values is None:
        assert advice.values is None
    else:
        np.testing.assert_allclose(advice.values, values.detach().numpy().ravel(), atol=1e-5)


def test_a_file_of_torch_save_is_no_torchscript_and_runs_nothing(tmp_path: Path) -> None:
    torch.save(Mischief(tmp_path / "done"), tmp_path / "policy.pt")
    with pytest.raises(ConfigurationError, match=r"is no TorchScript .*torch\.jit\.trace"):
        opened(tmp_path / "policy.pt", PENDULUM)
    assert not (tmp_path / "done").exists()


@pytest.mark.parametrize("place", ["secret.bin", "{here}/secret.bin"])
def test_an_onnx_file_reads_no_other_file(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    onnx = pytest.importorskip("onnx", reason="needs the extra [test]")
    pytest.importorskip("onnxruntime", reason="needs the extra [teachers]")
    monkeypatch.chdir(tmp_path)
    Path("secret.bin").write_bytes(np.ones((3, 1), np.float32).tobytes())
    weights = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=[3, 1])
    weights.data_location = onnx.TensorProto.EXTERNAL
    weights.external_data.add(key="location", value=place.format(here=tmp_path))
    seen = onnx.helper.make_tensor_value_info("seen", onnx.TensorProto.FLOAT, ["n", 3])
    actions = onnx.helper.make_tensor_value_info("actions", onnx.TensorProto.FLOAT, ["n", 1])
    node = onnx.helper.make_node("MatMul", ["seen", "w"], ["actions"])
    graph = onnx.helper.make_graph([node], "graph", [seen], [actions], [weights])
    opset = [onnx.helper.make_opsetid("", 13)]
    model = onnx.helper.make_model(graph, ir_version=8, opset_imports=opset)
    Path("policy.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ConfigurationError, match="is refused by ONNX Runtime") as caught:
        opened("policy.onnx", PENDULUM)
    assert "\n" not in str(caught.value)


def test_a_damaged_onnx_file_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="needs the extra [teachers]")
    (tmp_path / "policy.onnx").write_bytes(b"nothing")
    with pytest.raises(ConfigurationError, match="is refused by ONNX Runtime"):
        opened(tmp_path / "policy.onnx", PENDULUM)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("end", ["pt", "onnx"])
def test_a_network_for_other_observations_is_refused(end: str, tmp_path: Path) -> None:
    teacher = opened(written(Actor(7, 1, 0), tmp_path / f"actor.{end}", 7), PENDULUM)
    with pytest.raises(ConfigurationError, match=r"refuses observations of shape \(50, 3\)"):
        teacher.advise(observations(PENDULUM))


# --- champions, functions, data sets ---


def test_a_champion_without_neurons_acts_as_in_its_own_evaluation() -> None:
    champion = read_champion("champion:pendulum-ppo-ann")
    teacher = opened("champion:pendulum-ppo-ann", PENDULUM)
    own, seen = champion.optimizee(), observations(PENDULUM)
    act = own.model.act(  # type: ignore[attr-defined]
        [own.parameters.to_genome(champion.vector)], [0] * len(seen)
    )
    teacher.start(len(seen))
    expected = act(own.normalisation.apply(seen), np.arange(len(seen)))
    assert np.array_equal(teacher.advise(seen).actions, expected)


def test_a_spiking_champion_acts_as_in_its_recording() -> None:
    champion = read_champion("champion:pendulum-ppo-snn")
    teacher = opened("champion:pendulum-ppo-snn", PENDULUM)
    traces, lengths = champion.recording.traces, champion.recording.lengths
    n_steps = min(20, *lengths.tolist())
    teacher.start(len(lengths))
    for step in range(n_steps):
        seen = np.stack([episode[step] for episode in traces.observations])
        played = np.stack([episode[step] for episode in traces.actions])
        assert np.array_equal(teacher.advise(seen).actions, played.reshape(len(seen), -1))


def test_a_champion_of_another_environment_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="other observations or actions than Pendulum-v1"):
        opened("champion:cart-pole-ppo-ann", PENDULUM)
    with pytest.raises(UnknownNameError, match="cart-pole-ppo-ann"):
        opened("champion:cart-pole-ppo-an", CART_POLE)


def test_a_function_answers_by_actions_or_by_actions_and_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my_rule.py").write_text(
        "def push(seen):\n    return -seen[:, 2:]\n\ndef both(seen):\n    return -seen[:, 2:], seen[:, 0]\n"
    )
    seen = observations(PENDULUM)
    alone, both = opened("my_rule.py:push", PENDULUM).advise(seen), opened("my_rule.py:both", PENDULUM).advise(seen)
    assert np.array_equal(alone.actions, -seen[:, 2:])
    assert alone.values is None
    assert np.array_equal(both.actions, -seen[:, 2:])
    assert np.array_equal(both.values, seen[:, 0])
    with pytest.raises(ConfigurationError, match=r"has no function 'pull'"):
        opened("my_rule.py:pull", PENDULUM)


def minari_file(folder: Path, monkeypatch: pytest.MonkeyPatch, n_episodes: int = 4, n_steps: int = 30) -> Path:
    """Let Minari write a data set of a stabilising rule on the pendulum; return its file."""
    minari = pytest.importorskip("minari", reason="needs the extra [test]")
    from minari.data_collector import EpisodeBuffer

    monkeypatch.setenv("MINARI_DATASETS_PATH", str(folder))
    environment = gymnasium.make("Pendulum-v1", max_episode_steps=n_steps)
    episodes = []
    for number in range(n_episodes):
        seen, _ = environment.reset(seed=number)
        kept, actions, rewards = [seen], [], []
        for _ in range(n_steps):
            action = np.clip(-8 * seen[1:2] - 2 * seen[2:], -2, 2).astype(np.float32)
            seen, reward, *_ = environment.step(action)
            kept.append(seen)
            actions.append(action)
            rewards.append(reward)
        ends = np.arange(n_steps) == n_steps - 1
        played = EpisodeBuffer(
            id=number,
            observations=np.array(kept),
            actions=np.array(actions),
            rewards=rewards,
            terminations=[False] * n_steps,
            truncations=ends.tolist(),
            infos={},
        )
        episodes.append(played)
    minari.create_dataset_from_buffers("rule-v0", buffer=episodes, env=environment)
    return folder / "rule-v0" / "data" / "main_data.hdf5"


@pytest.mark.filterwarnings("ignore")
def test_a_data_set_of_minari_is_read_as_minari_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = minari_file(tmp_path, monkeypatch)
    found = opened(path, PENDULUM)
    assert isinstance(found, DataSet)
    import minari

    expected = list(minari.load_dataset("rule-v0").iterate_episodes())
    assert len(found.actions) == len(expected) == 4
    for seen, actions, episode in zip(found.observations, found.actions, expected, strict=True):
        assert np.array_equal(seen, episode.observations[:-1].astype(np.float64))
        assert np.array_equal(actions, episode.actions)
    steps = found.steps(student(PENDULUM))
    assert steps.ended.sum() == 4
    np.testing.assert_allclose(steps.targets[:, 0], np.concatenate([e.actions for e in expected]) / 2, atol=1e-6)
    with pytest.raises(ConfigurationError, match=r"observations of \[3\] numbers; expected 4"):
        opened(path, CART_POLE)
    with pytest.raises(ConfigurationError, match=r"has 120 steps; expected at least learning\.sequence = 200"):
        open_teacher(str(path), student(PENDULUM, sequence=200))


def test_other_hdf5_files_are_no_data_set(tmp_path: Path) -> None:
    (tmp_path / "other.hdf5").write_bytes(b"nothing")
    with pytest.raises(ConfigurationError, match=r"other\.hdf5"):
        opened(tmp_path / "other.hdf5", PENDULUM)
    champion = Path(read_champion.__code__.co_filename).parents[1] / "models" / "champions" / "pendulum.h5"
    (tmp_path / "champion.hdf5").write_bytes(champion.read_bytes())
    with pytest.raises(ConfigurationError, match="holds no episode"):
        opened(tmp_path / "champion.hdf5", PENDULUM)


# --- names ---


@pytest.mark.parametrize("name", ["", "teacher", "teacher.txt", "a b:c d"])
def test_a_name_of_no_known_kind_is_refused_with_the_kinds(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"learning\.teacher.*champion:NAME.*\.onnx.*module:function"):
        opened(name, PENDULUM)


def test_a_plugin_allows_no_program_of_a_similar_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my_env.py").touch()
    plugins.allow("my_env")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "teacher.pt").write_bytes(b"")
    with pytest.raises(PluginError, match=r"my_env\.pt"):
        open_teacher("my_env.pt", student(PENDULUM), tmp_path / "run" / "teacher.pt")


@pytest.mark.parametrize("name", ["policy.pt", "policy.zip", "policy.onnx", "my_rule:push"])
def test_a_name_that_only_a_file_has_opens_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my_rule.py").write_text("raise SystemExit('it ran')")
    for end in ("pt", "zip", "onnx"):
        Path(f"policy.{end}").write_bytes(b"")
    with pytest.raises(PluginError, match="which neither the command line nor"):
        open_teacher(name, student(PENDULUM))


# --- targets ---


def test_targets_of_actions_are_relative_to_half_their_range() -> None:
    targets = Targets(Box(np.array([-2.0, 0.0]), np.array([2.0, 1.0])))
    found = targets.of(Advice(np.array([[-2.0, 0.0], [1.0, 0.5], [9.0, 2.0]])), 3)
    assert found.dtype == np.float32
    assert found.tolist() == [[-1, -1], [0.5, 0], [1, 1]]
    assert targets.size == 2


def test_targets_of_choices_are_probabilities() -> None:
    targets = Targets(Discrete(3, start=5))
    assert targets.of(Advice(np.array([5, 7])), 2).tolist() == [[1, 0, 0], [0, 0, 1]]
    given = np.array([[0.5, 0.25, 0.25]])
    assert targets.of(Advice(np.array([5]), given), 1).tolist() == given.tolist()
    assert targets.size == 3


@pytest.mark.parametrize(
    ("space", "advice", "message"),
    [
        (Discrete(2), Advice(np.array([2])), "choices from 2 to 2"),
        (Discrete(2), Advice(np.array([0, 1])), r"choices of shape \(2,\)"),
        (Discrete(2), Advice(np.array(["left"])), "type <U4"),
        (Box(-1, 1, (1,)), Advice(np.zeros(1), values=np.zeros(2)), r"values of shape \(2,\)"),
        (Box(-1, 1, (1,)), Advice(np.zeros(1), values=np.array([np.nan])), "values are not finite"),
        (Discrete(2), Advice(np.array([0.5])), "choices from 0.5 to 0.5"),
        (Discrete(2), Advice(np.array([0]), np.ones((1, 3))), r"shape \(1, 3\); expected \(1, 2\)"),
        (Box(-1, 1, (2,)), Advice(np.zeros((1, 3))), r"actions of shape \(1, 3\).*expected 2 numbers"),
        (Box(-1, 1, (1,)), Advice(np.array([np.nan])), "not finite"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(space: Any, advice: Advice, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        Targets(space).of(advice, 1)


def test_other_action_spaces_have_no_targets() -> None:
    with pytest.raises(ConfigurationError, match="cannot be learned from a teacher"):
        Targets(MultiDiscrete([2, 2]))
