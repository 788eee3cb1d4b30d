"""Figures for the front door: the one place of it that calls `neurosim_rl.reports` for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from neurosim_rl.analysis import Labels, draw_episode, draw_raster
from neurosim_rl.analysis.gait import draw_gait
from neurosim_rl.analysis.lengths import Lengths, draw_lengths
from neurosim_rl.analysis.space import plot_space
from neurosim_rl.api.display import Figures, in_notebooks
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import Configuration, create_optimizee
from neurosim_rl.records.history import History
from neurosim_rl.records.recording import Recording
from neurosim_rl.reports.figures import FIGURES, Subject
from neurosim_rl.reports.network_figures import NETWORK_FIGURES, LeftOut, NetworkSubject
from neurosim_rl.runs import RunFolder
from neurosim_rl.settings.checks import lookup


def figure(target: str, name: str) -> Figure:
    """Return one figure of a run or champion.

    Raises
    ------
    UnknownNameError
        For an unknown name, with the nearest match.
    ConfigurationError
        When it does not apply; says why.
    """
    lookup("figure", name, {**FIGURES, **NETWORK_FIGURES})
    drawn, why = _draw(target, name)
    if drawn is None:
        raise ConfigurationError(f"figure {name!r} of {target}: {why}. Choose another.")
    return in_notebooks(drawn)


def figures(target: str) -> Figures:
    """Return all figures of a run or champion that apply, by name."""
    found: dict[str, Figure] = {}
    left_out: dict[str, str] = {}
    for name in {**FIGURES, **NETWORK_FIGURES}:
        drawn, why = _draw(target, name)
        if drawn is None:
            left_out[name] = why
        else:
            found[name] = drawn
    return Figures(found, left_out)


def _draw(target: str, name: str) -> tuple[Figure | None, str]:
    """Return a figure, or None and the reason."""
    if name in FIGURES:
        return FIGURES[name](Subject.of(target)), "its data are missing, or the task or network has none such"
    if Path(target).is_dir() and not RunFolder.open(target).champion_path.exists():
        return None, "the run is not finished"
    try:
        return NETWORK_FIGURES[name](NetworkSubject.of(target)), ""
    except LeftOut as reason:
        return None, str(reason)


def history_of(target: str) -> History | None:
    """Return the history of a champion's run; None: it has no run folder."""
    return RunFolder.open(target).history() if Path(target).is_dir() else None


def gene_of(configuration: Configuration, vectors: np.ndarray, name: str) -> np.ndarray:
    """Return one gene of several genomes, shape (n_rows, *shape).

    Raises
    ------
    UnknownNameError
        For an unknown gene, with the nearest match.
    """
    space = create_optimizee(configuration).parameters
    lookup("gene", name, {parameter.name: parameter for parameter in space.parameters})
    return np.stack([space.to_genome(vector)[name] for vector in vectors])


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
    return in_notebooks(draw(network, positions, title))


def _space(network: Network, positions: np.ndarray, title: str) -> Figure:
    figure: Figure = plot_space(network, positions, np.zeros(network.n_neurons)).figure
    figure.suptitle(title)
    return figure


def _lengths(network: Network, positions: np.ndarray, title: str) -> Figure:
    return draw_lengths(Lengths.of(network, positions), title=title)


def replay_figure(optimizee: Any, vector: np.ndarray, recording: Recording, name: str) -> Figure:
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
        When the model has no neurons to draw.
    """
    drawings: dict[str, Callable[..., Figure] | None] = {"episode": None, "gait": draw_gait, "raster": draw_raster}
    draw = lookup("figure of a replay", name, drawings)
    labels, window_ms = Labels.of(optimizee), optimizee.config.window_ms
    if draw is None:
        return in_notebooks(draw_episode(recording, labels, window_ms=window_ms))
    network = optimizee.network(vector)
    return in_notebooks(draw(recording, network, labels, window_ms=window_ms, observed=optimizee.map_axes[0]))
