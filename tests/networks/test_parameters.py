"""Parameter spaces: one order, exact round trips, bounds."""

import math
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from l2l import dict_to_list

from neurosim_rl.errors import GenomeError, ShapeError
from neurosim_rl.networks.parameters import EDGE, SIGN, VALUE, Parameter, ParameterSpace


def parameter(name: str, shape: tuple[int, ...] = (2,), low: float = -1.0, high: float = 1.0) -> Parameter:
    return Parameter(name, shape, low, high, "100 pA", (low, high))


SPACE = ParameterSpace(parameter("weights_10", (2, 3)), parameter("weights_2", (4,)), parameter("bias", (), 0.0, 5.0))

shapes = st.lists(st.integers(1, 3), max_size=3).map(tuple)
spaces = st.dictionaries(st.text("abz_019", min_size=1, max_size=6), shapes, min_size=1, max_size=5).map(
    lambda table: ParameterSpace(*(parameter(name, shape) for name, shape in table.items()))
)


@given(spaces, st.randoms(use_true_random=False))
def test_vector_to_genome_and_back_is_exact(space: ParameterSpace, random: Random) -> None:
    vector = np.array([random.uniform(-9, 9) for _ in range(space.size)])
    genome = space.to_genome(vector)
    assert {name: array.shape for name, array in genome.items()} == {p.name: p.shape for p in space.parameters}
    np.testing.assert_array_equal(space.to_vector(genome), vector)


@given(spaces)
def test_the_order_of_genes_is_that_of_l2l(space: ParameterSpace) -> None:
    vector = np.arange(space.size, dtype=float)
    individual = {name: array.ravel() for name, array in space.to_genome(vector).items()}
    assert list(dict_to_list(individual)) == vector.tolist()


def test_arrays_are_joined_by_name_each_in_c_order() -> None:
    genome = {"weights_2": np.arange(4.0), "bias": np.array(9.0), "weights_10": np.arange(10.0, 16.0).reshape(2, 3)}
    assert SPACE.to_vector(genome).tolist() == [9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3]
    assert SPACE.size == 11


def test_a_flat_array_is_as_good_as_a_shaped_one() -> None:
    genome = SPACE.to_genome(np.arange(11.0))
    flat = {name: array.ravel() for name, array in genome.items()}
    np.testing.assert_array_equal(SPACE.to_vector(flat), np.arange(11.0))


def test_bounds_are_those_of_each_parameter() -> None:
    assert SPACE.low.tolist() == [0.0] + [-1.0] * 10
    assert SPACE.high.tolist() == [5.0] + [1.0] * 10


@given(arrays(np.float64, 11, elements=st.floats(-1e300, 1e300)))
def test_a_clipped_vector_lies_within_bounds_and_stays_there(vector: np.ndarray) -> None:
    clipped = SPACE.clip(vector)
    assert ((clipped >= SPACE.low) & (clipped <= SPACE.high)).all()
    np.testing.assert_array_equal(SPACE.clip(clipped), clipped)
    inside = (vector >= SPACE.low) & (vector <= SPACE.high)
    np.testing.assert_array_equal(clipped[inside], vector[inside])


def test_first_values_lie_within_the_initial_intervals_and_fill_them() -> None:
    space = ParameterSpace(Parameter("a", (500,), -9, 9, "1", (1.0, 2.0)), Parameter("b", (1,), -9, 9, "1", (3.0, 3.0)))
    sample = space.sample(np.random.default_rng(1))
    assert 1 <= sample[:500].min() < 1.02
    assert 1.98 < sample[:500].max() <= 2
    assert sample[500] == 3
    np.testing.assert_array_equal(sample, space.sample(np.random.default_rng(1)))


def test_a_space_describes_itself_in_one_line() -> None:
    assert SPACE.describe().startswith("bias () in [0, 5] x 100 pA; weights_10 (2, 3) in [-1, 1] x 100 pA")


@pytest.mark.parametrize("names", [(), ("a", "a")])
def test_a_space_needs_parameters_with_unique_names(names: tuple[str, ...]) -> None:
    with pytest.raises(GenomeError, match="needs parameters with unique names"):
        ParameterSpace(*(parameter(name) for name in names))


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (-math.inf, 1.0), (0.0, math.inf), (math.nan, 1.0)])
def test_bounds_must_be_finite_and_ordered(low: float, high: float) -> None:
    with pytest.raises(GenomeError, match="must be finite and ordered"):
        Parameter("a", (1,), low, high, "1", (low, high))


@pytest.mark.parametrize("initial", [(-2.0, 0.0), (0.0, 2.0), (0.5, -0.5), (math.nan, 0.5)])
def test_the_initial_interval_must_lie_within_the_bounds(initial: tuple[float, float]) -> None:
    with pytest.raises(GenomeError, match=r"initial interval .* must lie within"):
        Parameter("a", (1,), -1.0, 1.0, "1", initial)


