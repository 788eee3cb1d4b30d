"""Grids and edges: distances, probabilities and strengths worked out by hand, and draws that keep to them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.models.grid import Edges, mean_probability
from neurosim_rl.networks.grid import pair_distances

grids = st.lists(st.integers(1, 5), min_size=1, max_size=3)


def positions(grid: list[int]) -> list[tuple[int, ...]]:
    """Return the position of each neuron, the last index running fastest."""
    found: list[tuple[int, ...]] = [()]
    for n in grid:
        found = [(*place, k) for place in found for k in range(n)]
    return found


@given(grids, st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.0]))
def test_edges_join_all_neurons_within_reach_with_the_published_probability_and_strength(
    grid: list[int], reach: float
) -> None:
    edges = Edges.on_grid(grid, reach)
    places = positions(grid)
    expected = []
    for source, one in enumerate(places):
        for target, other in enumerate(places):
            distance = math.dist(one, other) or 1.0
            if source == target or not reach or distance <= reach:
                expected.append((source, target, distance))
    assert list(zip(edges.source.tolist(), edges.target.tolist(), strict=True)) == [(s, t) for s, t, _ in expected]
    distances = np.array([d for *_, d in expected])
    np.testing.assert_allclose(edges.distance, distances, rtol=1e-15)
    np.testing.assert_allclose(edges.probability, np.exp(-2 * distances), rtol=1e-14)
    np.testing.assert_allclose(edges.strength, np.exp(2 - 2 * distances), rtol=1e-14)


@given(grids, st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.0]))
def test_the_mean_probability_is_that_of_all_pairs(grid: list[int], reach: float) -> None:
    edges = Edges.on_grid(grid, reach)
    assert mean_probability(grid, reach) == pytest.approx(edges.probability.sum() / math.prod(grid) ** 2, rel=1e-12)
    assert pair_distances(grid, reach)[1].sum() == len(edges)


@pytest.mark.parametrize("square", [2, 3, 5, 6, 9, 11])
def test_a_reach_that_is_no_whole_number_includes_neurons_exactly_there(square: int) -> None:
    """Where the square of its root, rounded, is less than itself, too."""
    edges = Edges.on_grid([4, 4, 4], math.sqrt(square))
    assert edges.distance.max() == math.sqrt(square)
    assert pair_distances([4, 4, 4], math.sqrt(square))[1].sum() == len(edges)


def test_a_neuron_has_an_edge_to_itself_as_if_to_a_neighbour() -> None:
    edges = Edges.on_grid([2, 2], 1.0)
    itself = edges.source == edges.target
    assert itself.sum() == 4
    assert set(edges.strength.tolist()) == {1.0}
    assert set(edges.probability.tolist()) == {math.exp(-1.0) ** 2}


def test_a_draw_keeps_edges_by_their_probability() -> None:
    edges = Edges.on_grid([40, 40], 1.5)
    drawn = edges.drawn(np.random.default_rng(1))
    assert set(drawn.probability.tolist()) == {1.0}
    for distance in (1.0, math.sqrt(2)):
        n_all, n_drawn = (int(np.isclose(e.distance, distance).sum()) for e in (edges, drawn))
        p = math.exp(-2 * distance)
        assert abs(n_drawn - p * n_all) < 4 * math.sqrt(p * (1 - p) * n_all)


def test_all_pairs_and_drawn_pairs_come_source_by_source() -> None:
    edges = Edges.all_pairs(3, 2, 0.25)
    assert edges.source.tolist() == [0, 0, 1, 1, 2, 2]
    assert edges.target.tolist() == [0, 1, 0, 1, 0, 1]
    assert set(edges.probability.tolist()) == {0.25}
    drawn = Edges.drawn_pairs(300, 200, 0.01, np.random.default_rng(2))
    pair = drawn.source * 200 + drawn.target
    assert (np.diff(pair) > 0).all()
    assert abs(len(drawn) - 600) < 4 * math.sqrt(600)
    assert drawn.source.max() < 300
    assert drawn.target.max() < 200
