"""One attempt to evaluate one individual: it gives a fitness, or a fault with its reason."""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn

import numpy as np

from neurosim_rl.execution.watchdog import process_watchdog
from neurosim_rl.l2l_experiments.policy import FaultPolicy
from neurosim_rl.optimizers.library_random import LibraryRandom
from neurosim_rl.seeds import Purpose, stream
from neurosim_rl.settings.user_code import reason_of


@dataclass(frozen=True)
class Fault:
    """The reason why an individual has no fitness, in one line, and the traceback if there is one."""

    reason: str
    trace: str = ""


def attempt(optimizee: Any, trajectory: Any, policy: FaultPolicy, *, expendable: bool) -> Any:
    """Return the fitness from ``optimizee.simulate_`` for ``trajectory.individual``, or a `Fault`.

    During the call, Python's and NumPy's global generators are seeded for this individual. An optimizee that draws
    from them therefore gives the same fitness in every process. Afterwards the generators are restored.

    Parameters
    ----------
    expendable : bool
        Whether this process may be ended when the individual exceeds the time limit inside a library.
    """
    individual = trajectory.individual
    sequence = stream(policy.seed, Purpose.LIBRARY, int(individual.generation), int(individual.ind_idx))
    try:
        with LibraryRandom(sequence).installed(), time_limit(policy.timeout_s, expendable):
            fitness = optimizee.simulate_(trajectory)
    except (Exception, SystemExit) as error:
        return fault_of(error)
    if _is_nan(fitness):
        return Fault(f"its fitness is {fitness!r}")
    return fitness


def fault_of(error: BaseException) -> Fault:
    """Return an exception as a fault."""
    return Fault(reason_of(error), "".join(traceback.format_exception(error)))


def _is_nan(fitness: Any) -> bool:
    """Whether a fitness contains NaN or is None. Anything else that is no number is left to the optimizer."""
    try:
        return bool(np.isnan(np.asarray(fitness, dtype=float)).any())
    except (TypeError, ValueError):
        return False


@contextmanager
def time_limit(seconds: float, expendable: bool) -> Iterator[None]:
    """Raise TimeoutError in the ``with`` block after a time limit; 0: no limit.

    The error is raised by a signal. Python delivers signals between its own instructions only, and in the main thread
    only. An expendable process that stays in a library for twice the limit is therefore ended by a watchdog; outside
    of the main thread, after the limit itself.
    """
    if not seconds:
        yield
        return
    by_signal = threading.current_thread() is threading.main_thread()
    watchdog_s = 0.0
    if expendable:
        watchdog_s = 2 * seconds if by_signal else seconds
    with process_watchdog(watchdog_s):
        before = _set_alarm(seconds) if by_signal else None
        try:
            yield
        finally:
            if before is not None:
                signal.setitimer(signal.ITIMER_REAL, *before[1])
                signal.signal(signal.SIGALRM, before[0])


def _set_alarm(seconds: float) -> tuple[Any, tuple[float, float]]:
    """Set the alarm; return the handler and the timer from before."""

    def expire(signum: int, frame: FrameType | None) -> NoReturn:
        raise TimeoutError(f"the individual took longer than timeout_s = {seconds:g} s")

    handler = signal.signal(signal.SIGALRM, expire)
    return handler, signal.setitimer(signal.ITIMER_REAL, seconds)
