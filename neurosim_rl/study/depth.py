"""Numbers of hidden layers compared, over networks of the same widths."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from neurosim_rl.comparison.statistics import interquartile_mean, stratified_interval
from neurosim_rl.settings.grid import Setting
from neurosim_rl.study.specification import StudySpecification
from neurosim_rl.study.summary import CellSummary, improvement
from neurosim_rl.study.table import Row

HIDDEN = "model.hidden"
"""Key of the grid that says how many neurons, or units, each hidden layer has."""
MEASURES: dict[str, Callable[[Row], float]] = {
    "return on unseen starts": lambda row: row.mean_return,
    "validation return, mean over training": lambda row: (
        float(np.mean(row.validation)) if len(row.validation) else np.nan
    ),
}
"""What runs are compared by: the champion, and how early networks were good, which tells apart what is perfect in the
end. Both are sums of rewards; NaN: the run does not have it."""


@dataclass(frozen=True)
class Depths:
    """Returns by number of hidden layers, all else the same.

    Parameters
    ----------
    setting : dict of str to str
        The grid's other values.
    measure : str
        Which returns, as named in `MEASURES`.
    widths : tuple of int
        Neurons in each hidden layer of the networks that are compared: widths that every number of layers has.
    returns : dict of int to array, each of shape (n_seeds, n_widths)
        By number of hidden layers, the measure of each run; of seeds that every width has.
    """

    setting: dict[str, str]
    measure: str
    widths: tuple[int, ...]
    returns: dict[int, np.ndarray]

    @property
    def means(self) -> dict[int, tuple[float, ...]]:
        """By number of layers: interquartile mean of returns over seeds and widths, and its 95 % interval.

        Percentile bootstrap; seeds are drawn for each width by itself (Agarwal et al. 2021, with widths for tasks).
        """
        return {
            n: (float(interquartile_mean(returns)), *stratified_interval(interquartile_mean, returns))
            for n, returns in self.returns.items()
        }

    @property
    def improvements(self) -> dict[tuple[int, int], tuple[float, float, float]]:
        """By pair of numbers of layers, the larger first: probability that a run of the first is better.

        On average over widths, equal returns counting half, and its 95 % interval, as of `means`.
        """
        return {
            (more, fewer): improvement(self.returns[more], self.returns[fewer])
            for fewer, more in combinations(sorted(self.returns), 2)
        }


def hidden_of(cell: CellSummary) -> tuple[int, ...]:
    """Return the neurons in each hidden layer of a cell; empty: none is named."""
    return tuple(int(n) for n in json.loads(cell.values[HIDDEN]))


def n_hidden_layers(study: StudySpecification, cell: CellSummary) -> int:
    """Return how many hidden layers a cell's networks have; model ``dense`` makes one where none is named."""
    n = len(hidden_of(cell))
    if n:
        return n
    model = study.configuration(Setting(tuple(cell.values.items()))).model.name
    return 1 if model == "dense" else 0


def by_depth(study: StudySpecification, cells: Sequence[CellSummary]) -> list[Depths]:
    """Return the comparisons of a study; none where its grid does not have networks of several depths.

    Networks whose layers differ in width are left out, and settings of which fewer than two depths share a width.
    """
    if HIDDEN not in study.grid:
        return []
    others = [key for key in study.grid if key != HIDDEN]
    found = []
    for values in product(*(study.grid[key] for key in others)):
        setting = dict(zip(others, values, strict=True))
        mine = [cell for cell in cells if all(cell.values[key] == value for key, value in setting.items())]
        compared = (_of_setting(setting, measure, mine) for measure in MEASURES)
        found += [depths for depths in compared if len(depths.returns) > 1]
    return found


def _of_setting(setting: dict[str, str], measure: str, cells: Sequence[CellSummary]) -> Depths:
    by_shape = {hidden_of(cell): cell for cell in cells if cell.rows and len(set(hidden_of(cell))) == 1}
    layers = sorted({len(hidden) for hidden in by_shape})
    shared = [{hidden[0] for hidden in by_shape if len(hidden) == n} for n in layers]
    widths = tuple(sorted(set.intersection(*shared))) if shared else ()
    matrices = {n: _matrix([by_shape[(width,) * n] for width in widths], measure) for n in layers} if widths else {}
    return Depths(setting, measure, widths, {n: matrix for n, matrix in matrices.items() if matrix.size})


def _matrix(cells: Sequence[CellSummary], measure: str) -> np.ndarray:
    """Return the measure of the seeds for which all cells have it, shape (n_seeds, n_cells)."""
    measured = [{row.seed: MEASURES[measure](row) for row in cell.rows} for cell in cells]
    of_seed = [{seed: value for seed, value in values.items() if np.isfinite(value)} for values in measured]
    seeds = set.intersection(*(set(values) for values in of_seed))
    return np.array([[returns[seed] for returns in of_seed] for seed in sorted(seeds)]).reshape(-1, len(cells))
