"""Sizes of networks and runs, by arithmetic: against networks that are built, and against what no machine has."""

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neurosim_rl.api.response_map import responses_of
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.evaluation.replay import record, verify
from neurosim_rl.evaluation.unseen_starts import evaluate_unseen
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.models import MODELS, Policy, SpikingModel
from neurosim_rl.optimizees import Element, create_optimizee, network_size
from neurosim_rl.optimizees.network_size import n_weights, readable
from neurosim_rl.records.recording import Recording
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

WEIGHTED = {"encoder": {"name": "weighted", "n_neurons": 0}, "decoder": {"name": "linear", "n_neurons": 0}}
SPATIAL = {"model": {"name": "spatial", "grid": [3, 3], "prune": False}, "resolution_ms": 1.0, **WEIGHTED}
NETWORKS: list[tuple[str, dict[str, Any]]] = [
    ("mountain-car", {"model": {"name": "feed-forward", "hidden": []}}),
    ("mountain-car", {"model": {"name": "feed-forward", "hidden": [4, 3], "mirror": False}}),
    ("cart-pole", {"encoder": {"name": "poisson"}, "decoder": {"neurons_per_action": 3}}),
    ("pendulum", {"model": {"name": "single-layer"}, **WEIGHTED}),
    ("pendulum", SPATIAL),
    ("cart-pole-sensorimotor", {}),
    ("cart-pole-sensorimotor", {"encoder": {"name": "current", "tuning": {"name": "gaussian", "n_fields": 2}}}),
    ("target-reaching-vehicle", {}),
    ("target-reaching-vehicle", {"model": {"near_fields": 0}}),
    ("cart-pole", {"model": {"name": "linear", "mirror": False}}),
    ("cart-pole", {"model": {"name": "dense", "hidden": [5], "mirror": False}}),
]


@pytest.mark.parametrize(("task", "settings"), NETWORKS)
def test_neurons_and_synapses_are_those_of_the_network_that_is_built(task: str, settings: dict[str, Any]) -> None:
    optimizee = create_optimizee(configure(task, settings))
    _compare(optimizee)


@pytest.mark.parametrize("recurrent", [False, True])
def test_neurons_and_synapses_of_networks_that_gradients_train(recurrent: bool) -> None:
    settings = {"model": {"hidden": [5, 4], "recurrent": recurrent}, "window_ms": 3.0}
    _compare(create_optimizee(configure("cart-pole", settings, learner="ppo")))


def _compare(optimizee: Any) -> None:
    model = optimizee.model
    if isinstance(model, Policy):
        assert n_weights(model) == optimizee.parameters.size
        return
    network = optimizee.network(optimizee.parameters.high)
    assert model.counts == (network.n_neurons, network.n_synapses)


