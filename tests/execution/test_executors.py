"""Executors that need no worker, and how many workers there are; others are in ``test_contract.py``."""

import os
import subprocess
import sys

import pytest

from neurosim_rl.errors import ConfigurationError, GenomeError
from neurosim_rl.execution import (
    ProcessExecutor,
    SerialExecutor,
    create_executor,
    n_cores,
)
from tests.execution.calls import process_id, refuse, subtract


def test_results_of_the_serial_one_stand_in_the_order_of_the_arguments() -> None:
    executor = SerialExecutor()
    assert executor.map(subtract, range(10, 20), range(10)) == [10] * 10
    assert executor.map(subtract, range(5), [0] * 5) == [0, 1, 2, 3, 4]
    assert executor.map(subtract, [], []) == []


def test_an_error_in_the_serial_one_is_raised() -> None:
    with pytest.raises(GenomeError, match="2 is refused"):
        SerialExecutor().map(refuse, range(4))


def test_the_serial_one_is_this_process() -> None:
    assert SerialExecutor().submit(process_id).result() == os.getpid()


def test_workers_are_chosen_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    with create_executor(1) as one, create_executor(3) as three:
        assert isinstance(one, SerialExecutor)
        assert isinstance(three, ProcessExecutor)
        assert three.n_workers == 3
    monkeypatch.setattr("neurosim_rl.execution.processes.n_cores", lambda: 1)
    assert isinstance(create_executor(0), SerialExecutor)


def test_a_negative_number_of_workers_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"workers = -1 is out of range; expected at least 0"):
        create_executor(-1)


@pytest.mark.parametrize("name", ["processes", "dask"])
def test_workers_that_do_not_fit_into_memory_are_refused_before_one_starts(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("neurosim_rl.execution.processes.ProcessExecutor", _starts)
    monkeypatch.setattr("neurosim_rl.execution.dask_cluster.local_cluster", _starts)
    monkeypatch.setattr("neurosim_rl.execution.worker_limits.memory_bytes", lambda: 1_000_000_000)
    # A worker takes 0.1 GB, and eleven workers are this process and ten more.
    with pytest.raises(ConfigurationError, match=r"workers = 12 need about 1.1 GB .* at most 1 GB"):
        create_executor(12, {"name": name})
    with pytest.raises(_StartedError, match=r"^$"):
        create_executor(11, {"name": name})


class _StartedError(Exception):
    """Workers would have been started."""


def _starts(*arguments: object) -> None:
    raise _StartedError


@pytest.mark.parametrize("name", ["processes", "dask", "slurm", "slurm-jobs"])
def test_workers_that_no_cluster_has_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"workers = 1000000000 is out of range; expected .* at most 100000"):
        create_executor(10**9, {"name": name})


def test_the_cores_are_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    assert n_cores() == len(os.sched_getaffinity(0))
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert n_cores() == 1


def test_a_task_of_the_user_s_own_script_plays_in_worker_processes(tmp_path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "import numpy as np\n"
        "from neurosim_rl.evaluation.unseen_starts import evaluate\n"
        "from neurosim_rl.execution import ProcessExecutor\n"
        "from neurosim_rl.optimizees import CartPole\n"
        "class Mine(CartPole):\n"
        "    def scores(self, episodes):\n"
        "        return -episodes.returns\n"
        "if __name__ == '__main__':\n"
        "    mine = Mine()\n"
        "    vectors = [mine.parameters.to_vector(mine.create_individual()) for _ in range(2)]\n"
        "    with ProcessExecutor(1) as executor:\n"
        "        episodes = evaluate(mine, vectors, mine.training_elements(0, range(2)), executor)\n"
        "    print(len(episodes), bool((mine.scores(episodes) < 0).all()))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.stdout.split() == ["8", "True"], done.stderr
