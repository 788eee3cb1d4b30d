"""The genetic algorithm of edges, signs and neurons: where each gene of a child comes from, and what may change."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from l2l.utils.trajectory import Trajectory

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.parameters import EDGE, SIGN, VALUE, Parameter, ParameterSpace
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.optimizers import Search, StructuredGeneticOptimizer, StructuredGeneticParameters
from neurosim_rl.training.configure import configure
from tests.components import search_of

N_UNITS = 6
FROZEN: dict[str, Any] = dict.fromkeys(
    ("add_edge", "delete_edge", "change_edge", "flip_sign", "change_value", "random_share"), 0.0
)
OWNERS = np.repeat(np.arange(N_UNITS), 4)
SPACE = ParameterSpace(
    Parameter("edges", (24,), 0.0, 9.0, "1", (1.0, 2.0), EDGE, 0.5, OWNERS),
    Parameter("free", (5,), -9.0, 9.0, "1", (3.0, 4.0)),
    Parameter("sign", (N_UNITS,), -1.0, 1.0, "1", (-1.0, 1.0), SIGN, 0.8, np.arange(N_UNITS)),
    Parameter("threshold", (N_UNITS,), 0.0, 9.0, "mV", (5.0, 6.0), owner=np.arange(N_UNITS)),
)
IS_EDGE, IS_SIGN, IS_VALUE = (SPACE.is_kind(kind) for kind in (EDGE, SIGN, VALUE))


class Structured:
    """An optimizee with the space above."""

    parameters = SPACE

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)

    def create_individual(self) -> dict[str, np.ndarray]:
        return SPACE.to_genome(SPACE.sample(self._rng))

    def bounding_func(self, individual: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return SPACE.to_genome(SPACE.clip(SPACE.to_vector(individual)))


def search(seed: int = 1, generations: int = 50, **options: Any) -> Search:
    return search_of({"name": "structured-genetic", "population": 30, **options}, Structured(seed), seed, generations)


def optimizer(**options: Any) -> StructuredGeneticOptimizer:
    made = search(**options)._optimizer
    assert isinstance(made, StructuredGeneticOptimizer)
    return made


# --- generations ---


def test_the_best_stay_then_come_their_copies_their_children_and_new_individuals() -> None:
    running = search(**{**FROZEN, "random_share": 0.2})
    first = running.ask()
    fitness = np.random.default_rng(3).permutation(30).astype(float)
    running.tell(fitness)
    second = running.ask()
    best = first[np.argsort(-fitness)[:5]]
    np.testing.assert_array_equal(second[:5], best)
    np.testing.assert_array_equal(second[5:10], best)
    pairs = [(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4)]
    for k, (one, other) in enumerate(pairs):
        for child in second[10 + 2 * k : 12 + 2 * k]:
            assert ((child == best[one]) | (child == best[other])).all()
    known = {row.tobytes() for row in second[:24]}
    assert len(known) == 5 + 14
    created = second[24:]
    assert (created[:, IS_EDGE] == 0).mean() == pytest.approx(0.5, abs=0.15)
    assert not any((row == created).all(axis=1).any() for row in first)


def test_equals_are_ordered_as_they_came_and_nan_is_worst() -> None:
    running = search(parents=3, **FROZEN)
    first = running.ask()
    fitness = np.full(30, 2.0)
    fitness[[0, 4]] = np.nan, np.inf
    running.tell(fitness)
    np.testing.assert_array_equal(running.ask()[:3], first[1:4])


@pytest.mark.parametrize("population", [4, 5, 7, 100])
def test_every_generation_has_its_size(population: int) -> None:
    running = search(population=population)
    for _ in range(4):
        assert running.ask().shape == (population, SPACE.size)
        running.tell(np.zeros(population))


def test_it_climbs() -> None:
    """Fitness asks for edges of one half of the units only, all signs negative, and thresholds near 5.5."""
    wanted = OWNERS < N_UNITS // 2

    def fitness(genomes: np.ndarray) -> np.ndarray:
        edges, thresholds = genomes[:, IS_EDGE] > 0, genomes[:, -N_UNITS:]
        good = (edges == wanted).sum(axis=1) + (genomes[:, IS_SIGN] < 0).sum(axis=1)
        return good - np.abs(thresholds - 5.5).sum(axis=1)

    running = search(population=60)
    best = []
    for _ in range(40):
        genomes = running.ask()
        best.append(fitness(genomes).max())
        running.tell(fitness(genomes))
    assert best[0] < 22
    assert best[-1] > 27.5  # of 30
    assert (np.diff(best) >= 0).all()  # the best stay


# --- recombination ---


@given(st.integers(0, 2**32 - 1))
def test_children_take_each_neuron_whole_from_one_parent_and_complement_each_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = np.arange(SPACE.size) + 0.25, np.arange(SPACE.size) + 0.75
    first, second = optimizer()._recombined(one, other, rng)
    assert ((first == one) | (first == other)).all()
    np.testing.assert_array_equal(first + second, one + other)
    genome = SPACE.to_genome(first == one)
    for unit in range(N_UNITS):
        mine = {*genome["edges"][unit * 4 : unit * 4 + 4], genome["sign"][unit], genome["threshold"][unit]}
        assert len(mine) == 1
    n_owners = N_UNITS + 5
    n_from_one = sum(genome["sign"]) + sum(genome["free"])
    assert n_from_one == n_owners - n_owners // 2


def test_synapses_are_recombined_in_spatial_networks() -> None:
    """Not so in the published code: a child's synapses come from both parents, by the neuron where they begin."""
    layer = {
        "model": {"name": "spatial", "grid": [4, 4]},
        "normalisation": {"name": "bounds", "bound": [1.0, 1.0, 8.0]},
        "encoder": {"name": "weighted", "n_neurons": 0},
        "decoder": {"name": "linear", "n_neurons": 0},
    }
    optimizee = create_optimizee(configure("pendulum", layer))
    space, rng = optimizee.parameters, np.random.default_rng(2)
    running = search_of({"name": "structured-genetic", "population": 9}, optimizee, 1, 3)._optimizer
    assert isinstance(running, StructuredGeneticOptimizer)
    one, other = space.sample(rng), space.sample(rng)
    child = space.to_genome(running._recombined(one, other, rng)[0])
    mine, its = space.to_genome(one), space.to_genome(other)
    owner = next(p.owner for p in space.parameters if p.name == "weights")
    from_one = child["v_th"] == mine["v_th"]
    assert 0 < from_one.sum() < 16
    assert owner is not None
    np.testing.assert_array_equal(child["weights"], np.where(from_one[owner - 3], mine["weights"], its["weights"]))
    assert (child["weights"] != mine["weights"]).any()
    assert (child["weights"] != its["weights"]).any()


