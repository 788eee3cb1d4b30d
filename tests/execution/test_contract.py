"""The contract of executors, for every execution that is registered."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.errors import GenomeError
from neurosim_rl.evaluation.unseen_starts import evaluate
from neurosim_rl.execution import Executor, SerialExecutor, WorkerLostError, create_executor
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.settings.plugins import allow
from neurosim_rl.training.configure import configure
from tests.execution.calls import die, die_once, meet, module_of_encoder, nap, refuse, subtract
from tests.execution.conftest import EVERYWHERE, granted, table
from tests.own_parts import LATENCY


@pytest.fixture(scope="module", params=EVERYWHERE)
def executor(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    """Two workers."""
    options = table(request.param, tmp_path_factory.mktemp("logs"))
    if not request.param.startswith("slurm"):
        with create_executor(2, options) as executor:
            yield executor
        return
    slurm = request.getfixturevalue("slurm")
    slurm.wait_until_idle()
    if request.param == "slurm":
        with granted(slurm), create_executor(2, options) as executor:
            yield executor
    else:
        with create_executor(2, options) as executor:
            yield executor


def test_results_stand_in_the_order_of_the_arguments(executor: Executor) -> None:
    assert executor.map(subtract, range(10, 20), range(10)) == [10] * 10
    assert executor.map(nap, [0.2, 0, 0.1, 0], range(4)) == [0, 1, 2, 3]
    assert executor.map(subtract, [], []) == []


def test_an_error_elsewhere_is_raised_here(executor: Executor) -> None:
    with pytest.raises(GenomeError, match="2 is refused") as caught:
        executor.map(refuse, range(4))
    assert "calls.py" in str(caught.value.__cause__), "the worker's traceback is lost"
    assert executor.map(refuse, [0, 1]) == [0, 1]


def test_workers_have_a_plugin_before_they_look_a_name_up(executor: Executor, no_plugins: Path) -> None:
    (no_plugins / "mine.py").write_text(LATENCY)
    allow("mine")
    assert executor.map(module_of_encoder, ["my-latency"] * 2) == ["mine"] * 2


def test_every_worker_is_used_and_none_is_this_process(executor: Executor, tmp_path) -> None:
    assert executor.n_workers == 2
    pids = executor.map(meet, [tmp_path] * 2, [2] * 2)
    assert len(set(pids)) == 2
    assert os.getpid() not in pids


def test_functions_and_arrays_of_any_kind_can_be_sent(executor: Executor) -> None:
    scale, array = 3.0, np.arange(1_000_000.0)
    (result,) = executor.map(lambda a: a * scale, [array])
    np.testing.assert_array_equal(result, array * 3)


def test_a_worker_that_dies_costs_at_most_what_it_held(executor: Executor, tmp_path) -> None:
    doomed = executor.submit(die_once, tmp_path / "marker", 7)
    with suppress(WorkerLostError):  # allowed: whoever evaluates tries again
        assert doomed.result() == 7
    assert (tmp_path / "marker").exists()
    assert executor.map(subtract, range(4), [0] * 4) == [0, 1, 2, 3]


def test_a_task_that_kills_its_workers_is_given_up_and_costs_nobody_else(executor: Executor) -> None:
    doomed = executor.submit(die, 0)
    if type(executor).__name__ != "ProcessExecutor":
        others = [executor.submit(nap, 0.05, k) for k in range(5)]
        assert [other.result() for other in others] == list(range(5))
        reason = "3 workers died of this task"
    else:  # loky's pool breaks as a whole: every open task is lost with it, and whoever evaluates tries again
        reason = "terminated"
    with pytest.raises(WorkerLostError, match=reason):
        doomed.result()
    assert executor.map(subtract, range(4), [0] * 4) == [0, 1, 2, 3]


def test_a_cancelled_future_ends_and_disturbs_nobody(executor: Executor) -> None:
    futures = [executor.submit(nap, 0.2, k) for k in range(8)]
    assert futures[-1].cancel()
    for future in futures:
        future.cancel()
    assert executor.map(subtract, [5], [1]) == [4]


def test_episodes_do_not_depend_on_who_plays_them(executor: Executor) -> None:
    short = {"environment": {"kwargs": {"max_episode_steps": 12}}, "batch_size": 3}
    optimizee = create_optimizee(configure("cart-pole", short, {"encoder": {"name": "poisson"}}))
    rng = np.random.default_rng(0)
    vectors = [optimizee.parameters.sample(rng) for _ in range(2)]
    elements = optimizee.training_elements(0, range(2))
    here = evaluate(optimizee, vectors, elements, SerialExecutor())
    there = evaluate(optimizee, vectors, elements, executor)
    for name in ("start_seeds", "returns", "lengths", "observation_max", "observed", "spikes"):
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name))
    assert here.spikes.sum() > 0
