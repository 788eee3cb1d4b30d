"""Dask's workers: a local cluster with its dashboard, a scheduler that runs already, and the loss of either."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from neurosim_rl.errors import ConfigurationError, ExecutionError, MissingExtraError
from neurosim_rl.execution import create_executor, dask_settings
from tests.execution.calls import be_stubborn, die_once, nap, process_id, subtract
from tests.execution.conftest import descendants

ROOT = Path(__file__).parents[2]


@pytest.fixture
def scheduler(tmp_path) -> Iterator[tuple[subprocess.Popen, Path]]:
    """A scheduler with one worker, as somebody else started them, and its file."""
    file = tmp_path / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    python = [sys.executable, "-m"]
    commands = [
        [
            *python,
            "distributed.cli.dask_scheduler",
            "--port",
            "0",
            "--no-dashboard",
            "--dashboard-address",
            "127.0.0.1:0",
        ],
        [*python, "distributed.cli.dask_worker", "--nthreads", "1", "--no-dashboard", "--death-timeout", "5"],
    ]
    processes = []
    for command in commands:
        with (tmp_path / "log").open("ab") as log:
            options = ["--scheduler-file", str(file)]
            processes.append(subprocess.Popen([*command, *options], env=environment, stdout=log, stderr=log))
    try:
        limit = time.monotonic() + 30
        while not file.exists() or not file.read_text():
            assert time.monotonic() < limit, (tmp_path / "log").read_text()
            time.sleep(0.05)
        yield processes[0], file
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(20)


def test_the_dashboard_is_announced_and_served(capfd: pytest.CaptureFixture[str]) -> None:
    with create_executor(1, {"name": "dask", "dashboard": "127.0.0.1:0"}) as executor:
        assert executor.map(subtract, [3], [1]) == [2]
        said = capfd.readouterr().err
        link = re.search(r"^dashboard: (http://127\.0\.0\.1:\d+/status)$", said, re.MULTILINE)
        assert link, said
        with urllib.request.urlopen(link[1], timeout=20) as answer:
            assert answer.status == 200
            assert b"Dask" in answer.read()


def test_nothing_is_printed_when_workers_die(capfd: pytest.CaptureFixture[str], tmp_path) -> None:
    with create_executor(2, {"name": "dask", "dashboard": ""}) as executor:
        assert executor.map(die_once, [tmp_path / "marker"], [5]) == [5]
        assert executor.map(subtract, range(4), [0] * 4) == [0, 1, 2, 3]
    assert capfd.readouterr() == ("", "")


def test_a_killed_worker_s_task_is_redone() -> None:
    with create_executor(2, {"name": "dask", "dashboard": ""}) as executor:
        (victim, *_) = executor.map(process_id, [0.0])
        futures = [executor.submit(nap, 1.0, k) for k in range(6)]
        time.sleep(0.5)
        psutil.Process(victim).kill()
        started = time.monotonic()
        assert [future.result(timeout=60) for future in futures] == list(range(6))
        assert time.monotonic() - started < 30
        assert victim not in executor.map(process_id, [0.0] * 4)


def test_an_error_that_cannot_be_pickled_is_told_in_words() -> None:
    with (
        create_executor(1, {"name": "dask", "dashboard": ""}) as executor,
        pytest.raises(RuntimeError, match="StubbornError: expected 1, got 2"),
    ):
        executor.map(be_stubborn, [0])


@pytest.mark.parametrize("by", ["address", "scheduler_file"])
def test_a_scheduler_that_runs_already_is_joined_and_left_running(scheduler, by: str) -> None:
    process, file = scheduler
    value = str(file) if by == "scheduler_file" else json.loads(file.read_text())["address"]
    before = descendants()
    for _ in range(2):
        with create_executor(0, {"name": "dask", by: value}) as executor:
            assert executor.n_workers == 1
            assert executor.map(subtract, range(5), [1] * 5) == [-1, 0, 1, 2, 3]
    assert process.poll() is None
    assert set(descendants()) >= set(before), "its worker was ended"


def test_a_scheduler_that_dies_ends_the_run_with_what_to_do(scheduler) -> None:
    process, file = scheduler
    with create_executor(0, {"name": "dask", "scheduler_file": str(file)}) as executor:
        future = executor.submit(nap, 60, 1)
        waiting = executor.submit(nap, 60, 2)
        time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
        started = time.monotonic()
        for each in (future, waiting):
            with pytest.raises(ExecutionError, match=r"are gone .*Finished generations are safe.*neurosim-rl resume"):
                each.result(timeout=30)
        assert time.monotonic() - started < 30
        with pytest.raises(ExecutionError, match="Finished generations are safe"):
            executor.submit(nap, 0, 3).result(timeout=30)


def test_workers_that_all_leave_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dask_settings.SETTINGS, "distributed.scheduler.no-workers-timeout", "2s")
    with create_executor(1, {"name": "dask", "dashboard": ""}) as executor:
        executor._client.retire_workers(close_workers=True)  # type: ignore[attr-defined]
        with pytest.raises(ExecutionError, match=r"NoWorkerError.*Finished generations are safe"):
            executor.submit(subtract, 2, 1).result(timeout=30)


def test_a_scheduler_that_is_not_there_is_refused() -> None:
    started = time.monotonic()
    with pytest.raises(ExecutionError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:1 .*Check the address"):
        create_executor(0, {"name": "dask", "address": "tcp://127.0.0.1:1"})
    assert time.monotonic() - started < 30


def test_a_scheduler_file_that_is_none_is_refused(tmp_path) -> None:
    (tmp_path / "wrong.json").write_text("{}")
    for name in ("missing.json", "wrong.json"):
        with pytest.raises(ExecutionError, match=rf"{name}.*expected a file from dask scheduler"):
            create_executor(0, {"name": "dask", "scheduler_file": str(tmp_path / name)})


def test_a_scheduler_without_enough_workers_is_told(scheduler) -> None:
    _, file = scheduler
    with pytest.raises(ExecutionError, match=r"1 of 3 workers have joined within 3 s \(execution\.start_limit_s\)"):
        create_executor(3, {"name": "dask", "scheduler_file": str(file), "start_limit_s": 3})


def test_two_schedulers_at_once_are_refused() -> None:
    table = {"name": "dask", "address": "tcp://127.0.0.1:1", "scheduler_file": "s.json"}
    with pytest.raises(ConfigurationError, match="both set; set one of them"):
        create_executor(0, table)


@pytest.mark.parametrize(("name", "package"), [("dask", "distributed"), ("slurm-jobs", "dask_jobqueue")])
def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch, name: str, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"'{package}' is not installed.*neurosim-rl\[hpc\]"):
        create_executor(1, {"name": name})
