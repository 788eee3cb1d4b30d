"""Executors: results in order, errors here, workers with kernels of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from neurosim_rl.errors import ConfigurationError, GenomeError
from neurosim_rl.execution import (
    Executor,
    ProcessExecutor,
    SerialExecutor,
    WorkerLostError,
    create_executor,
    n_cores,
)
from tests.execution.calls import die, process_id, refuse, subtract


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessExecutor(2) as executor:
        yield executor


@pytest.fixture(params=["serial", "processes"])
def executor(request: pytest.FixtureRequest) -> Executor:
    return SerialExecutor() if request.param == "serial" else request.getfixturevalue("processes")


def test_results_stand_in_the_order_of_the_arguments(executor: Executor) -> None:
    assert executor.map(subtract, range(10, 20), range(10)) == [10] * 10
    assert executor.map(subtract, range(5), [0] * 5) == [0, 1, 2, 3, 4]
    assert executor.map(subtract, [], []) == []


def test_an_error_elsewhere_is_raised_here(executor: Executor) -> None:
    with pytest.raises(GenomeError, match="2 is refused"):
        executor.map(refuse, range(4))
    assert executor.map(refuse, [0, 1]) == [0, 1]


def test_processes_are_others_than_this_one(processes: Executor) -> None:
    assert os.getpid() not in processes.map(process_id, [0] * 4)
    assert set(SerialExecutor().map(process_id, [0] * 4)) == {os.getpid()}


def test_a_worker_that_dies_is_noticed_and_replaced() -> None:
    with ProcessExecutor(1) as executor:
        for _ in range(2):
            with pytest.raises(WorkerLostError, match="terminated"):
                executor.map(die, [0])
        assert executor.map(subtract, [3], [1]) == [2]


def test_workers_end_soon_after_their_parent_was_killed(tmp_path) -> None:
    code = (
        "import os, time\n"
        "from neurosim_rl.execution import ProcessExecutor\n"
        "executor = ProcessExecutor(2)\n"
        "executor.map(time.sleep, [0.2, 0.2])\n"
        "print(*executor._pool._processes, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    workers = [int(pid) for pid in done.stdout.split()]
    assert len(workers) == 2
    deadline = time.monotonic() + 20
    while any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in workers):
        assert time.monotonic() < deadline, "a worker outlived its parent by 20 s"
        time.sleep(0.1)


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
        "    with ProcessExecutor(2) as executor:\n"
        "        episodes = evaluate(mine, vectors, mine.training_elements(0, range(2)), executor)\n"
        "    print(len(episodes), bool((mine.scores(episodes) < 0).all()))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["8", "True"], done.stderr
