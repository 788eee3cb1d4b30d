"""A call of a user's function that makes a network in NEST's kernel, and checks of what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurosim_rl.errors import NetworkError, NeurosimError
from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.networks.time_grid import TimeGrid
from neurosim_rl.settings.user_code import note_code_of, reason_of
from neurosim_rl.simulators.nest_library import nest

_SEED_OF_RESET = 143202461
"""Seed that NEST's kernel has after a reset: while the function runs, it has another."""


@dataclass(frozen=True)
class Made:
    """What a function has made in the kernel.

    Parameters
    ----------
    inputs, outputs : list of int array
        Ids of the nodes for input and output, in order; one array for each collection.
    named : mapping of str to int array
        Ids of nodes with a name.
    copies : mapping of str to str
        Models that the function copied, with the model each is a copy of.
    """

    inputs: list[np.ndarray]
    outputs: list[np.ndarray]
    named: Mapping[str, np.ndarray]
    copies: Mapping[str, str]


@dataclass(frozen=True)
class Construction:
    """One network of a user's function: the same nodes and connections each time it is made.

    Parameters
    ----------
    function : callable
        ``build(nest, genome, rng, **arguments) -> inputs, outputs``.
    name : str
        Its name in messages.
    genome : mapping of str to array
    resolution_ms : float
    seed : numpy.random.SeedSequence
        Of `rng`, and of NEST's own random numbers.
    arguments : mapping
        Keyword arguments.
    nest_modules : tuple of NestModule
    """

    function: Callable[..., Any]
    name: str
    genome: Mapping[str, np.ndarray]
    resolution_ms: float
    seed: np.random.SeedSequence
    arguments: Mapping[str, Any] = field(default_factory=dict)
    nest_modules: tuple[NestModule, ...] = ()

    def made(self) -> Made:
        """Call the function in the open kernel, which has no nodes and no modules but `nest_modules`.

        Raises
        ------
        NetworkError
            When the function raises, resets the kernel, changes its grid, simulates, or returns something else.
        """
        # Spawning would change the seed sequence, so that a second call would get other numbers.
        of_rng, of_nest = np.random.SeedSequence(self.seed.entropy, spawn_key=self.seed.spawn_key).spawn(2)
        nest.resolution = TimeGrid.of(self.resolution_ms).step_ms
        nest.rng_seed = 1 + int(of_nest.generate_state(1, np.uint64)[0]) % (2**32 - 1)
        genome = {name: _copied(values) for name, values in self.genome.items()}
        copies: dict[str, str] = {}
        with self._errors_of_function(), _noted_copies(copies):
            returned = self.function(nest, genome, np.random.default_rng(of_rng), **self.arguments)
        self._check_kernel()
        return self._read(returned, copies)

    @contextmanager
    def _errors_of_function(self) -> Iterator[None]:
        note_code_of(self.function)
        try:
            yield
        except NeurosimError:
            raise
        except Exception as error:
            raise NetworkError(f"{self.name} raised {reason_of(error)}") from error

    def _check_kernel(self) -> None:
        if nest.rng_seed == _SEED_OF_RESET:
            raise NetworkError(
                f"{self.name} reset NEST's kernel, which was empty and has the run's grid and seed. Leave "
                "nest.ResetKernel() out."
            )
        if nest.biological_time:
            raise NetworkError(f"{self.name} simulated {nest.biological_time:g} ms. Leave nest.Simulate() out.")
        if nest.resolution != TimeGrid.of(self.resolution_ms).step_ms or nest.local_num_threads != 1:
            raise NetworkError(
                f"{self.name} set a resolution of {nest.resolution:g} ms and {nest.local_num_threads} threads; "
                f"expected {self.resolution_ms:g} ms and 1. Set resolution_ms in the configuration; leave threads out."
            )

    def _read(self, returned: Any, copies: Mapping[str, str]) -> Made:
        parts = tuple(returned) if isinstance(returned, tuple | list) else ()
        if len(parts) not in (2, 3):
            raise NetworkError(
                f"{self.name} returned {type(returned).__name__}; expected inputs, outputs, or inputs, outputs and a "
                "dictionary of nodes by name."
            )
        inputs, outputs = self._collections("inputs", parts[0]), self._collections("outputs", parts[1])
        named = {}
        for name, nodes in dict(parts[2] if len(parts) == 3 else {}).items():
            named[str(name)] = np.concatenate(self._collections(str(name), nodes))
        return Made(inputs, outputs, named, copies)

    def _collections(self, role: str, nodes: Any) -> list[np.ndarray]:
        collections = [nodes] if isinstance(nodes, nest.NodeCollection) else nodes
        if not isinstance(collections, Sequence) or not len(collections):
            raise NetworkError(f"{self.name}: {role} are {nodes!r}; expected a NodeCollection, or a list of them.")
        ids = []
        for one in collections:
            if not isinstance(one, nest.NodeCollection) or not len(one):
                raise NetworkError(f"{self.name}: {role} have {one!r}; expected a NodeCollection with nodes.")
            ids.append(np.array(one.tolist(), np.int64))
        return ids


def _copied(values: np.ndarray) -> Any:
    """Return a copy of a gene's array; a number where it has no axes, as NEST takes no arrays of that kind."""
    return np.array(values) if np.ndim(values) else float(values)


@contextmanager
def _noted_copies(copies: dict[str, str]) -> Iterator[None]:
    """Note the models that are copied meanwhile: NEST does not tell what a synapse model is a copy of."""
    original = nest.CopyModel

    def noting(existing: str, new: str, *arguments: Any, **keywords: Any) -> Any:
        copies[new] = copies.get(existing, existing)
        return original(existing, new, *arguments, **keywords)

    # The module refuses attributes of others, for a good reason; this one is gone after the call.
    vars(nest)["CopyModel"] = noting
    try:
        yield
    finally:
        vars(nest)["CopyModel"] = original
