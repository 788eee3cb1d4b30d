"""Contract of optimizers: told the same, they ask the same; genomes lie within their bounds; failures do no harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from neurosim_rl.errors import ShapeError
from neurosim_rl.networks.parameters import Parameter, ParameterSpace
from neurosim_rl.optimizers import Search
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.map_elites import DESCRIPTORS
from neurosim_rl.settings.options import read_component
from neurosim_rl.testing.contract import Contract
from neurosim_rl.testing.making import check_options, pickled

N_GENERATIONS = 6
N_TOLD = 3
"""Generations after which a run is interrupted."""
LIMIT = 5.0
RESUMED = "Runs are resumed by telling the recorded fitnesses again: keep no other state, and draw from the seed only."


class Summit:
    """A problem with a known best genome: minus the squared distance from it, which is 0 there."""

    parameters = ParameterSpace(
        Parameter("a", (3,), -LIMIT, LIMIT, "1", (-LIMIT, LIMIT)),
        Parameter("b", (1,), -LIMIT, LIMIT, "1", (-LIMIT, LIMIT)),
    )
    best = np.array([1.0, -2.0, 3.0, 0.5])

    def __init__(self) -> None:
        self.rng = np.random.default_rng(1)

    def create_individual(self) -> dict[str, np.ndarray]:
        """Return a random individual."""
        return self._individual(self.parameters.sample(self.rng))

    def bounding_func(self, individual: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the individual clipped to its bounds."""
        return self._individual(self.parameters.clip(self.parameters.to_vector(individual)))

    def _individual(self, vector: np.ndarray) -> dict[str, np.ndarray]:
        return {name: array.ravel() for name, array in self.parameters.to_genome(vector).items()}

    def fitness(self, genomes: np.ndarray) -> np.ndarray:
        """Return the fitness of each genome, shape (n,)."""
        return -((genomes - self.best) ** 2).sum(axis=1)


def check_optimizer(optimizer: type[OptimizerParameters], **options: Any) -> None:
    """Raise unless an optimizer keeps its contract, on a problem of 4 genes.

    Checked are its options, that the same fitnesses lead to the same genomes, also after an interruption and in a
    worker, that asking changes nothing, bounds, failed individuals, penalties of any size, and the number of fitnesses.

    Parameters
    ----------
    optimizer : type
        Parameters of the optimizer: a class derived from `neurosim_rl.optimizers.base.OptimizerParameters`.
    **options
        Its options, such as ``population=12``: a small generation makes the check fast.

    Raises
    ------
    ContractError
    """
    contract = Contract.of("check_optimizer", optimizer)
    contract.expect(
        isinstance(optimizer, type) and issubclass(optimizer, OptimizerParameters),
        f"expected a class derived from OptimizerParameters; got {optimizer!r}",
        "Pass the parameters of the optimizer: they name its class.",
    )
    check_options(contract, optimizer, "optimizer")
    with contract.works("reading the options"):
        table = read_component("optimizer", {"x": optimizer}, {"name": "x", **options})

    def start() -> Search:
        with contract.works("making it"):
            return Search(table, Summit(), 1, N_GENERATIONS)

    asked = _evolve(contract, start(), N_GENERATIONS, Summit().fitness)
    _check_genomes(contract, asked)
    again = _evolve(contract, start(), N_GENERATIONS, Summit().fitness)
    contract.same("told the same fitnesses, it asks for other genomes", asked, again, RESUMED)
    _check_resuming(contract, start, asked)
    in_worker = pickled(contract, lambda: table)()
    contract.same(
        "a worker's copy asks for other genomes", asked[0], Search(in_worker, Summit(), 1, N_GENERATIONS).ask()
    )
    _check_failures(contract, start)
    contract.refuses(
        "another number of fitnesses",
        lambda: start().tell(np.zeros(len(asked[0]) + 1)),
        ShapeError,
        "fitness has shape",
        "",
    )


def _evolve(
    contract: Contract, search: Search, generations: int, fitness: Callable[[np.ndarray], np.ndarray]
) -> list[np.ndarray]:
    """Return the genomes of each generation."""
    asked = []
    for generation in range(generations):
        with contract.works(f"asking for generation {generation}"):
            asked.append(search.ask())
        _tell(contract, search, asked[-1], fitness(asked[-1]))
    return asked


