"""The two places where this package replaces parts of L2L while an experiment runs.

They are the method ``Experiment.run_experiment``, and the name ``Runner`` in ``l2l.utils.environment``. L2L has no
option for either. Both are restored at the end.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Any, NoReturn

from l2l.utils import environment
from l2l.utils.experiment import Experiment

from neurosim_rl.execution.calls import call, packed_call

Around = Callable[[Any, Any, Any], AbstractContextManager[Any]]
"""A function of L2L's experiment, optimizer and optimizee. It returns a context manager in which the experiment runs,
and which gives the optimizee to use."""


@contextmanager
def experiments_run_in(around: Around) -> Iterator[None]:
    """Run each ``Experiment.run_experiment`` in the ``with`` block inside a context from `around`."""
    original = Experiment.run_experiment

    def run_experiment(experiment: Any, optimizer: Any, optimizee: Any, *args: Any, **kwargs: Any) -> Any:
        with around(experiment, optimizer, optimizee) as inner:
            return original(experiment, optimizer, inner, *args, **kwargs)

    with _replaced(Experiment, "run_experiment", run_experiment), ended_by_sigterm():
        yield


def runner_replaced(make: Callable[[Any, int], Any]) -> AbstractContextManager[None]:
    """Let L2L's ``Environment`` create its runner by ``make(trajectory, iterations)``."""
    return _replaced(environment, "Runner", make)


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM raise SystemExit in the ``with`` block, so that ``finally`` clauses end the workers.

    Without it, SIGTERM (``kill``, ``scancel``) ends Python at once and leaves the workers. Nothing changes outside of
    the main thread, or where the script handles SIGTERM itself.
    """
    ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    if ours:
        signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _leave(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signum)  # the exit code that a shell gives for a signal


def fitness_weights(optimizer: Any) -> tuple[float, ...]:
    """Return the weights of an L2L optimizer; (1.0,) if it has none."""
    return tuple(getattr(optimizer, "optimizee_fitness_weights", None) or (1.0,))


class ByValue:
    """A wrapper that pickles an optimizee by value.

    Plain pickle stores a class by its module's name. A class of the user's script has the module ``__main__``, which is
    another module in a worker.
    """

    def __init__(self, optimizee: Any) -> None:
        self._optimizee = optimizee

    def __getattr__(self, name: str) -> Any:
        return getattr(self._optimizee, name)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return a pickle that gives the optimizee itself, without this wrapper; plugins come with it."""
        return call, (packed_call(_unchanged, (self._optimizee,)),)


def _unchanged(optimizee: Any) -> Any:
    return optimizee
