"""Stages of a run beside its generations: each is named, marked in the run folder, and may fail."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from neurosim_rl.evaluation.attempt import Attempt, tried
from neurosim_rl.evaluation.dispatch import first_line
from neurosim_rl.execution import Executor, ProcessExecutor
from neurosim_rl.runs import RunFolder

T = TypeVar("T")

LOST = "WorkerLostError"
"""Part of the reason of a stage that ended its worker."""


class Stages:
    """The stages of one run, and the place where each is played. A context manager.

    A stage that ends the process of the run leaves its name in the run folder. The resumed run tries this stage once
    more, in a process of its own: a run that was merely killed ends as if it had not been, and a stage that ends this
    process, too, counts as failed.

    Parameters
    ----------
    executor : Executor
    folder : RunFolder or None
        None: no run, such as for an imported network.
    on_stage : callable
        Called with the name of each stage, before it begins.
    """

    def __init__(
        self, executor: Executor, folder: RunFolder | None = None, on_stage: Callable[[str], None] = lambda name: None
    ) -> None:
        self._executor, self._folder, self._on_stage = executor, folder, on_stage
        self._ended_in = ""
        if folder is not None:
            self._ended_in = folder.stage_left()
            folder.forget_stage()  # no stage is under way now
        self._own: ProcessExecutor | None = None
        self._given_up: dict[str, str] = {}

    def __enter__(self) -> Stages:
        """Return the stages themselves."""
        return self

    def __exit__(self, *exc: object) -> None:
        """End the process of a stage that was tried once more."""
        if self._own is not None:
            self._own.shutdown()

    def log(self, event: str) -> None:
        """Append a line to the run's log, if there is a run."""
        if self._folder is not None:
            self._folder.log(event)

    def call(self, name: str, function: Callable[[Executor], T]) -> Attempt[T]:
        """Call a function of an executor as a stage; an error becomes the failure, and a line in the log.

        Raises
        ------
        ExecutionError
            When the executor itself has failed.
        RunFolderError
            When the run folder was removed, or cannot be written.
        """
        if name in self._given_up:
            return Attempt(None, self._given_up[name])
        self._on_stage(name)
        # Where workers play the stage, its abort ends a worker: the run's process ended by something else.
        # A worker of a study may start no process; its study notices when it ends, too.
        alone = not self._executor.has_processes and not multiprocessing.current_process().daemon
        is_last_try = name == self._ended_in and alone
        executor = self._own_process(name) if is_last_try else self._executor
        with self._marked(name):
            outcome = tried(function, executor)
        if is_last_try:
            self._ended_in = ""
            if LOST in first_line(outcome.failure):
                self._given_up[name] = outcome.failure
        return outcome

    def _marked(self, name: str) -> AbstractContextManager[None]:
        return nullcontext() if self._folder is None else self._folder.under_way(name)

    def _own_process(self, name: str) -> ProcessExecutor:
        self.log(f"{name}: the run's process ended in this stage; it is tried once more, in a process of its own")
        if self._own is None:
            self._own = ProcessExecutor(1)
        return self._own
