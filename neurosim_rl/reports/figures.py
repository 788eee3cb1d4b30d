"""All figures of a run or champion, as files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from neurosim_rl.analysis import (
    Labels,
    draw_episode,
    draw_learning,
    draw_paths,
    draw_plasticity,
    draw_progress,
    draw_raster,
    draw_responses,
)
from neurosim_rl.analysis.archive import archive_of_run
from neurosim_rl.analysis.saving import make_folder, save_figure
from neurosim_rl.environments.vehicle import ID as VEHICLE
from neurosim_rl.environments.vehicle import TIME_STEP_S
from neurosim_rl.environments.vehicle_paths import path_of_actions
from neurosim_rl.errors import RunFolderError
from neurosim_rl.evaluation.learning_trial import replay_learning_trial, weights_in_training
from neurosim_rl.evaluation.response_map import response_map
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import ClosedLoop, Configuration, create_optimizee
from neurosim_rl.records.history import History
from neurosim_rl.records.response_map import ResponseMap
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.runs.files import read_arrays, write_arrays

HELD_WINDOWS = 3
"""Windows for which the response map holds each observation. In an episode the network is never at rest: after
one window spikes have hardly reached the output, after two or three the counts are those of an episode."""

GRID = 60
"""Cells on each axis of the response map; a multiple of the 30 bins of a one-hot encoder."""
SMALL_NETWORK = 100
"""With more neurons than these the grid is half as fine: time grows with cells times neurons."""


@dataclass(frozen=True)
class Subject:
    """What figures are drawn of.

    Parameters
    ----------
    config : Configuration
    history : History or None
        None for a champion without its run.
    champion : ChampionRecord or None
        None for a run that is not finished.
    responses_path : path or None
        Where the response map is kept.
    """

    config: Configuration
    history: History | None
    champion: ChampionRecord | None
    responses_path: Path | None

    @classmethod
    def of(cls, target: str) -> Subject:
        """Read a run folder, a champion's file, or a shipped champion."""
        if not Path(target).is_dir():
            champion = read_champion(target)
            return cls(champion.config, None, champion, None)
        folder = RunFolder.open(target)
        known = read_champion(target) if folder.champion_path.exists() else None
        config = folder.config()
        if known is not None:
            config = config.replace(normalisation=known.config.normalisation)  # which it was judged with
        return cls(config, folder.history(), known, folder.responses_path)

    @cached_property
    def optimizee(self) -> ClosedLoop:
        """The task."""
        return create_optimizee(self.config)

    @cached_property
    def labels(self) -> Labels:
        """Names of what is observed and done."""
        return Labels.of(self.optimizee)

    @cached_property
    def network(self) -> Network:
        """The champion's network."""
        assert self.champion is not None
        return self.optimizee.network(self.champion.vector)


def draw_all(target: str, out: Path) -> list[Path]:
    """Draw every figure that a run or champion has the data for, and return the files.

    A run that is not finished has only ``fitness.png``, and a champion without its run has all but that. Without
    neurons there is no ``raster.png``; only the vehicle has ``paths.png``. Networks that learn have ``plasticity.png``
    and, where they pass on what they learned, ``learning.png``; what they learned in training needs the run.

    Parameters
    ----------
    target : str
        A run folder, a champion's file, or ``champion:NAME``.
    out : path
        Folder for the files; it is made if need be.

    Raises
    ------
    RunFolderError
        When there is nothing to draw, or the folder cannot be written.
    """
    subject = Subject.of(target)
    if subject.history is None and subject.champion is None:
        raise RunFolderError(f"{target} has no finished generation to draw. Go on with: neurosim-rl resume {target}")
    make_folder(out)
    figures = {name: draw(subject) for name, draw in FIGURES.items()}
    return [save_figure(figure, out / f"{name}.png") for name, figure in figures.items() if figure is not None]


def _fitness(subject: Subject) -> Figure | None:
    if subject.history is None:
        return None
    champion, config = subject.champion, subject.config
    return draw_progress(
        subject.history,
        one_scale=subject.optimizee.fitness.is_return,
        references=_references(subject),
        champion=None if champion is None else (champion.generation, champion.individual),
        title=f"{config.task}, seed {config.seed} (fitness: {config.fitness.name})",
    )


def _references(subject: Subject) -> dict[str, float]:
    """Return what the returns are compared with."""
    champion, optimizee = subject.champion, subject.optimizee
    references = {} if optimizee.solved_return is None else {"solved": optimizee.solved_return}
    if champion is not None and champion.rule is not None:
        references[optimizee.rule_label] = champion.rule.mean_return
    if champion is not None:
        references["random policy"] = champion.random.mean_return
    return references