def test_every_model_is_among_the_networks() -> None:
    named = {configure(task, settings).model.name for task, settings in NETWORKS}
    # Those of lif are trained by gradients (above), and a function's network has the size that the function gives it.
    assert named | {"lif", "pynest"} == set(MODELS)
    assert all(issubclass(model, SpikingModel | Policy) for model in MODELS.values())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": {"hidden": [10**9]}}, r"1 000 000 000 neurons with 19 000 000 000 weights need about 2 500 GB"),
        ({"model": {"hidden": [1e300]}}, "neurons with"),
        ({"model": {"hidden": [10**6] * 3}}, "3 000 000 neurons with 2e\\+12 weights"),
        ({"model": {"name": "dense", "hidden": [10**12]}}, "weights need about"),
        ({"decoder": {"neurons_per_action": 10**10}}, "Set a smaller network"),
        ({"encoder": {"tuning": {"name": "gaussian", "n_fields": 10**11}}}, "Set a smaller network"),
        ({"encoder": {"tuning": {"name": "one-hot", "n_bins": 10**11}}}, "Set a smaller network"),
        ({"window_ms": 1e12}, "networks in windows of 5e\\+12 grid steps need about"),
        ({"window_ms": 1e9, "encoder": {"name": "poisson"}}, "Set a smaller batch_size, window_ms or network"),
        ({"model": {"delay_ms": 1000.0}, "resolution_ms": 1e-3, "batch_size": 10**9, "episodes": 10**4}, "batch_size"),
        ({"episodes": 10**15}, "training trials and .* need about .* Set a smaller optimizer.population, episodes"),
        ({"validation_episodes": 10**15}, "validation episodes in a generation need"),
        ({"optimizer": {"population": 10**15}}, "1e\\+15 genomes of"),
        ({"optimizer": {"name": "l2l-face", "max_population": 10**15}}, "1e\\+15 genomes of"),
        ({"workers": 10**9}, "1 000 000 000 worker processes need about 100 000 000 GB"),
        ({"normalisation": {"name": "bounds", "steps": 10**12}}, "normalisation.steps = 1000000000000: random play"),
    ],
)
def test_what_no_memory_holds_is_refused_before_anything_is_allocated(settings: dict[str, Any], message: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ConfigurationError, match=message):
            configure("mountain-car", settings)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning": {"environments": 10**12}}, "environment steps between updates need about"),
        ({"learning": {"rollouts": 10**12}}, "Set smaller learning.rollouts"),
        ({"model": {"hidden": [10**6, 10**6]}}, "weights need about"),
    ],
)
def test_training_by_gradients_is_refused_too(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        configure("cart-pole", settings, learner="ppo")


HUGE: list[tuple[dict[str, Any], str]] = [
    ({"window_ms": 1e12}, "in windows of 5e\\+12 grid steps need about"),
    ({"model": {"hidden": [10**9]}}, "1 000 000 000 neurons with 19 000 000 000 weights need about"),
]
"""Settings of files from strangers, which no run has checked."""


@pytest.mark.parametrize(("settings", "message"), HUGE)
def test_what_no_memory_holds_is_not_played_from_a_file(settings: dict[str, Any], message: str) -> None:
    complete = configure("mountain-car", {"simulator": "compiled"})
    optimizee = create_optimizee(complete.replace(**settings))
    vector, one = np.zeros(3), [Element(0, 5, 1, (1,))]
    recording = replace(Recording.none(), start_seeds=np.array([5]))
    for play in (
        lambda: optimizee.play([vector], one),
        lambda: record(optimizee, vector, [5]),
        lambda: verify(optimizee, vector, recording),
        lambda: responses_of(optimizee, vector, grid=2),
        lambda: evaluate_unseen(optimizee, vector, SerialExecutor(), first_seed=5, episodes=1),
    ):
        with pytest.raises(ConfigurationError, match=message):
            play()


@pytest.mark.parametrize("task", ["mountain-car", "cart-pole-dense"])
def test_episodes_that_no_memory_holds_are_refused_before_there_is_an_object_for_each(
    task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = {"model": {"name": "dense", "mirror": False}} if task.endswith("dense") else {}
    optimizee = create_optimizee(configure(task.removesuffix("-dense"), network))
    monkeypatch.setattr(type(optimizee), "evaluation_elements", lambda *_: pytest.fail("elements were made"))
    vector = optimizee.parameters.high
    with pytest.raises(ConfigurationError, match=r"1 000 000 000 trials need about 5 500 GB; .* fewer episodes"):
        evaluate_unseen(optimizee, vector, SerialExecutor(), first_seed=0, episodes=10**9)
    with pytest.raises(ConfigurationError, match=r"1 000 000 000 trials need about 5 500 GB; .* fewer episodes"):
        record(optimizee, vector, range(10**9))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"optimizer": {"population": 10**12}}, "1e\\+12 genomes of"),
        ({"episodes": 10**12}, "training trials and"),
        ({"validation_episodes": 10**12}, "validation episodes in a generation need"),
        ({"window_ms": 1e12}, "in windows of 5e\\+12 grid steps need about"),
    ],
)
def test_a_run_that_no_memory_holds_is_not_resumed(tmp_path, settings: dict[str, Any], message: str) -> None:
    config = configure("mountain-car").replace(**settings)
    folder = RunFolder.create(tmp_path / "run", config)
    with pytest.raises(ConfigurationError, match=message):
        run_to_end(config, folder, executor=SerialExecutor())
    assert folder.history() is None


def test_a_window_that_takes_minutes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_size, "memory_bytes", lambda: 10**18)
    with pytest.raises(
        ConfigurationError, match="a window of 500 000 000 grid steps with 24 neurons has 12 000 000 000"
    ):
        configure("mountain-car", window_ms=1e8)


def test_what_fits_into_one_memory_is_refused_by_a_smaller_one(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"model": {"hidden": [1000, 1000]}}
    monkeypatch.setattr(network_size, "memory_bytes", lambda: 10**11)
    configure("mountain-car", settings)
    monkeypatch.setattr(network_size, "memory_bytes", lambda: 10**9)
    with pytest.raises(ConfigurationError, match="expected at most 1 GB for the whole run"):
        configure("mountain-car", settings)


def test_numbers_are_readable() -> None:
    assert [readable(n) for n in (0.25, 600, 1234, 1e9, 5e13)] == ["0.25", "600", "1 230", "1 000 000 000", "5e+13"]
