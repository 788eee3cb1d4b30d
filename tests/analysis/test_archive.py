"""The map of an archive: which cell, the best of it, and what the figure shows."""

import numpy as np
import pytest

from neurosim_rl.analysis.archive import NO_ELITE, best_of_cells, draw_archive, elites_of_cells, plot_archive
from neurosim_rl.optimizers.map_elites import DESCRIPTORS

RANGES = (("use", 0.0, 1.0), ("frequency (cycles per step)", 0.0, 0.5), ("silence", 0.0, 1.0))
BEHAVIOUR = np.array(
    [[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.9, 0.4, 0.9], [1.0, 0.5, 1.0], [7.0, -3.0, 0.0], [np.nan, 0.1, 0.1]]
)
FITNESS = np.array([1.0, 3.0, 5.0, 4.0, 2.0, 9.0])


def test_each_cell_has_the_best_that_fell_into_it() -> None:
    best = best_of_cells(BEHAVIOUR, FITNESS, RANGES, (2, 2, 2))
    assert best[0, 0, 0] == 3.0
    assert best[1, 1, 1] == 5.0  # the upper end belongs to the last cell
    assert best[1, 0, 0] == 2.0  # from beyond the outermost cells
    assert np.isfinite(best).sum() == 3


def test_the_elite_of_a_cell_is_its_best_individual_and_of_equal_ones_the_first() -> None:
    elites = elites_of_cells(BEHAVIOUR, FITNESS, RANGES, (2, 2, 2))
    assert elites[0, 0, 0] == 1
    assert elites[1, 1, 1] == 2
    assert elites[1, 0, 0] == 4
    assert (elites != NO_ELITE).sum() == 3
    equal = elites_of_cells(BEHAVIOUR, np.array([3.0, 3.0, np.nan, -1.0, 2.0, 9.0]), RANGES, (2, 2, 2))
    assert equal[0, 0, 0] == 0
    assert equal[1, 1, 1] == 3  # one without a fitness is no elite


@pytest.mark.parametrize("cells", [(10, 10, 5), (7, 3, 2), (1, 30, 49)])
def test_cells_are_those_of_the_library(cells: tuple[int, ...]) -> None:
    """On edges of cells, too, where the last bit of a quotient would decide."""
    archives = pytest.importorskip("ribs.archives")
    grid = archives.GridArchive(solution_dim=1, dims=cells, ranges=[(low, high) for _, low, high in DESCRIPTORS])
    rng = np.random.default_rng(1)
    edges = [
        low + (high - low) * rng.integers(0, n + 1, 300) / n
        for n, (_, low, high) in zip(cells, DESCRIPTORS, strict=True)
    ]
    behaviour = np.concatenate([np.stack(edges, axis=1), rng.uniform(-0.2, 1.2, (300, 3))])
    for row, place in zip(behaviour, grid.int_to_grid_index(grid.index_of(behaviour)), strict=True):
        best = best_of_cells(row[None], np.ones(1), DESCRIPTORS, cells)
        assert np.argwhere(np.isfinite(best)).tolist() == [place.tolist()]


def test_the_map_shows_the_best_over_the_third_descriptor() -> None:
    behaviour = np.array([[0.1, 0.1, 0.1], [0.1, 0.1, 0.9], [0.9, 0.4, 0.5]])
    ax = plot_archive(best_of_cells(behaviour, np.array([1.0, 2.0, 3.0]), RANGES, (2, 2, 2)), RANGES)
    shown: np.ndarray = np.ma.asarray(ax.collections[0].get_array()).reshape(2, 2)
    assert shown[0, 0] == 2.0
    assert shown[1, 1] == 3.0
    assert np.ma.count_masked(shown) == 2
    assert ax.get_xlabel() == "use"
    assert ax.get_ylabel() == "frequency (cycles per step)"
    assert "3 of 8 cells" in ax.get_title()


def test_the_figure_has_the_title_and_a_scale_of_fitness() -> None:
    figure = draw_archive(best_of_cells(BEHAVIOUR, FITNESS, RANGES, (2, 2, 2)), RANGES, title="swimmer")
    assert figure.axes[0].get_title().startswith("swimmer")
    assert figure.axes[1].get_ylabel() == "best fitness"