def _responses(subject: Subject) -> Figure | None:
    if subject.champion is None:
        return None
    trajectory = subject.champion.recording.first_path()
    return draw_responses(champion_responses(subject), subject.labels, trajectory=trajectory)


def champion_responses(subject: Subject) -> ResponseMap:
    """Return the champion's response map: the kept one if it is this champion's, else a new one, which is kept."""
    champion, path = subject.champion, subject.responses_path
    assert champion is not None
    if path is not None:
        # A map that is missing, damaged or of another layout can simply be made again.
        with suppress(RunFolderError):
            sha256, known = read_arrays(path, "responses", _kept_map)
            if sha256 == champion.sha256:
                return known
    is_small = not subject.optimizee.has_neurons or subject.network.n_neurons <= SMALL_NETWORK
    n_grid = GRID if is_small else GRID // 2
    bounds = _bounds(subject.optimizee, champion.recording.traces.observations)
    made = response_map(subject.optimizee, champion.vector, n_grid=n_grid, n_windows=HELD_WINDOWS, bounds=bounds)
    if path is not None:
        # A run folder that is read-only can be drawn elsewhere.
        with suppress(RunFolderError):
            write_arrays(path, "responses", {"sha256": champion.sha256, **vars(made)})
    return made


def _bounds(optimizee: ClosedLoop, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds of each variable; where none are known, the lowest and highest values of the recorded episodes."""
    low, high = optimizee.normalisation.shown_bounds
    known = np.isfinite(low) & np.isfinite(high)
    lowest, highest = np.nanmin(observed, axis=(0, 1)), np.nanmax(observed, axis=(0, 1))
    return np.where(known, low, lowest), np.where(known, high, highest)


def _kept_map(sha256: bytes, **arrays: Any) -> tuple[str, ResponseMap]:
    """Return the champion's digest and the map that a file holds."""
    axes = (int(arrays["axes"][0]), int(arrays["axes"][1]))
    scalars = {"window_ms": float(arrays["window_ms"]), "n_windows": int(arrays["n_windows"])}
    return sha256.decode(), ResponseMap(**{**arrays, "axes": axes, **scalars})


def _episode(subject: Subject) -> Figure | None:
    if subject.champion is None:
        return None
    return draw_episode(subject.champion.recording, subject.labels, window_ms=subject.config.window_ms)


def _raster(subject: Subject) -> Figure | None:
    if subject.champion is None or not subject.optimizee.has_neurons:
        return None
    return draw_raster(
        subject.champion.recording,
        subject.network,
        subject.labels,
        window_ms=subject.config.window_ms,
        observed=subject.optimizee.map_axes[0],
    )


def _paths(subject: Subject) -> Figure | None:
    environment = subject.optimizee.environment.options
    if subject.champion is None or environment.id != VEHICLE:
        return None
    recording = subject.champion.recording
    seeds = recording.start_seeds.tolist()
    paths = [path_of_actions(environment, seed, a) for seed, a in zip(seeds, recording.traces.actions, strict=True)]
    return draw_paths(paths, seeds, step_s=TIME_STEP_S)


def _plasticity(subject: Subject) -> Figure | None:
    if subject.champion is None:
        return None
    record = replay_learning_trial(subject.optimizee, subject.champion, subject.history)
    if record is None:
        return None
    config, n_episodes = subject.config, int(record.ended.sum())
    which = "a trial of the champion" if subject.optimizee.learns(training=False) else "the champion's last trial"
    title = f"{config.task}, seed {config.seed}: learning in the first {n_episodes} episodes of {which}"
    return draw_plasticity(record, window_ms=config.window_ms, title=title)


def _learning(subject: Subject) -> Figure | None:
    champion, history, optimizee = subject.champion, subject.history, subject.optimizee
    if champion is None or history is None or not history.learned.shape[1]:
        return None
    n_lines = int((history.generation == 0).sum())
    trials = history.returns.reshape(history.n_generations, n_lines, -1)
    return draw_learning(
        trials.swapaxes(0, 1).reshape(n_lines, -1),
        weights_in_training(optimizee, history, champion.individual),
        best_line=champion.individual,
        references={name: r for name, r in _references(subject).items() if name != "random policy"},
        title=f"{subject.config.task}, seed {subject.config.seed}: {n_lines} lines of networks, each learning on",
    )


def _archive(subject: Subject) -> Figure | None:
    return None if subject.history is None else archive_of_run(subject.history, subject.config)


FIGURES: dict[str, Callable[[Subject], Figure | None]] = {
    "fitness": _fitness,
    "responses": _responses,
    "episode": _episode,
    "raster": _raster,
    "paths": _paths,
    "learning": _learning,
    "plasticity": _plasticity,
    "archive": _archive,
}
"""Every figure: the file's name, and what draws it; None when the data are missing or it is none of the task's."""
