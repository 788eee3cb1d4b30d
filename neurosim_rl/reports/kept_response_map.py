"""A champion's response map, kept in its run folder."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from neurosim_rl.errors import RunFolderError
from neurosim_rl.evaluation.response_map import response_map
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.entries import check_equal, check_within
from neurosim_rl.records.response_map import ResponseMap
from neurosim_rl.reports.subject import DoesNotApply, Subject
from neurosim_rl.runs.files import read_arrays, write_arrays

HELD_WINDOWS = 3
"""Windows for which the response map holds each observation. In an episode the network is never at rest: after
one window spikes have hardly reached the output, after two or three the counts are those of an episode."""

GRID = 60
"""Cells on each axis of the response map; a multiple of the 30 bins of a one-hot encoder."""
SMALL_NETWORK = 100
"""Neurons up to which an axis has `GRID` cells, else half of them: time grows with cells times neurons."""


def champion_response_map(subject: Subject) -> ResponseMap:
    """Return the champion's response map: the kept map if it is of this champion, else a new map, which is kept.

    A map over two variables that the subject's view names is made each time.
    """
    champion = subject.finished_champion
    axes = _chosen_axes(subject)
    path = None if subject.folder is None or axes is not None else subject.folder.responses_path
    if path is not None:
        # A map that is missing, damaged or of another layout is made again.
        with suppress(RunFolderError):
            sha256, kept = read_arrays(path, "responses", _kept_map)
            if sha256 == champion.sha256:
                return kept
    made = response_map(
        subject.optimizee,
        champion.vector,
        n_grid=_grid(subject),
        n_windows=HELD_WINDOWS,
        axes=axes,
        bounds=map_bounds(subject.optimizee, subject.recording.traces.observations),
    )
    if path is not None:
        # A run folder may be read-only: its figures can be drawn elsewhere.
        with suppress(RunFolderError):
            write_arrays(path, "responses", {"sha256": champion.sha256, **vars(made)})
    return made


def _chosen_axes(subject: Subject) -> tuple[int, int] | None:
    """Return the two variables of the subject's view; None: the task's choice.

    Raises
    ------
    DoesNotApply
        When the view has another number of different variables.
    """
    chosen = subject.view.variable_numbers(subject.labels)
    if not chosen:
        return None
    if len(chosen) != 2 or len(set(chosen)) != 2:
        raise DoesNotApply(f"a response map has two different variables, and {len(set(chosen))} are chosen")
    return chosen[0], chosen[1]


def _grid(subject: Subject) -> int:
    """Return the number of cells on each axis."""
    if subject.optimizee.has_neurons and subject.network.n_neurons > SMALL_NETWORK:
        return GRID // 2
    return GRID


def map_bounds(optimizee: ClosedLoop, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds of each variable; unknown bounds are the lowest and highest values of the recorded episodes."""
    low, high = optimizee.normalisation.shown_bounds
    known = np.isfinite(low) & np.isfinite(high)
    lowest, highest = np.nanmin(observed, axis=(0, 1)), np.nanmax(observed, axis=(0, 1))
    return np.where(known, low, lowest), np.where(known, high, highest)


def _kept_map(sha256: bytes, **arrays: Any) -> tuple[str, ResponseMap]:
    """Return the champion's digest and the map of a file."""
    axes = (int(arrays["axes"][0]), int(arrays["axes"][1]))
    scalars = {"window_ms": float(arrays["window_ms"]), "n_windows": int(arrays["n_windows"])}
    kept = ResponseMap(**{**arrays, "axes": axes, **scalars})
    cells = (len(kept.y), len(kept.x))
    for name in ("counts", "actions"):
        values = getattr(kept, name)
        check_equal(name, (values.shape[:2], values.ndim), (cells, 3))
    check_within("axes", np.array(axes), 0, len(kept.fixed) - 1)
    return sha256.decode(), kept
