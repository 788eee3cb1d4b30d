"""Calls that may fail without an end of the run: an error, ``sys.exit`` or a lost worker becomes a reason."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import cloudpickle

from neurosim_rl.errors import ExecutionError
from neurosim_rl.execution import Executor, WorkerLostError
from neurosim_rl.execution.watchdog import alarm_after, process_watchdog
from neurosim_rl.settings.user_code import reason_of

T = TypeVar("T")

TRIES = 2
"""Number of workers that one call ends before it counts as failed: a first death may have another cause."""


@dataclass(frozen=True)
class Attempt(Generic[T]):
    """Outcome of a call.

    Parameters
    ----------
    value : object or None
        Result of the call; None: it failed. A result without some parts has the failure of the first of them.
    failure : str
        Reason in one line, then the traceback; empty: nothing failed.
    """

    value: T | None
    failure: str = ""


def describe(error: BaseException) -> str:
    """Return the reason of an error in one line, with file and line in the user's code, then its traceback.

    Raises
    ------
    KeyboardInterrupt
        When the error is an interrupt: inside compiled code (numba) it arrives as the cause of a SystemError.
    """
    if isinstance(error.__cause__, KeyboardInterrupt):
        raise KeyboardInterrupt from error
    # HDF5 has no text with a zero byte.
    return f"{reason_of(error)}\n{traceback.format_exc()}".replace("\0", "\\0")


def tried(function: Callable[..., T], *arguments: Any, limit_s: float = 0.0) -> Attempt[T]:
    """Call a function in this thread; an error of it becomes the failure.

    Parameters
    ----------
    limit_s : float
        Time limit in s (see `neurosim_rl.execution.watchdog.alarm_after`); 0: no limit.

    Raises
    ------
    ExecutionError
        When an executor has failed: the run ends, and can be resumed.
    """
    try:
        with alarm_after(limit_s):
            return Attempt(function(*arguments))
    except ExecutionError:
        raise
    except (Exception, SystemExit) as error:
        return Attempt(None, describe(error))


def tried_on(executor: Executor, function: Callable[..., T], *arguments: Any, limit_s: float = 0.0) -> Attempt[T]:
    """Call a function in a worker, or in this process where the executor has none; an error becomes the failure.

    Parameters
    ----------
    limit_s : float
        Time in s after which a stuck worker is ended, or the call in this process is interrupted; 0: no limit.

    Raises
    ------
    ExecutionError
        When the executor itself has failed.
    """
    if not executor.has_processes:
        # NEST has one kernel for each process, and only one thread may use it.
        return executor.call_in_nest_thread(partial(tried, limit_s=limit_s), function, *arguments)
    call = cloudpickle.dumps((function, arguments))  # by value, if a class is defined in the user's script
    for _ in range(TRIES):
        try:
            return executor.submit(_tried_in_worker, call, limit_s).result()
        except WorkerLostError:
            continue
    return Attempt(None, f"WorkerLostError: its worker died or was stuck, {TRIES} times in a row")


def _tried_in_worker(call: bytes, limit_s: float) -> Attempt[Any]:
    function, arguments = cloudpickle.loads(call)
    with process_watchdog(limit_s):
        return tried(function, *arguments)
