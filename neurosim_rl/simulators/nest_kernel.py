"""NEST's kernel, of which each process has one: who holds it, and how it is emptied."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.simulators.nest_library import nest
from neurosim_rl.simulators.nest_modules import install


class KernelHolder(Protocol):
    """A simulator that holds the kernel, and can give its batch up."""

    def vacate(self) -> None:
        """Give the batch up."""


_NOT_RESET = {"eprop_learning_window": 1000.0, "eprop_reset_neurons_on_update": True, "eprop_update_interval": 1000.0}
"""Defaults of the properties that ``ResetKernel`` of NEST 3.10 leaves as they are: functions may have set them."""
_owner: weakref.ref[KernelHolder] | None = None
"""The simulator that holds this process's one kernel."""


def hold(simulator: KernelHolder) -> weakref.finalize:
    """Let a simulator hold the kernel; return what empties it, when called or when the simulator is lost.

    Raises
    ------
    SimulatorError
        When another simulator holds it, or it has nodes that somebody else made.
    """
    global _owner
    if _owner is not None and _owner() is not None:
        raise SimulatorError(
            "another NestSimulator is open in this process, and NEST has one kernel a process. "
            "Close it first (it is a context manager), or start another process."
        )
    _check_empty()
    _owner = weakref.ref(simulator)
    return weakref.finalize(simulator, reset)


def _check_empty() -> None:
    if nest.network_size > 0:
        raise SimulatorError(
            f"the NEST kernel of this process holds {nest.network_size} nodes that are not neurosim-rl's, "
            "and building would delete them. Call nest.ResetKernel() first, or start another process."
        )


def let_go(simulator: KernelHolder) -> None:
    """Let another simulator hold the kernel, if this one does."""
    global _owner
    if _owner is not None and _owner() is simulator:
        _owner = None


def reset(modules: Sequence[NestModule] = ()) -> None:
    """Empty the kernel, and install modules in it: resetting forgets them. It also resets the verbosity."""
    nest.ResetKernel()
    nest.set(**_NOT_RESET)
    nest.verbosity = nest.VerbosityLevel.ERROR
    for module in modules:
        install(module)


@contextmanager
def scratch(modules: Sequence[NestModule] = ()) -> Iterator[None]:
    """Give an empty kernel for networks that a function of the user makes; it is empty again at the end.

    A simulator that holds the kernel gives its batch up: models make networks before a simulator builds them.

    Raises
    ------
    SimulatorError
        When the kernel has nodes that somebody else made.
    """
    holder = None if _owner is None else _owner()
    if holder is None:
        _check_empty()
    else:
        holder.vacate()
    reset(modules)
    try:
        yield
    finally:
        reset()
