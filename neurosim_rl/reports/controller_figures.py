"""Figures of a controller that need no run: a response map, one recorded trial, the network at rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis import draw_episode, draw_raster, draw_responses, plot_actions
from neurosim_rl.analysis.gait import draw_gait
from neurosim_rl.analysis.lengths import Lengths, draw_lengths
from neurosim_rl.analysis.space import plot_space
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.recording import Recording
from neurosim_rl.records.response_map import ResponseMap
from neurosim_rl.reports.labels import task_labels
from neurosim_rl.settings.checks import lookup


def network_figure(network: Network, positions: np.ndarray | None, title: str, name: str) -> Figure:
    """Return a figure of a network at rest: ``"space"`` or ``"lengths"``.

    Raises
    ------
    UnknownNameError
        For another name, with the nearest match.
    ConfigurationError
        When the neurons have no place.
    """
    draw = lookup("figure of a controller", name, {"lengths": _lengths, "space": _space})
    if positions is None:
        raise ConfigurationError("the model's neurons have no place to draw: expected a model such as 'spatial'.")
    return draw(network, positions, title)


def _space(network: Network, positions: np.ndarray, title: str) -> Figure:
    figure: Figure = plot_space(network, positions, np.zeros(network.n_neurons)).figure
    figure.suptitle(title)
    return figure


def _lengths(network: Network, positions: np.ndarray, title: str) -> Figure:
    return draw_lengths(Lengths.of(network, positions), title=title)


def trial_figure(optimizee: ClosedLoop, vector: np.ndarray, recording: Recording, name: str) -> Figure:
    """Return a figure of a recorded trial: ``"episode"``, ``"raster"`` or ``"gait"``.

    Parameters
    ----------
    optimizee : ClosedLoop
    vector : array, shape (n_genes,)
    recording : Recording
        Of one trial.
    name : str

    Raises
    ------
    UnknownNameError
        For another name, with the nearest match.
    ConfigurationError
        When the model has no neurons to draw, and for a gait where no movement repeats itself.
    """
    drawings: dict[str, Callable[..., Figure] | None] = {"episode": None, "gait": draw_gait, "raster": draw_raster}
    draw = lookup("figure of a replay", name, drawings)
    labels, window_ms = task_labels(optimizee), optimizee.config.window_ms
    if draw is None:  # the only one without a network
        return draw_episode(recording, labels, window_ms=window_ms)
    network = optimizee.network(vector)
    return draw(recording, network, labels, window_ms=window_ms, observed=optimizee.facts.map_axes[0])


def map_figure(optimizee: ClosedLoop, response_map: ResponseMap, trajectory: Any = None, taken: Any = None) -> Figure:
    """Return the maps of all output neurons and of the action, with the path of an episode (see `draw_responses`).

    Parameters
    ----------
    trajectory : array of shape (n_steps + 1, n_observations) or None
    taken : array of shape (n_steps, n_dimensions) or None
    """
    labels = task_labels(optimizee)
    return draw_responses(response_map, labels, trajectory=_array(trajectory), taken=_array(taken))


def plot_action_map(
    optimizee: ClosedLoop, response_map: ResponseMap, trajectory: Any, taken: Any, dimension: int, ax: Axes | None
) -> Axes:
    """Plot the map of one dimension of the action, with the path of an episode (see `plot_actions`)."""
    path = {"trajectory": _array(trajectory), "taken": _array(taken)}
    return plot_actions(response_map, task_labels(optimizee), dimension=dimension, ax=ax, **path)


def _array(values: Any) -> np.ndarray | None:
    return None if values is None else np.asarray(values)
