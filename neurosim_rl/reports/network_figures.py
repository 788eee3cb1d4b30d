"""Figures of a champion's network: in space, its connections' lengths, its spikes over a gait, and beside others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from neurosim_rl.analysis import Labels
from neurosim_rl.analysis.archive import archive_of_run
from neurosim_rl.analysis.gait import draw_gait
from neurosim_rl.analysis.lengths import Lengths, draw_lengths
from neurosim_rl.analysis.saving import make_folder, save_figure
from neurosim_rl.analysis.space import plot_space
from neurosim_rl.measures.activity import Activity
from neurosim_rl.models import SpikingModel
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord, read_champion


class LeftOut(Exception):  # noqa: N818  # it is no error
    """A figure does not apply; the message says why."""


@dataclass(frozen=True)
class NetworkSubject:
    """What figures are drawn of.

    Parameters
    ----------
    champion : ChampionRecord
    folder : RunFolder or None
        Its run; None for a champion without one.
    """

    champion: ChampionRecord
    folder: RunFolder | None

    @classmethod
    def of(cls, target: str) -> NetworkSubject:
        """Read a finished run folder, a champion's file, or a shipped champion."""
        return cls(read_champion(target), RunFolder.open(target) if Path(target).is_dir() else None)

    @cached_property
    def optimizee(self) -> ClosedLoop:
        """The task."""
        return self.champion.optimizee()

    @cached_property
    def network(self) -> Network:
        """The champion's network.

        Raises
        ------
        LeftOut
            When it has no neurons.
        """
        if not self.optimizee.has_neurons:
            raise LeftOut(f"a {self.champion.config.model.name} policy has no neurons")
        return self.optimizee.network(self.champion.vector)

    @property
    def positions(self) -> np.ndarray:
        """Place of each neuron, shape (n_neurons, n_axes).

        Raises
        ------
        LeftOut
            When its neurons have no place.
        """
        model, options = self.optimizee.model, self.champion.config.model
        positions = model.positions if isinstance(model, SpikingModel) else None
        if positions is None:
            wiring = f" with wiring = {options.wiring!r}" if "wiring" in options.values() else ""
            raise LeftOut(f"neurons of model {options.name!r}{wiring} have no place on a grid")
        return positions

    @property
    def title(self) -> str:
        """Task and seed."""
        return f"{self.champion.config.task}, seed {self.champion.config.seed}"


def draw_network_figures(target: str, out: Path) -> tuple[list[Path], dict[str, str]]:
    """Draw the figures of a champion's network that apply.

    Parameters
    ----------
    target : str
        A finished run folder, a champion's file, or ``champion:NAME``.
    out : path
        Folder for the files; it is made if need be.

    Returns
    -------
    files : list of path
    left_out : dict of str to str
        Why the others do not apply, by name.

    Raises
    ------
    RunFolderError
        When the run is not finished, or the folder cannot be written.
    """
    subject = NetworkSubject.of(target)
    make_folder(out)
    files, left_out = [], {}
    for name, draw in NETWORK_FIGURES.items():
        try:
            files.append(save_figure(draw(subject), out / f"{name}.png"))
        except LeftOut as reason:
            left_out[name] = str(reason)
    return files, left_out


def _space(subject: NetworkSubject) -> Figure:
    network, positions = subject.network, subject.positions
    rate_hz = Activity.of(subject.champion.recording, network, subject.champion.config.window_ms).rate_hz
    ax = plot_space(network, positions, rate_hz)
    ax.figure.suptitle(subject.title)
    return ax.figure


def _lengths(subject: NetworkSubject) -> Figure:
    lengths = Lengths.of(subject.network, subject.positions)
    if not lengths.synapses.sum():
        raise LeftOut("the network has no synapses between neurons")
    return draw_lengths(lengths, title=subject.title)


def _gait(subject: NetworkSubject) -> Figure:
    return draw_gait(
        subject.champion.recording,
        subject.network,
        Labels.of(subject.optimizee),
        window_ms=subject.champion.config.window_ms,
        observed=subject.optimizee.map_axes[0],
    )


def _archive(subject: NetworkSubject) -> Figure:
    """Return the elites among which the champion was found."""
    if subject.folder is None:
        raise LeftOut("a champion's file knows no other individuals; name its run folder")
    history = subject.folder.history()
    figure = None if history is None else archive_of_run(history, subject.folder.config())
    if figure is None:
        raise LeftOut("the run had no optimizer with an archive, such as map-elites")
    return figure


NETWORK_FIGURES: dict[str, Callable[[NetworkSubject], Figure]] = {
    "space": _space,
    "lengths": _lengths,
    "gait": _gait,
    "archive": _archive,
}
"""Every figure: the file's name, and what draws it, or raises `LeftOut`."""
