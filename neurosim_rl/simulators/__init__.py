"""Simulators: each holds a batch of networks and advances them all by one window."""

from __future__ import annotations

import importlib

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
    return getattr(importlib.import_module(module), cls)()
