"""Lockstep: several runs advance together, and their episodes are played as one batch.

A batch of a single run is small, and Python's share of the work in each window costs as much for 50 episodes as for
500. Elements of a batch do not depend on each other, so each run gives the same result as alone, bit for bit.

The code of a run is not written for this: it calls an executor and waits for the result. Each run therefore has its
own thread, with a special executor (`_PausedRun`). When the run submits a chunk, its thread pauses. When all runs have
paused, the chunks are joined and played; each run gets its part of the outcome, and continues. Only one thread runs at
any time: threads keep a run's place in its code, and are not for parallel work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from neurosim_rl.evaluation.chunks import Chunk, Outcome, play_chunk, play_chunks
from neurosim_rl.evaluation.nest_thread import nest_of
from neurosim_rl.execution import Executor, SerialExecutor

R = TypeVar("R")


def in_lockstep(works: Sequence[Callable[[Executor], R]]) -> list[R]:
    """Execute several runs in lockstep; return the result of each.

    Parameters
    ----------
    works : sequence of callable
        Functions that each execute one run, with an executor as argument. The optimizees of the runs differ in the
        seed only. An exception of one run ends all of them.
    """
    with ExitStack() as stack:
        runs = list(map(_PausedRun, works))
        for run in runs:
            stack.enter_context(run)
            run.resume()
        while True:
            waiting = [run for run in runs if run.chunk is not None]
            if not waiting:
                return [run.result for run in runs]
            _play_together(waiting)


def _play_together(waiting: Sequence[_PausedRun]) -> None:
    """Play the chunks of those runs that wait for the first kind of chunk."""
    by_kind: dict[tuple[bool, bool], list[tuple[_PausedRun, Chunk]]] = {}
    for run in waiting:
        chunk = run.chunk
        assert chunk is not None
        by_kind.setdefault(_kind(chunk), []).append((run, chunk))
    # Chunks that are not for training (validation) come first, because False < True. They are few; their runs then
    # join the others in training, instead of staying one generation behind.
    alike = by_kind[min(by_kind)]
    outcomes_of_all = play_chunks([chunk for _, chunk in alike])
    for (run, _), outcomes in zip(alike, outcomes_of_all, strict=True):
        run.resume(outcomes)


def _kind(chunk: Chunk) -> tuple[bool, bool]:
    """Return the properties that chunks must share in order to be joined."""
    return chunk.training, chunk.scored


class _AbandonedError(BaseException):
    """Ends the code of a run in lockstep; no Exception, so that the run's own handlers do not catch it."""


@dataclass(frozen=True)
class _Call:
    """A function to call in the caller's thread, with its arguments."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


class _PausedRun(Executor, Generic[R]):
    """A run that pauses at each chunk that it submits, until the caller resumes it with the outcome.

    The run has its own thread. It advances only inside `resume`, while the caller waits, so that no two threads run at
    the same time. Global state, such as random generators, is therefore as safe as in a single thread.

    NEST's kernel ends a process that uses it from another thread than before. All other functions that the run submits,
    NEST's included, are therefore called in the caller's thread; so are functions of the user's that make networks.

    The two semaphores pass the turn between the threads: ``_my_turn`` lets the run's thread continue, ``_your_turn``
    lets the caller's thread continue. The attributes are read and written only by the thread with the turn.

    Parameters
    ----------
    work : callable
        The code of the run; its argument is this executor.
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
        self._thread = threading.Thread(target=self._execute, args=(work,), name="paused-run", daemon=True)
        self._thread.start()

    # The following methods run in the caller's thread.

    @property
    def chunk(self) -> Chunk | None:
        """The chunk that the run waits for; None: the run is finished, or has not begun."""
        return self._wanted if isinstance(self._wanted, Chunk) else None

    def resume(self, outcomes: Sequence[Outcome] = ()) -> None:
        """Hand over the outcomes of the chunk; return when the run waits for the next chunk or is finished.

        Raises
        ------
        BaseException
            An exception of the run itself.
        """
        self._step(list(outcomes))
        while isinstance(self._wanted, _Call):
            self._step(SerialExecutor().submit(self._wanted.function, *self._wanted.arguments))

    def _step(self, answer: Any) -> None:
        """Give the turn to the run's thread, and wait for it to come back."""
        self._wanted, self._answer = None, answer
        self._my_turn.release()
        self._your_turn.acquire()
        if self._error is not None:
            raise self._error

    def shutdown(self) -> None:
        """End the run's thread: a run that is not finished ends where it pauses."""
        self._abandoned = True
        self._my_turn.release()
        self._thread.join()

    # The following methods run in the run's thread.

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Pause until the chunk has been played, or until another function has been called by the caller's thread."""
        if function is not play_chunk:
            return self._pause(_Call(function, arguments))
        future: Future[list[Outcome]] = Future()
        future.set_result(self._pause(*arguments))
        return future

    def call_in_nest_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Pause until the caller's thread has called a function; return its result."""
        return self.submit(function, *arguments).result()

    def _pause(self, wanted: Chunk | _Call) -> Any:
        """Return the caller's answer to a chunk or a call."""
        self._wanted = wanted
        self._your_turn.release()
        self._wait()
        return self._answer

    def _execute(self, work: Callable[[Executor], R]) -> None:
        try:
            self._wait()
            with nest_of(self):
                self.result = work(self)
        except BaseException as error:  # also an interrupt: the caller raises it
            self._error = error
        finally:
            self._your_turn.release()

    def _wait(self) -> None:
        self._my_turn.acquire()
        if self._abandoned:
            raise _AbandonedError