def _tell(contract: Contract, search: Search, genomes: np.ndarray, fitness: np.ndarray, **failed: Any) -> None:
    """Tell fitnesses, with learned genomes and behaviour for optimizers that use them."""
    more: dict[str, Any] = {"learned": 0.9 * genomes if search.inherits else None}
    if search.wants_behaviour:
        share = (genomes[:, : len(DESCRIPTORS)] + LIMIT) / (2 * LIMIT)
        low, high = (np.array([bounds[k] for bounds in DESCRIPTORS]) for k in (1, 2))
        more["behaviour"] = low + share * (high - low)
    with contract.works("telling it the fitnesses"):
        search.tell(fitness, **more, **failed)


def _check_genomes(contract: Contract, asked: list[np.ndarray]) -> None:
    for generation, genomes in enumerate(asked):
        contract.expect(
            np.isfinite(genomes).all(), f"generation {generation} has genes that are not finite; expected numbers"
        )
        largest = float(np.abs(genomes).max())
        contract.expect(
            largest <= LIMIT,
            f"generation {generation} has a gene of size {largest:g}; expected at most {LIMIT:g}, its bound",
            "Use optimizee_bounding_func.",
        )


def _check_resuming(contract: Contract, start: Callable[[], Search], asked: list[np.ndarray]) -> None:
    resumed, fitness = start(), Summit().fitness
    for genomes in asked[:N_TOLD]:
        contract.same("asked twice, it gives other genomes", resumed.ask(), resumed.ask(), "Draw when told, not asked.")
        _tell(contract, resumed, genomes, fitness(genomes))
    rest = _evolve(contract, resumed, N_GENERATIONS - N_TOLD, fitness)
    contract.same("recreated from its history, it asks for other genomes", asked[N_TOLD:], rest, RESUMED)
    _check_adopting(contract, start(), asked)


def _check_adopting(contract: Contract, adopting: Search, asked: list[np.ndarray]) -> None:
    """Check a search that continues a record with other last bits, as of another processor."""
    rng = np.random.default_rng(1)
    for genomes in asked[:N_TOLD]:
        adopting.ask()
        nudged = np.clip(genomes * (1 + 1e-14 * rng.uniform(-1, 1, genomes.shape)), -LIMIT, LIMIT)
        with contract.works("adopting recorded genomes"):
            adopting.adopt(nudged)
        contract.same("after adopt(), it asks for other genomes", nudged, adopting.ask())
        _tell(contract, adopting, nudged, Summit().fitness(genomes))
    rest = _evolve(contract, adopting, N_GENERATIONS - N_TOLD, Summit().fitness)
    for one, other in zip(asked[N_TOLD:], rest, strict=True):
        close = one.shape == other.shape and np.allclose(one, other, rtol=1e-7, atol=1e-7)
        contract.expect(close, "genomes that differ in last bits lead it elsewhere", "Make no decision by last bits.")


def _check_failures(contract: Contract, start: Callable[[], Search]) -> None:
    """Check generations in which all individuals fail, and penalties of two sizes."""
    for name, value in (("NaN", np.nan), ("minus infinity", -np.inf)):
        search = start()
        for genomes in _evolve(contract, search, N_TOLD, lambda genomes, value=value: np.full(len(genomes), value)):  # type: ignore[misc]
            contract.expect(
                np.isfinite(genomes).all(), f"a generation of nothing but {name} gives genes that are not finite"
            )
    if not start()._parameters.ranks_failures:
        return  # as in L2L, the size of the penalty counts
    mild, hard = start(), start()
    for _ in range(N_TOLD):
        genomes = mild.ask()
        contract.same("the size of the penalty changes the genomes", genomes, hard.ask(), "Rank failures last.")
        failed = np.arange(len(genomes)) % 5 == 3
        for search, penalty in ((mild, -1e3), (hard, -1e9)):
            told = np.where(failed, penalty, Summit().fitness(genomes))
            _tell(contract, search, genomes, told, failed=failed)
