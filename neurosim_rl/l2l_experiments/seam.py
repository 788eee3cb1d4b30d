"""Where this package meets L2L: ``Experiment.run_experiment`` and the name ``Runner`` in ``l2l.utils.environment``."""

from __future__ import annotations

import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Any, NoReturn

import cloudpickle
from l2l.utils import environment
from l2l.utils.experiment import Experiment

Around = Callable[[Any, Any, Any], AbstractContextManager[Any]]
"""From L2L's experiment, optimizer and optimizee: a context in which to run, which gives the optimizee to run."""


@contextmanager
def experiments_run_in(around: Around) -> Iterator[None]:
    """Let every ``Experiment.run_experiment`` in the ``with`` block run in a context of ours."""
    original = Experiment.run_experiment

    def run_experiment(experiment: Any, optimizer: Any, optimizee: Any, *args: Any, **kwargs: Any) -> Any:
        with around(experiment, optimizer, optimizee) as inner:
            return original(experiment, optimizer, inner, *args, **kwargs)

    with _replaced(Experiment, "run_experiment", run_experiment), ended_by_sigterm():
        yield


def runner_replaced(make: Callable[[Any, int], Any]) -> AbstractContextManager[None]:
    """Let L2L's ``Environment`` make its runner by ``make(trajectory, iterations)``."""
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
    """Let SIGTERM leave the ``with`` block as SystemExit, so that what has to be ended is ended.

    Nothing changes in other threads than the main one, or where the script handles SIGTERM itself.
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
    raise SystemExit(128 + signum)


def fitness_weights(optimizer: Any) -> tuple[float, ...]:
    """Return the weights of an L2L optimizer; (1.0,) if it has none."""
    return tuple(getattr(optimizer, "optimizee_fitness_weights", None) or (1.0,))


class ByValue:
    """An optimizee that is pickled by value, so that its class may stand in the user's script."""

    def __init__(self, optimizee: Any) -> None:
        self._optimizee = optimizee

    def __getattr__(self, name: str) -> Any:
        return getattr(self._optimizee, name)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the optimizee itself, not this wrapper, come out of the pickle."""
        return pickle.loads, (cloudpickle.dumps(self._optimizee),)
