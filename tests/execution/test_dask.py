"""Dask's workers: a local cluster with its dashboard, a scheduler that runs already, and the loss of either."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dask
import psutil
import pytest

from neurosim_rl.errors import ConfigurationError, ExecutionError, MissingExtraError
from neurosim_rl.execution import create_executor, dask_cluster, dask_settings
from neurosim_rl.execution.certificates import certified
from neurosim_rl.execution.dask_settings import worker_environment
from tests.execution.calls import be_stubborn, die_once, hold, holders, process_id, subtract
from tests.execution.conftest import descendants
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]


@contextmanager
def foreign_scheduler(folder: Path, **variables: str) -> Iterator[tuple[subprocess.Popen, Path]]:
    """Run a scheduler with one worker, as somebody else would start them; give its process and its file."""
    file, log_path = folder / "scheduler.json", folder / "log"
    environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT)}
    scheduler = ["dask_scheduler", "--port", "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    worker = ["dask_worker", "--nthreads", "1", "--no-dashboard", "--death-timeout", "5", "--no-nanny"]
    processes = []
    for name, *options in (scheduler, worker):
        command = [sys.executable, "-m", f"distributed.cli.{name}", *options, "--scheduler-file", str(file)]
        with log_path.open("ab") as log:
            processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))

    def stopped() -> str | None:
        return log_path.read_text() if any(process.poll() is not None for process in processes) else None

    try:
        wait_until(lambda: "Registered to" in log_path.read_text(), "the worker joins the scheduler", stopped)
        yield processes[0], file
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen, Path]]:
    """A scheduler with one worker that runs already."""
    with foreign_scheduler(tmp_path_factory.mktemp("dask")) as started:
        yield started


def test_the_dashboard_is_announced_and_served(capfd: pytest.CaptureFixture[str]) -> None:
    with create_executor(1, {"name": "dask", "dashboard": "127.0.0.1:0"}) as executor:
        assert executor.map(subtract, [3], [1]) == [2]
        said = capfd.readouterr().err
        link = re.search(r"^dashboard: (http://127\.0\.0\.1:\d+/status)$", said, re.MULTILINE)
        assert link, said
        with urllib.request.urlopen(link[1]) as answer:
            assert answer.status == 200
            assert b"Dask" in answer.read()


def test_nothing_is_printed_when_workers_die(capfd: pytest.CaptureFixture[str], tmp_path) -> None:
    with create_executor(2, {"name": "dask", "dashboard": ""}) as executor:
        assert executor.map(die_once, [tmp_path / "marker"], [5]) == [5]
        assert executor.map(subtract, range(4), [0] * 4) == [0, 1, 2, 3]
    assert capfd.readouterr() == ("", "")


def test_a_killed_worker_s_task_is_redone(tmp_path) -> None:
    with create_executor(2, {"name": "dask", "dashboard": ""}) as executor:
        futures = [executor.submit(hold, tmp_path, k) for k in range(6)]
        wait_until(lambda: len(holders(tmp_path)) == 2, "both workers work")
        victim = holders(tmp_path)[0]
        psutil.Process(victim).kill()
        (tmp_path / "go").touch()
        assert [future.result() for future in futures] == list(range(6))
        assert victim not in [executor.submit(process_id).result() for _ in range(4)]


def test_an_error_that_cannot_be_pickled_is_told_in_words() -> None:
    with (
        create_executor(1, {"name": "dask", "dashboard": ""}) as executor,
        pytest.raises(RuntimeError, match="StubbornError: expected 1, got 2"),
    ):
        executor.map(be_stubborn, [0])


@pytest.mark.parametrize("by", ["address", "scheduler_file"])
def test_a_scheduler_that_runs_already_is_joined_and_left_running(scheduler, by: str, capfd) -> None:
    process, file = scheduler
    value = str(file) if by == "scheduler_file" else json.loads(file.read_text())["address"]
    before = descendants()
    for _ in range(2):
        with create_executor(0, {"name": "dask", by: value}) as executor:
            assert executor.n_workers == 1
            assert executor.map(subtract, range(5), [1] * 5) == [-1, 0, 1, 2, 3]
    assert process.poll() is None
    assert set(descendants()) >= set(before), "its worker was ended"
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all("has no TLS: whoever reaches its port can run code as its user" in line for line in lines)


def test_a_scheduler_with_certificates_is_joined_by_those_of_dask_s_settings(tmp_path, capfd) -> None:
    settings = certified(tmp_path)
    with foreign_scheduler(tmp_path, **worker_environment(settings)) as (_, file):
        with pytest.raises(ExecutionError, match=r"no Dask scheduler at tls://.*distributed\.comm\.tls"):
            create_executor(0, {"name": "dask", "scheduler_file": str(file)})
        with (
            dask.config.set(settings),
            create_executor(0, {"name": "dask", "scheduler_file": str(file)}) as executor,
        ):
            assert executor.map(subtract, range(5), [1] * 5) == [-1, 0, 1, 2, 3]
    assert capfd.readouterr().err == ""


def test_a_scheduler_that_dies_ends_the_run_with_what_to_do(tmp_path) -> None:
    with (
        foreign_scheduler(tmp_path) as (process, file),
        create_executor(0, {"name": "dask", "scheduler_file": str(file)}) as executor,
    ):
        (tmp_path / "held").mkdir()
        futures = [executor.submit(hold, tmp_path / "held", value) for value in range(2)]
        wait_until(lambda: len(holders(tmp_path / "held")) == 1, "the worker works")
        process.send_signal(signal.SIGKILL)
        for each in futures:
            with pytest.raises(ExecutionError, match=r"are gone .*Finished generations are safe.*neurosim-rl resume"):
                each.result()
        with pytest.raises(ExecutionError, match="Finished generations are safe"):
            executor.submit(process_id).result()


def test_workers_that_all_leave_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dask_settings.SETTINGS, "distributed.scheduler.no-workers-timeout", "2s")
    with create_executor(1, {"name": "dask", "dashboard": ""}) as executor:
        executor._client.retire_workers(close_workers=True)  # type: ignore[attr-defined]
        with pytest.raises(ExecutionError, match=r"NoWorkerError.*Finished generations are safe"):
            executor.submit(subtract, 2, 1).result()


def test_a_scheduler_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "RECONNECT_LIMIT_S", 1.0)
    with pytest.raises(ExecutionError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:1 .*Check the address"):
        create_executor(0, {"name": "dask", "address": "tcp://127.0.0.1:1"})


def test_a_scheduler_file_that_is_none_is_refused(tmp_path) -> None:
    (tmp_path / "wrong.json").write_text("{}")
    for name in ("missing.json", "wrong.json"):
        with pytest.raises(ExecutionError, match=rf"{name}.*expected a file from dask scheduler"):
            create_executor(0, {"name": "dask", "scheduler_file": str(tmp_path / name)})


@pytest.mark.parametrize("mode", [0o660, 0o602])
def test_a_scheduler_file_that_others_can_write_is_refused(mode: int, tmp_path) -> None:
    file = tmp_path / "scheduler.json"
    file.write_text('{"address": "tcp://127.0.0.1:1"}')
    file.chmod(mode)
    with pytest.raises(ExecutionError, match=r"expected a file that only you can write.*chmod 600 .*scheduler\.json"):
        create_executor(0, {"name": "dask", "scheduler_file": str(file)})


def test_a_scheduler_without_enough_workers_is_told(scheduler) -> None:
    _, file = scheduler
    with pytest.raises(ExecutionError, match=r"1 of 3 workers have joined within 1 s \(execution\.start_limit_s\)"):
        create_executor(3, {"name": "dask", "scheduler_file": str(file), "start_limit_s": 1})


def test_two_schedulers_at_once_are_refused() -> None:
    table = {"name": "dask", "address": "tcp://127.0.0.1:1", "scheduler_file": "s.json"}
    with pytest.raises(ConfigurationError, match="both set; set one of them"):
        create_executor(0, table)


@pytest.mark.parametrize(("name", "package"), [("dask", "distributed"), ("slurm-jobs", "dask_jobqueue")])
def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch, name: str, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"'{package}' is not installed.*neurosim-rl\[hpc\]"):
        create_executor(1, {"name": name})