@pytest.mark.parametrize("size", [0, 10, 12])
def test_a_vector_of_the_wrong_length_is_refused_with_the_layout(size: int) -> None:
    with pytest.raises(GenomeError, match=rf"genome has shape \({size},\); expected \(11,\): bias"):
        SPACE.to_genome(np.zeros(size))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gene_that_is_not_finite_is_refused_with_its_index(bad: float) -> None:
    vector = np.zeros(11)
    vector[3] = bad
    with pytest.raises(GenomeError, match=rf"genome\[3\] is {bad}"):
        SPACE.clip(vector)


def test_a_genome_of_words_is_refused() -> None:
    with pytest.raises(ShapeError, match="genome is not an array of numbers"):
        SPACE.check_vector(np.array(["a"] * 11))


@pytest.mark.parametrize("names", [{"bias"}, {"bias", "weights_2", "weights_10", "more"}])
def test_missing_and_unknown_parameters_are_refused(names: set[str]) -> None:
    with pytest.raises(GenomeError, match="genome has parameters"):
        SPACE.to_vector({name: np.zeros(1) for name in names})


def test_an_array_of_the_wrong_size_is_refused_by_name() -> None:
    genome = SPACE.to_genome(np.zeros(11))
    genome["weights_2"] = np.zeros(5)
    with pytest.raises(GenomeError, match=r"genome\['weights_2'\] has 5 values; expected 4"):
        SPACE.to_vector(genome)


# --- kinds, probabilities, owners ---


def test_edges_are_there_and_signs_are_positive_with_their_probability() -> None:
    likely = np.tile([0.0, 0.3, 1.0], (4000, 1))
    space = ParameterSpace(
        Parameter("a_value", (4000, 3), -1.0, 9.0, "1", (2.0, 3.0)),
        Parameter("edge", (4000, 3), 0.0, 9.0, "1", (2.0, 3.0), EDGE, likely),
        Parameter("sign", (4000, 3), -1.0, 1.0, "1", (-1.0, 1.0), SIGN, likely),
    )
    vector = space.sample(np.random.default_rng(1))
    genome = space.to_genome(vector)
    there = genome["edge"] != 0
    np.testing.assert_allclose(there.mean(axis=0), [0.0, 0.3, 1.0], atol=0.03)
    assert 2.0 <= genome["edge"][there].min() < 2.01
    assert 2.99 < genome["edge"][there].max() <= 3.0
    assert set(genome["sign"].ravel().tolist()) == {-1.0, 1.0}
    np.testing.assert_allclose((genome["sign"] == 1).mean(axis=0), [0.0, 0.3, 1.0], atol=0.03)
    assert 2.0 <= genome["a_value"].min() < genome["a_value"].max() <= 3.0
    for name, kind in (("a_value", VALUE), ("edge", EDGE), ("sign", SIGN)):
        assert space.to_genome(space.is_kind(kind).astype(float))[name].all()
        assert space.is_kind(kind).sum() == 12000
    low, high = (space.to_genome(end) for end in space.initial)
    assert (set(low["edge"].ravel()), set(high["edge"].ravel())) == ({2.0}, {3.0})


def test_plain_values_are_drawn_as_if_there_were_no_kinds() -> None:
    """Genomes of older runs are made again by the same draws."""
    space = ParameterSpace(parameter("b", (3,)), parameter("a", (2, 2), 0.0, 5.0))
    rng = np.random.default_rng(6)
    expected = [*rng.uniform(0.0, 5.0, 4), *rng.uniform(-1.0, 1.0, 3)]
    assert space.sample(np.random.default_rng(6)).tolist() == expected


def test_genes_of_one_owner_are_told_through_all_parameters() -> None:
    def owned(name: str, owner: list[int] | None, n: int) -> Parameter:
        return Parameter(name, (n,), 0.0, 1.0, "1", (0.0, 1.0), owner=None if owner is None else np.array(owner))

    space = ParameterSpace(owned("b", [7, 4, 7], 3), owned("a", [4, 9], 2), owned("c", None, 2))
    owners = space.owners.tolist()
    a, b, c = owners[:2], owners[2:5], owners[5:]
    assert b[0] == b[2] != b[1] == a[0]
    assert len({*a, *b, *c}) == 5
    assert sorted({*owners}) == [0, 1, 2, 3, 4]
    assert ParameterSpace(owned("c", None, 3)).owners.tolist() == [0, 1, 2]


@pytest.mark.parametrize("field", ["probability", "owner"])
def test_arrays_of_another_shape_are_refused(field: str) -> None:
    wrong: Any = {field: np.zeros(2, int)}
    with pytest.raises(GenomeError, match=rf"Parameter 'x': {field} has shape \(2,\); expected \(3,\)"):
        Parameter("x", (3,), 0.0, 1.0, "1", (0.0, 1.0), **wrong)
