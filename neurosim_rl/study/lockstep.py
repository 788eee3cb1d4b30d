"""Runs in lockstep: what each of them wants played is played as one batch, as soon as all of them wait for it.

A batch of a single run is small: what Python does in each window costs as much for 50 episodes as for 500. Elements of
a batch do not depend on each other, so a run ends as it would alone, bit for bit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from neurosim_rl.evaluation.chunks import Chunk, Outcome, play_chunk, play_chunks
from neurosim_rl.execution import Executor, SerialExecutor

R = TypeVar("R")


def in_lockstep(works: Sequence[Callable[[Executor], R]]) -> list[R]:
    """Do several works, and play their shares together; return what each returned.

    Episodes that are not for training come first: they are few, and those who wanted them then train with the others.

    Parameters
    ----------
    works : sequence of callable
        Each takes the executor that plays its shares. Their optimizees differ in nothing but the seed. An error that
        one lets out ends them all.
    """
    with ExitStack() as stack:
        runs = [_Paused(work) for work in works]
        for run in runs:
            stack.enter_context(run)
            run.go_on()
        while waiting := [(run, run.share) for run in runs if run.share is not None]:
            kind = min(_kind(share) for _, share in waiting)
            alike = [(run, share) for run, share in waiting if _kind(share) == kind]
            for (run, _), outcomes in zip(alike, play_chunks([share for _, share in alike]), strict=True):
                run.go_on(outcomes)
        return [run.result for run in runs]


def _kind(share: Chunk) -> tuple[bool, bool]:
    """Return what shares must have in common to be played together."""
    return share.training, share.scored


class _Abandoned(BaseException):
    """Nobody waits for this work any more."""


@dataclass(frozen=True)
class _Call:
    """A function that the caller shall call."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


class _Paused(Executor, Generic[R]):
    """A work that pauses wherever it wants a share played, until it is told what came of it.

    It is done in a thread, which keeps its place while it pauses, but only inside `go_on`, while the caller waits:
    never two at a time. So global state, such as random generators, is as safe as in a single thread. What NEST does
    is done in the caller's thread: its kernel ends a process that uses it from another one.

    Parameters
    ----------
    work : callable
        Takes this executor.
    """

    n_workers = 1
    has_processes = False
    result: R

    def __init__(self, work: Callable[[Executor], R]) -> None:
        self._wanted: Chunk | _Call | None = None
        self._answer: Any = None
        self._error: BaseException | None = None
        self._abandoned = False
        self._my_turn, self._your_turn = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._do, args=(work,), name="paused-run", daemon=True)
        self._thread.start()

    # --- in the caller's thread ---

    @property
    def share(self) -> Chunk | None:
        """What it wants played; None: nothing, it is done or has not begun."""
        return self._wanted if isinstance(self._wanted, Chunk) else None

    def go_on(self, outcomes: Sequence[Outcome] = ()) -> None:
        """Say what came of the share, and wait until the work wants another, or is done.

        Raises
        ------
        BaseException
            Whatever the work raised.
        """
        self._step(list(outcomes))
        while isinstance(self._wanted, _Call):
            self._step(SerialExecutor().submit(self._wanted.function, *self._wanted.arguments))

    def _step(self, answer: Any) -> None:
        self._wanted, self._answer = None, answer
        self._my_turn.release()
        self._your_turn.acquire()
        if self._error is not None:
            raise self._error

    def shutdown(self) -> None:
        """End the work, where it pauses if it is not done."""
        self._abandoned = True
        self._my_turn.release()
        self._thread.join()

    # --- in the work's thread ---

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Pause for a share, or for any other function that the caller calls."""
        if function is not play_chunk:
            return self._pause(_Call(function, arguments))
        future: Future[list[Outcome]] = Future()
        future.set_result(self._pause(*arguments))
        return future

    def here(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Pause until the caller has called a function."""
        return self.submit(function, *arguments).result()

    def _pause(self, wanted: Chunk | _Call) -> Any:
        self._wanted = wanted
        self._your_turn.release()
        self._wait()
        return self._answer

    def _do(self, work: Callable[[Executor], R]) -> None:
        try:
            self._wait()
            self.result = work(self)
        except BaseException as error:
            self._error = error
        finally:
            self._your_turn.release()

    def _wait(self) -> None:
        self._my_turn.acquire()
        if self._abandoned:
            raise _Abandoned
