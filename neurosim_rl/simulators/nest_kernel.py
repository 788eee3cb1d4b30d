"""NEST's kernel, of which each process has one: who holds it, and how it is emptied."""

from __future__ import annotations

import weakref

import nest

from neurosim_rl.errors import SimulatorError
from neurosim_rl.simulators.base import Simulator

_owner: weakref.ref[Simulator] | None = None
"""The simulator that holds this process's one kernel."""


def hold(simulator: Simulator) -> weakref.finalize:
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
    if nest.network_size > 0:
        raise SimulatorError(
            f"the NEST kernel of this process holds {nest.network_size} nodes that are not neurosim-rl's, "
            "and building would delete them. Call nest.ResetKernel() first, or start another process."
        )
    _owner = weakref.ref(simulator)
    return weakref.finalize(simulator, reset)


def let_go(simulator: Simulator) -> None:
    """Let another simulator hold the kernel, if this one does."""
    global _owner
    if _owner is not None and _owner() is simulator:
        _owner = None


def reset() -> None:
    """Empty the kernel; resetting also resets the verbosity, so that is set each time."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
