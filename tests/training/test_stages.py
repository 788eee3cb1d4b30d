"""Stages of a run: named, marked, and tried once more in a process of their own after the end of the run's process."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import Future
from typing import Any

import pytest

from neurosim_rl.errors import ExecutionError
from neurosim_rl.evaluation.attempt import Attempt
from neurosim_rl.execution import Executor, SerialExecutor, WorkerLostError
from neurosim_rl.runs import RunFolder
from neurosim_rl.training import stages
from neurosim_rl.training.stages import Stages


class OwnProcess(SerialExecutor):
    """Stands for a process of its own, which may die."""

    has_processes = True
    dies = False
    n_open = 0

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers
        OwnProcess.n_open += 1

    def submit(self, function: Any, *arguments: Any) -> Future[Any]:
        if not self.dies:
            return super().submit(function, *arguments)
        future: Future[Any] = Future()
        future.set_exception(WorkerLostError("it died"))
        return future

    def shutdown(self) -> None:
        OwnProcess.n_open -= 1


@pytest.fixture(autouse=True)
def own_process(monkeypatch: pytest.MonkeyPatch) -> type[OwnProcess]:
    monkeypatch.setattr(stages, "ProcessExecutor", OwnProcess)
    monkeypatch.setattr(OwnProcess, "dies", False)
    return OwnProcess


def where(executor: Executor) -> str:
    return executor.submit(type(executor).__name__.lower).result()


def test_a_stage_has_its_name_in_the_folder_while_it_lasts(folder: RunFolder) -> None:
    seen: list[str] = []
    with Stages(SerialExecutor(), folder, seen.append) as found:
        assert found.call("one", lambda _: folder.stage_left()) == Attempt("one")
        assert found.call("two", lambda _: 1 / 0).failure.startswith("ZeroDivisionError: division by zero\n")
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            found.call("three", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    assert folder.stage_left() == ""
    assert seen == ["one", "two", "three"]


def test_the_stage_in_which_the_process_ended_is_tried_once_more_elsewhere(folder: RunFolder) -> None:
    folder.stage_path.write_text("two")
    with Stages(SerialExecutor(), folder) as found:
        assert folder.stage_left() == ""
        places = [found.call(name, where).value for name in ("one", "two", "two")]
        assert OwnProcess.n_open == 1
    assert places == ["serialexecutor", "ownprocess", "serialexecutor"]
    assert OwnProcess.n_open == 0
    assert folder.log_path.read_text().count("tried once more, in a process of its own") == 1


def test_a_stage_that_ends_this_process_too_is_skipped_from_then_on(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OwnProcess, "dies", True)
    folder.stage_path.write_text("two")
    calls: list[str] = []

    def call(executor: Executor) -> str:
        calls.append(type(executor).__name__)
        return where(executor)

    with Stages(SerialExecutor(), folder) as found:
        failures = [found.call("two", call).failure.partition("\n")[0] for _ in range(3)]
    assert failures == ["WorkerLostError: it died"] * 3
    assert calls == ["OwnProcess"]


def test_workers_need_no_process_beside_them(folder: RunFolder) -> None:
    folder.stage_path.write_text("two")
    with Stages(OwnProcess(2), folder) as found:
        assert found.call("two", lambda executor: executor.n_workers).value == 2
    OwnProcess.n_open = 0


def test_a_daemonic_worker_which_may_start_no_process_plays_the_stage_itself(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(folder), "stage_left", lambda self: "validation")
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)  # type: ignore[attr-defined]
    with Stages(SerialExecutor(), folder, lambda name: None) as found:
        assert found.call("validation", where) == Attempt("serialexecutor")


def test_an_executor_that_has_failed_is_no_failure_of_the_stage(folder: RunFolder) -> None:
    def fail(executor: Executor) -> None:
        raise ExecutionError("no workers are left")

    with Stages(SerialExecutor(), folder) as found, pytest.raises(ExecutionError, match="no workers are left"):
        found.call("one", fail)


def test_without_a_run_stages_leave_nothing_behind() -> None:
    with Stages(SerialExecutor()) as found:
        found.log("nowhere")
        assert found.call("one", where).value == "serialexecutor"
