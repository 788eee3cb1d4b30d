"""Simulators: each holds a batch of networks and advances them all by one window."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.networks.network import Network
from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.settings.checks import lookup
from neurosim_rl.simulators.base import Simulator
from neurosim_rl.simulators.nest_thread import in_nest_thread

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


def network_of_function(
    function: Callable[..., Any],
    genome: Mapping[str, np.ndarray],
    *,
    name: str,
    seed: np.random.SeedSequence,
    resolution_ms: float,
    arguments: Mapping[str, Any] | None = None,
    how: str = "auto",
    nest_modules: tuple[NestModule, ...] = (),
) -> Network:
    """Return the network that a function of the user's makes in NEST's kernel (see `nest_harvest.harvest`).

    A simulator that holds the kernel gives its batch up. The function is called in the thread that uses NEST.

    Parameters
    ----------
    function : callable
        ``function(nest, genome, rng, **arguments) -> inputs, outputs``.
    genome : mapping of str to array
    name : str
        Name of the function in messages.
    seed : numpy.random.SeedSequence
        Of the random numbers of NEST and of `rng`.
    resolution_ms : float
    arguments : mapping or None
    how : str
        ``"auto"``, ``"data"`` or ``"call"``.
    nest_modules : tuple of NestModule
    """
    given = {} if arguments is None else arguments
    return in_nest_thread(_harvested, how, function, name, genome, resolution_ms, seed, given, nest_modules)


def _harvested(how: str, *construction: Any) -> Network:
    with _without_arguments():
        importlib.import_module("neurosim_rl.simulators.nest")  # quietly
        module = importlib.import_module("neurosim_rl.simulators.nest_harvest")
    network: Network = module.harvest(module.Construction(*construction), how)
    return network


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
