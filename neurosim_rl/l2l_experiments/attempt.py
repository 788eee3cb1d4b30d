"""One try to evaluate one individual: a fitness, or the fault that prevented it."""

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


@dataclass(frozen=True)
class Fault:
    """Why an individual has no fitness: one line, and a traceback if there is one."""

    reason: str
    trace: str = ""


def attempt(optimizee: Any, trajectory: Any, policy: FaultPolicy, *, expendable: bool) -> Any:
    """Return what ``optimizee.simulate_`` gives for ``trajectory.individual``, or a `Fault`.

    Python's and NumPy's global generators are seeded for the individual meanwhile and restored afterwards, so that
    an optimizee that draws from them gives the same fitness in every process.

    Parameters
    ----------
    expendable : bool
        Whether this process may be ended when the individual exceeds the time limit deep inside a library.
    """
    individual = trajectory.individual
    sequence = stream(policy.seed, Purpose.LIBRARY, int(individual.generation), int(individual.ind_idx))
    try:
        with LibraryRandom(sequence).installed(), time_limit(policy.timeout_s, expendable):
            fitness = optimizee.simulate_(trajectory)
    except (Exception, SystemExit) as error:
        return fault_of(error)
    return Fault(f"its fitness is {fitness!r}") if _is_nan(fitness) else fitness


def fault_of(error: BaseException) -> Fault:
    """Return the fault that an exception stands for."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return Fault(reason, "".join(traceback.format_exception(error)))


def _is_nan(fitness: Any) -> bool:
    """Whether a number in the fitness is NaN, or there is none; what is no number is the optimizer's to judge."""
    try:
        return bool(np.isnan(np.asarray(fitness, dtype=float)).any())
    except (TypeError, ValueError):
        return False


@contextmanager
def time_limit(seconds: float, expendable: bool) -> Iterator[None]:
    """Raise TimeoutError in the block after so many seconds; 0: never.

    A signal does it, which Python delivers only between its own instructions and only to the main thread. A process
    that is expendable is ended when it is stuck as long again, or at once where no signal can be delivered.
    """
    if not seconds:
        yield
        return
    by_signal = threading.current_thread() is threading.main_thread()
    late = 2 * seconds if by_signal else seconds
    with process_watchdog(late if expendable else 0.0):
        before = _set_alarm(seconds) if by_signal else None
        try:
            yield
        finally:
            if before is not None:
                signal.setitimer(signal.ITIMER_REAL, *before[1])
                signal.signal(signal.SIGALRM, before[0])


def _set_alarm(seconds: float) -> tuple[Any, tuple[float, float]]:
    """Set the alarm; return the handler and the timer that were there."""

    def expire(signum: int, frame: FrameType | None) -> NoReturn:
        raise TimeoutError(f"the individual took longer than timeout_s = {seconds:g} s")

    handler = signal.signal(signal.SIGALRM, expire)
    return handler, signal.setitimer(signal.ITIMER_REAL, seconds)
