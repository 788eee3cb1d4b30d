"""Simulators: each holds a batch of networks and advances them all by one window."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.settings.checks import lookup
from neurosim_rl.simulators.base import Simulator

SIMULATORS: dict[str, str] = {
    "auto": "neurosim_rl.simulators.auto:AutoSimulator",
    "compiled": "neurosim_rl.simulators.compiled:CompiledSimulator",
    "nest": "neurosim_rl.simulators.nest:NestSimulator",
}
"""Where each simulator's class is found; imported only when used."""

__all__ = ["SIMULATORS", "Membranes", "Simulator", "Spikes", "create_simulator"]


def create_simulator(name: str) -> Simulator:
    """Return a new simulator by name.

    Raises
    ------
    UnknownNameError
        Lists the simulators there are.
    """
    module, cls = lookup("simulator", name, SIMULATORS).split(":")
    with _without_arguments():
        imported = importlib.import_module(module)
    return getattr(imported, cls)()


@contextmanager
def _without_arguments() -> Iterator[None]:
    """Hide the arguments of the command line: NEST reads them when it is imported, and takes some for its own.

    It cannot read bytes that are no text, as a file name may have.
    """
    arguments = sys.argv
    sys.argv = [""]
    try:
        yield
    finally:
        sys.argv = arguments
