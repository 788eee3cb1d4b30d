"""Comparison of numbers of hidden layers, over networks of the same widths."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from neurosim_rl.comparison.statistics import interquartile_mean, stratified_interval
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.grid import Setting
from neurosim_rl.studies.specification import StudySpecification
from neurosim_rl.studies.summary import CellSummary, cells_with, improvement, seed_matrix
from neurosim_rl.studies.table import Row

HIDDEN = "model.hidden"
"""Key of the grid with the number of neurons, or units, in each hidden layer."""


def _return_on_unseen_starts(row: Row) -> float:
    return row.mean_return


def _mean_validation_return(row: Row) -> float:
    if not len(row.validation):
        return np.nan
    return float(np.mean(row.validation))


MEASURES: dict[str, Callable[[Row], float]] = {
    "return on unseen starts": _return_on_unseen_starts,
    "validation return, mean over training": _mean_validation_return,
}
"""Measures of a run, by name; both are sums of rewards, and NaN where the run does not have them.

The first is that of the champion. The second also measures how early the networks were good: it distinguishes settings
with perfect champions.
"""


@dataclass(frozen=True)
class Depths:
    """Returns by number of hidden layers, with all other settings the same.

    Parameters
    ----------
    setting : dict of str to str
        The grid's other values.
    measure : str
        A name of `MEASURES`.
    widths : tuple of int
        Numbers of neurons in each hidden layer of the compared networks: the widths that occur with each number of
        layers.
    returns : dict of int to array, each of shape (n_seeds, n_widths)
        The measure of each run, by number of hidden layers; for seeds that all widths have.
    """

    setting: dict[str, str]
    measure: str
    widths: tuple[int, ...]
    returns: dict[int, np.ndarray]

    @property
    def means(self) -> dict[int, tuple[float, ...]]:
        """By number of layers: interquartile mean of the returns over seeds and widths, and its 95 % interval.

        Percentile bootstrap; seeds are drawn for each width separately (Agarwal et al. 2021, with widths for tasks).
        """
        means: dict[int, tuple[float, ...]] = {}
        for n_layers, returns in self.returns.items():
            low, high = stratified_interval(interquartile_mean, returns)
            means[n_layers] = float(interquartile_mean(returns)), low, high
        return means

    @property
    def improvements(self) -> dict[tuple[int, int], tuple[float, float, float]]:
        """By pair of numbers of layers, the larger first: probability that a run of the larger is better.

        It is a mean over widths; equal returns count half. With its 95 % interval, as in `means`.
        """
        found = {}
        for fewer, more in combinations(sorted(self.returns), 2):
            found[more, fewer] = improvement(self.returns[more], self.returns[fewer])
        return found


def hidden_of(cell: CellSummary) -> tuple[int, ...]:
    """Return the number of neurons in each hidden layer of a cell; an empty tuple if the grid's value is [].

    Raises
    ------
    ConfigurationError
        When the value is no list of whole numbers; the file may be anybody's.
    """
    text = cell.values[HIDDEN]
    try:
        sizes = json.loads(text)
    except (ValueError, RecursionError):
        sizes = None
    if not isinstance(sizes, list) or not all(type(size) is int for size in sizes):
        raise ConfigurationError(f"grid.{HIDDEN} = {text[:60]!r}: expected sizes of hidden layers, such as [8, 4].")
    return tuple(sizes)


def n_hidden_layers(study: StudySpecification, cell: CellSummary) -> int:
    """Return the number of hidden layers of a cell's networks."""
    n = len(hidden_of(cell))
    if n:
        return n
    # Without a size for a hidden layer, model ``dense`` has one hidden layer of its own choice; other models have none.
    model = study.settings_of(Setting(tuple(cell.values.items()))).model.name
    return 1 if model == "dense" else 0


def by_depth(study: StudySpecification, cells: Sequence[CellSummary]) -> list[Depths]:
    """Return the comparisons of a study; none unless its grid has networks of several depths.

    Networks with layers of different widths are left out, and settings where fewer than two depths share a width.
    """
    if HIDDEN not in study.grid:
        return []
    others = dict(study.grid)
    del others[HIDDEN]
    found = []
    for values in product(*others.values()):
        setting = dict(zip(others, values, strict=True))
        of_setting = cells_with(setting, cells)
        for measure in MEASURES:
            depths = _of_setting(setting, measure, of_setting)
            if len(depths.returns) > 1:
                found.append(depths)
    return found


def _of_setting(setting: dict[str, str], measure: str, cells: Sequence[CellSummary]) -> Depths:
    """Return the comparison of one setting, from its cells of all shapes."""
    by_shape: dict[tuple[int, ...], CellSummary] = {}
    widths_of: dict[int, set[int]] = {}  # by number of layers
    for cell in cells:
        hidden = hidden_of(cell)
        if cell.rows and len(set(hidden)) == 1:
            by_shape[hidden] = cell
            widths_of.setdefault(len(hidden), set()).add(hidden[0])
    widths: tuple[int, ...] = ()
    if widths_of:
        widths = tuple(sorted(set.intersection(*widths_of.values())))
    if not widths:
        return Depths(setting, measure, (), {})
    returns = {}
    for n_layers in sorted(widths_of):
        matrix = _matrix([by_shape[(width,) * n_layers] for width in widths], measure)
        if matrix.size:
            returns[n_layers] = matrix
    return Depths(setting, measure, widths, returns)


def _matrix(cells: Sequence[CellSummary], measure: str) -> np.ndarray:
    """Return the measure for the seeds that all cells have, shape (n_seeds, n_cells)."""
    columns = []
    for cell in cells:
        value_of_seed = {}
        for row in cell.rows:
            value = MEASURES[measure](row)
            if np.isfinite(value):
                value_of_seed[row.seed] = value
        columns.append(value_of_seed)
    return seed_matrix(columns)
