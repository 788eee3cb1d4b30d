"""Response maps with names and units: spike counts and actions over a grid of observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim_rl.api.series import name_and_unit
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.records.response_map import ResponseMap
from neurosim_rl.reports.labels import task_labels
from neurosim_rl.settings.checks import lookup

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Responses:
    """A response map with the names of what was observed and done.

    Parameters
    ----------
    map : ResponseMap
    optimizee : ClosedLoop
        The task.
    """

    map: ResponseMap
    optimizee: Any

    @cached_property
    def labels(self) -> Any:
        """Names of observed variables, actions and neurons (see `Labels`)."""
        return task_labels(self.optimizee)

    @property
    def x(self) -> np.ndarray:
        """Grid values of the first variable, shape (n_x,)."""
        return self.map.x

    @property
    def y(self) -> np.ndarray:
        """Grid values of the second variable, shape (n_y,)."""
        return self.map.y

    @property
    def names(self) -> tuple[str, str]:
        """Names and units of the two variables, such as ``"position (m)"``."""
        first, second = self.map.axes
        return self.labels.observations[first], self.labels.observations[second]

    @property
    def counts(self) -> np.ndarray:
        """Spikes of each output neuron in the last window, int, shape (n_y, n_x, n_outputs)."""
        return self.map.counts

    @property
    def actions(self) -> np.ndarray:
        """Action that follows, shape (n_y, n_x, n_dimensions)."""
        return self.map.actions

    def to_frame(self) -> pd.DataFrame:
        """Return one row a cell of the grid: the two variables, the action, and counts of output neurons (pandas)."""
        import pandas as pd

        grid_x, grid_y = np.meshgrid(self.x, self.y)
        columns = {self.names[0]: grid_x.ravel(), self.names[1]: grid_y.ravel()}
        actions = ("action",) if self.labels.discrete else self.labels.actions
        for k, name in enumerate(actions):
            columns[name] = self.actions[..., k].ravel()
        for k in range(self.counts.shape[2]):
            columns[f"spikes of output {k}"] = self.counts[..., k].ravel()
        return pd.DataFrame(columns)

    def plot(self, trajectory: Any = None, *, taken: Any = None) -> Figure:
        """Return the maps of the output neurons, and of the action.

        Parameters
        ----------
        trajectory : array of shape (n_steps + 1, n_observations) or None
            Observations of an episode, such as ``replay.observations``, drawn over the map of actions.
        taken : array of shape (n_steps, n_dimensions) or None
            Its actions, such as ``replay.actions``. They colour the path, and the title says in how many steps the map
            gives them; in fewer than 90 %, the path has axes of its own. None: the path is black.
        """
        from neurosim_rl.api.display import in_notebooks
        from neurosim_rl.reports.controller_figures import map_figure

        return in_notebooks(map_figure(self.optimizee, self.map, trajectory, taken))

    def plot_actions(
        self, trajectory: Any = None, *, taken: Any = None, dimension: int = 0, ax: Axes | None = None
    ) -> Axes:
        """Draw the map of one dimension of the action alone.

        Parameters
        ----------
        trajectory, taken : array or None
            As for `plot`; a path along which the map does not hold is not drawn.
        dimension : int
        ax : Axes or None
            None: those of a new figure.
        """
        from neurosim_rl.reports.controller_figures import plot_action_map

        return plot_action_map(self.optimizee, self.map, trajectory, taken, dimension, ax)

    def __repr__(self) -> str:
        """Return one line."""
        return (
            f"<Responses: {len(self.x)} x {len(self.y)} over {self.names[0]} and {self.names[1]}, "
            f"{self.map.n_windows} windows of {self.map.window_ms:g} ms>"
        )


def responses_of(
    optimizee: Any,
    vector: np.ndarray,
    *,
    grid: int = 50,
    windows: int = 3,
    window_ms: float | None = None,
    axes: Sequence[str | int] | None = None,
    fixed: Mapping[str, float] | Sequence[float] | None = None,
    bounds: tuple[Any, Any] | None = None,
) -> Responses:
    """Hold each observation of a grid for some windows, from rest, and count the spikes of the last.

    Parameters
    ----------
    optimizee : ClosedLoop
    vector : array, shape (n_genes,)
    grid : int
        Cells on each axis.
    windows : int
        1: the first answer of a network at rest; 2 or 3: about the answers within an episode.
    window_ms : float or None
        Duration of a window in ms; None: the task's.
    axes : sequence of two str or int, or None
        Names or numbers of the variables on x and y; None: the task's.
    fixed : mapping of str to float, array of shape (n_observations,), or None
        Values of the other variables; None: the task's, or the middle of their bounds.
    bounds : tuple of two arrays of shape (n_observations,), or None
        Lowest and highest values; None: the known ones.

    Raises
    ------
    UnknownNameError
        For an unknown variable, with the nearest match.
    ConfigurationError
        When a variable of the grid has no bounds.
    """
    from neurosim_rl.evaluation.response_map import response_map

    observed = task_labels(optimizee).observations
    made = response_map(
        optimizee,
        vector,
        n_grid=grid,
        n_windows=windows,
        window_ms=window_ms,
        axes=None if axes is None else _two(axes, observed),
        fixed=_fixed(fixed, optimizee, observed),
        bounds=bounds,
    )
    return Responses(made, optimizee)


def _two(axes: Sequence[str | int], observed: tuple[str, ...]) -> tuple[int, int]:
    numbers = [_number(axis, observed) for axis in axes]
    if len(numbers) != 2:
        raise ConfigurationError(f"axes = {list(axes)}: expected two observed variables, such as axes=(0, 1).")
    return numbers[0], numbers[1]


def _number(axis: str | int, observed: tuple[str, ...]) -> int:
    """Return the number of an observed variable."""
    names = [name_and_unit(label)[0] for label in observed]
    if isinstance(axis, str):
        return lookup("observed variable", axis, {name: number for number, name in enumerate(names)})
    if not 0 <= axis < len(names):
        raise ConfigurationError(f"observed variable {axis}: expected a number from 0 to {len(names) - 1}.")
    return axis


def _fixed(fixed: Any, optimizee: Any, observed: tuple[str, ...]) -> np.ndarray | None:
    """Return values of all variables: named ones as given, others in the middle of their bounds."""
    if fixed is None:
        return None
    if not isinstance(fixed, Mapping):
        return np.asarray(fixed, dtype=np.float64)
    low, high = optimizee.normalisation.shown_bounds
    values = np.array(optimizee.facts.map_fixed or (low + high) / 2, dtype=np.float64)
    for name, value in fixed.items():
        values[_number(name, observed)] = value
    return values
