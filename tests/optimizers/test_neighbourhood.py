"""Genomes around one of them: what is free, where individuals lie, and what every optimizer makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.errors import GenomeError
from neurosim_rl.networks.parameters import EDGE, SIGN, VALUE, Parameter, ParameterSpace
from neurosim_rl.optimizers import OPTIMIZERS, Search
from neurosim_rl.optimizers.neighbourhood import Neighbourhood
from tests.components import search_of

OWNER = np.array([0, 0, 1, 1])
SPACE = ParameterSpace(
    Parameter("edges", (4,), 0.0, 10.0, "1", (0.5, 8.0), EDGE, 0.5, OWNER),
    Parameter("signs", (2,), -1.0, 1.0, "1", (-1.0, 1.0), SIGN, 0.8),
    Parameter("values", (3,), -5.0, 5.0, "1", (-2.0, 2.0)),
)
GENOME = np.array([0.0, 3.0, 0.2, 0.0, 1.0, -1.0, 4.0, -5.0, 0.0])
"""Two edges of four, of which one is weaker than any that is drawn; two signs; three values, one at its bound."""


def around(fixed: bool = True, spread: float = 0.1, seed: int = 1, genome: np.ndarray = GENOME) -> Neighbourhood:
    return Neighbourhood(SPACE, genome, fixed=fixed, spread=spread, rng=np.random.default_rng(seed))


def created(neighbourhood: Neighbourhood, n: int) -> np.ndarray:
    space = neighbourhood.parameters
    return neighbourhood.whole(np.stack([space.to_vector(neighbourhood.create_individual()) for _ in range(n)]))


@pytest.mark.parametrize("fixed", [True, False])
def test_the_first_individual_is_the_genome_itself(fixed: bool) -> None:
    np.testing.assert_array_equal(created(around(fixed), 1)[0], GENOME)


@pytest.mark.parametrize("fixed", [True, False])
def test_further_individuals_have_its_edges_and_signs(fixed: bool) -> None:
    genomes = created(around(fixed), 50)
    np.testing.assert_array_equal(genomes[:, :4] != 0, np.tile(GENOME[:4] != 0, (50, 1)))
    np.testing.assert_array_equal(genomes[:, 4:6], np.tile(GENOME[4:6], (50, 1)))
    assert len(np.unique(genomes[1:], axis=0)) == 49


def test_the_spread_is_in_deviations_of_genes_drawn_anew() -> None:
    genomes = created(around(spread=0.25), 4_000)
    anew = np.stack([SPACE.sample(np.random.default_rng(k)) for k in range(4_000)])
    edge, value = 1, 8  # far from their bounds
    drawn = anew[anew[:, edge] != 0, edge]
    np.testing.assert_allclose(genomes[:, edge].std(), 0.25 * drawn.std(), rtol=0.06)
    np.testing.assert_allclose(genomes[:, value].std(), 0.25 * anew[:, value].std(), rtol=0.06)


def test_fixed_structure_leaves_weights_and_values_free() -> None:
    space = around().parameters
    assert [(p.name, p.size, p.kind) for p in space.parameters] == [("edges", 2, VALUE), ("values", 3, VALUE)]
    np.testing.assert_array_equal(space.low, [0.2, 0.2, -5.0, -5.0, -5.0])
    np.testing.assert_array_equal(space.parameters[0].owner, [0, 1])


def test_free_structure_leaves_all_genes_as_they_are() -> None:
    space = around(fixed=False).parameters
    assert space.describe() == SPACE.describe()
    for kind in (EDGE, SIGN, VALUE):
        np.testing.assert_array_equal(space.is_kind(kind), SPACE.is_kind(kind))
    np.testing.assert_array_equal(space.owners, SPACE.owners)


@given(st.integers(0, 2**32 - 1))
def test_whole_and_free_genes_belong_together(seed: int) -> None:
    rng, neighbourhood = np.random.default_rng(seed), around()
    free = rng.uniform(neighbourhood.parameters.low, neighbourhood.parameters.high, (4, 5))
    whole = neighbourhood.whole(free)
    np.testing.assert_array_equal(neighbourhood.free(whole), free)
    np.testing.assert_array_equal(whole[:, [0, 3, 4, 5]], np.tile(GENOME[[0, 3, 4, 5]], (4, 1)))


@pytest.mark.parametrize("fixed", [True, False])
@given(seed=st.integers(0, 2**32 - 1), spread=st.floats(1e-6, 100.0))
def test_individuals_are_within_bounds(fixed: bool, seed: int, spread: float) -> None:
    genomes = created(around(fixed, spread, seed), 20)
    assert (genomes >= SPACE.low).all()
    assert (genomes <= SPACE.high).all()


ROUGH: dict[str, dict[str, Any]] = {
    "ars": {"start": "best", "noise": 50.0},
    "cma-es": {"sigma": 50.0},
    "ensemble-kalman": {"perturbation": 50.0},
    "genetic": {"mutation_sigma": 50.0},
    "l2l-grid-search": {"genes": [0, 1], "n_steps": 3},
    "map-elites": {"change_value": 1.0},
    "multiplicative-es": {"sigma": 5.0, "smallest": -1.0},
    "openai-es": {"sigma": 50.0},
    "structured-genetic": {"change_value": 1.0},
}
"""Options with which optimizers go far."""
SIZES: dict[str, dict[str, Any]] = {
    "l2l-evolution-strategies": {"population": 13},
    "l2l-face": {"population": 12, "max_population": 20, "n_expand": 4, "n_elite": 4},
    "l2l-grid-search": {},
}


def search(name: str, neighbourhood: Neighbourhood, options: dict[str, Any]) -> Search:
    return search_of({"name": name, **SIZES.get(name, {"population": 12}), **options}, neighbourhood, 1, 6)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "inherit"])
def test_no_optimizer_changes_a_structure_that_is_fixed(name: str) -> None:
    if name == "map-elites":
        pytest.importorskip("ribs")
    neighbourhood = around()
    running = search(name, neighbourhood, ROUGH.get(name, {}))
    for _ in range(6):
        genomes = neighbourhood.whole(running.ask())
        np.testing.assert_array_equal(genomes[:, :4] != 0, np.tile(GENOME[:4] != 0, (len(genomes), 1)))
        np.testing.assert_array_equal(genomes[:, 4:6], np.tile(GENOME[4:6], (len(genomes), 1)))
        behaviour = np.tile([0.5, 0.2, 0.9], (len(genomes), 1)) if running.wants_behaviour else None
        running.tell(-((genomes - 1.0) ** 2).sum(axis=1), behaviour=behaviour)


STARTS = {"ars": {"start": "best"}}


@pytest.mark.parametrize("name", [n for n in OPTIMIZERS if not n.startswith("l2l-") and n != "multiplicative-es"])
def test_the_genome_itself_is_the_first_that_our_optimizers_evaluate(name: str) -> None:
    if name == "map-elites":
        pytest.importorskip("ribs")
    neighbourhood = around()
    first = search(name, neighbourhood, STARTS.get(name, {})).ask()[0]
    np.testing.assert_array_equal(neighbourhood.whole(first[None])[0], GENOME)


def test_the_centre_of_multiplicative_es_is_the_genome_itself() -> None:
    neighbourhood = around()
    first = search("multiplicative-es", neighbourhood, {"centre": True}).ask()[0]
    np.testing.assert_array_equal(neighbourhood.whole(first[None])[0], GENOME)


def test_newcomers_of_structured_optimizers_are_drawn_around_it_too() -> None:
    neighbourhood = around(fixed=False, spread=1e-6)
    running = search("structured-genetic", neighbourhood, {"random_share": 0.5, "parents": 2})
    running.tell(np.zeros(12))
    np.testing.assert_allclose(running.ask()[-6:], np.tile(GENOME, (6, 1)), atol=1e-4)


def test_a_genome_beyond_the_bounds_is_refused() -> None:
    with pytest.raises(GenomeError, match=r"genome\[6\] is 5\.1; expected a gene in \[-5, 5\]"):
        around(genome=np.array([0.0, 3.0, 0.2, 0.0, 1.0, -1.0, 5.1, 0.0, 0.0]))


def test_a_genome_of_nothing_but_structure_is_refused() -> None:
    space = ParameterSpace(Parameter("edges", (2,), 0.0, 1.0, "1", (0.5, 1.0), EDGE))
    with pytest.raises(GenomeError, match="neither edges nor values that could change"):
        Neighbourhood(space, np.zeros(2), fixed=True, spread=0.1, rng=np.random.default_rng(1))


def test_a_genome_of_another_length_is_refused() -> None:
    with pytest.raises(GenomeError, match=r"genome has shape \(8,\); expected \(9,\)"):
        around(genome=GENOME[:8])
