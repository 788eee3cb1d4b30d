"""Runs in lockstep: what each of them wants played is played as one batch, as soon as all of them wait for it.

A batch of a single run is small: what Python does in each window costs as much for 50 episodes as for 500. Elements of
a batch do not depend on each other, so a run ends as it would alone, bit for bit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from neurosim_rl.execution import Executor, SerialExecutor
from neurosim_rl.shares import Outcome, Share, play_share, play_shares

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
    runs = [_Paused(work) for work in works]
    try:
        for run in runs:
            run.go_on([])
        while waiting := [(run, run.wanted) for run in runs if run.wanted is not None]:
            kind = min(_kind(share) for _, share in waiting)
            alike = [(run, share) for run, share in waiting if _kind(share) == kind]
            for (run, _), outcomes in zip(alike, play_shares([share for _, share in alike]), strict=True):
                run.go_on(outcomes)
        return [run.result for run in runs]
    finally:
        for run in runs:
            run.abandon()


def _kind(share: Share) -> tuple[bool, bool]:
    """Return what shares must have in common to be played together."""
    return share.training, share.scored


class _Abandoned(BaseException):
    """Nobody waits for this work any more."""


class _Paused(SerialExecutor, Generic[R]):
    """A work that pauses wherever it wants a share played, until it is told what came of it.

    It is done in a thread, which keeps its place while it pauses, but only inside `go_on`, while the caller waits:
    never two at a time. So global state (random generators, NEST's kernel) is as safe as in a single thread.

    Parameters
    ----------
    work : callable
        Takes this executor.
    """

    wanted: Share | None = None
    """What it waits for; None: nothing, it is done or has not begun."""
    result: R

    def __init__(self, work: Callable[[Executor], R]) -> None:
        self._outcomes: list[Outcome] = []
        self._error: BaseException | None = None
        self._abandoned = False
        self._my_turn, self._your_turn = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._do, args=(work,), name="paused-run", daemon=True)
        self._thread.start()

    def go_on(self, outcomes: list[Outcome]) -> None:
        """Say what came of the wanted share, and wait until the work wants another, or is done.

        Raises
        ------
        BaseException
            Whatever the work raised.
        """
        self.wanted, self._outcomes = None, outcomes
        self._my_turn.release()
        self._your_turn.acquire()
        if self._error is not None:
            raise self._error

    def abandon(self) -> None:
        """End the work, where it pauses if it is not done."""
        self._abandoned = True
        self._my_turn.release()
        self._thread.join()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Pause for a share; call any other function here and now."""
        if function is not play_share:
            return super().submit(function, *arguments)
        (self.wanted,) = arguments
        self._your_turn.release()
        self._wait()
        future: Future[list[Outcome]] = Future()
        future.set_result(self._outcomes)
        return future

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