# --- mutation ---


def mutants(n: int = 4000, **options: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a genome, half of whose edges are there, and n mutants of it."""
    running = optimizer(**{**FROZEN, **options})
    genes = SPACE.sample(np.random.default_rng(8))
    genes[IS_EDGE] = np.where(np.arange(24) % 2, 1.5, 0.0)
    rng = np.random.default_rng(9)
    return genes, np.stack([running._mutated(genes, rng) for _ in range(n)])


def rate(changed: np.ndarray) -> Any:
    return pytest.approx(changed.mean(), abs=4 * np.sqrt(0.25 / changed.size))


def test_without_rates_nothing_changes() -> None:
    genes, mutated = mutants(10)
    np.testing.assert_array_equal(mutated, np.tile(genes, (10, 1)))


@pytest.mark.parametrize(
    ("option", "kind"),
    [
        ("add_edge", "absent"),
        ("delete_edge", "present"),
        ("change_edge", "present"),
        ("flip_sign", "sign"),
        ("change_value", "value"),
    ],
)
@pytest.mark.parametrize("share", [0.1, 1.0])
def test_each_rate_changes_its_own_genes_so_often(option: str, kind: str, share: float) -> None:
    rates: dict[str, Any] = {option: share}
    genes, mutated = mutants(**rates)
    concerned = {
        "absent": IS_EDGE & (genes == 0),
        "present": IS_EDGE & (genes != 0),
        "sign": IS_SIGN,
        "value": IS_VALUE,
    }[kind]
    changed = mutated != genes
    assert not changed[:, ~concerned].any()
    assert share == rate(changed[:, concerned])
    if share == 1.0:
        new = mutated[:, concerned]
        if option == "delete_edge":
            assert (new == 0).all()
        elif option == "flip_sign":
            np.testing.assert_array_equal(new, -np.tile(genes[concerned], (len(new), 1)))
        else:
            low, high = (end[concerned] for end in SPACE.initial)
            assert (new >= low).all()
            assert (new <= high).all()
            np.testing.assert_allclose(new.mean(axis=0), (low + high) / 2, atol=0.05)


def test_by_default_rates_are_the_published_ones() -> None:
    genes, mutated = mutants(20_000, add_edge=0.01, delete_edge=0.05, change_edge=0.1, flip_sign=0.05, change_value=0.1)
    declared = StructuredGeneticParameters(1, 1)
    assert (declared.add_edge, declared.delete_edge, declared.change_edge) == (0.01, 0.05, 0.1)
    assert (declared.flip_sign, declared.change_value, declared.population, declared.n_parents) == (0.05, 0.1, 100, 10)
    absent, present = IS_EDGE & (genes == 0), IS_EDGE & (genes != 0)
    assert (mutated[:, absent] != 0).mean() == pytest.approx(0.01, abs=0.002)
    assert (mutated[:, present] == 0).mean() == pytest.approx(0.05, abs=0.004)
    stays = mutated[:, present] != 0
    assert (mutated[:, present] != 1.5)[stays].mean() == pytest.approx(0.1, abs=0.005)


@given(st.integers(0, 1000))
def test_mutants_keep_to_the_bounds_and_signs_stay_signs(seed: int) -> None:
    running = optimizer(add_edge=0.5, delete_edge=0.5, change_edge=0.5, flip_sign=0.5, change_value=0.5)
    mutated = running._mutated(SPACE.sample(np.random.default_rng(seed)), np.random.default_rng(seed + 1))
    np.testing.assert_array_equal(SPACE.clip(mutated), mutated)
    assert set(mutated[IS_SIGN].tolist()) <= {-1.0, 1.0}
    assert ((mutated[IS_EDGE] == 0) | (mutated[IS_EDGE] >= 1)).all()


# --- without a space, and what is refused ---


def test_without_a_space_genes_change_between_what_was_created() -> None:
    parameters = StructuredGeneticParameters(1, 5, population=20, change_value=1.0)
    running = StructuredGeneticOptimizer(
        Trajectory(name="test"), Structured().create_individual, (1.0,), parameters, Structured().bounding_func
    )
    mutated = running._mutated(running.genomes[0], np.random.default_rng(1))
    low, high = running.created.min(axis=0), running.created.max(axis=0)
    assert ((mutated >= low) & (mutated <= high)).all()
    assert (mutated != running.genomes[0]).sum() >= SPACE.size - 1
    first, _ = running._recombined(low - 1, high + 1, np.random.default_rng(1))
    assert abs((first == low - 1).sum() - SPACE.size / 2) <= 1


@pytest.mark.parametrize("options", [{"parents": 1}, {"parents": 20}, {"random_share": 0.9}])
def test_populations_without_a_place_for_children_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"optimizer\.parents = .* leave no place for children"):
        search(**options)
