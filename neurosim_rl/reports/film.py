"""A film of a champion's episode: the environment, its spikes, chosen membranes and actions, in step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from neurosim_rl.analysis.film import HEIGHT_PX, WIDTH_PX, FilmFrames
from neurosim_rl.environments.pictures import steps_per_s
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.evaluation.replay import record
from neurosim_rl.reports.film_content import film_content
from neurosim_rl.reports.film_file import FORMATS, LEAST_MS, film_format, gif_fps
from neurosim_rl.reports.film_pictures import FilmTimes, environment_pictures, scaled
from neurosim_rl.reports.subject import Subject
from neurosim_rl.runs.files import make_folder

WIDEST_PX = 4096
NARROWEST_PX = 16
SMALLEST_PX = (480, 270)
"""Smallest frame in which the texts of the panels are legible."""
ENVIRONMENT_WIDTH_PX = 320
FASTEST_FPS = {"gif": 1000 / LEAST_MS, "mp4": 120.0}


@dataclass(frozen=True)
class FilmOptions:
    """How a film is made.

    Parameters
    ----------
    steps : int
        Most environment steps to show.
    size_px : tuple of int or None
        Width and height of a frame; a height of 0: that of the layout. None: the layout's size.
    fps : float
        Frames per second, of a GIF up to 50 and rounded to its times of 1/100 s.
    speed : float
        Seconds of the environment in a second of the film.
    environment_only : bool
        Whether the environment is shown alone, without panels.
    file_format : str or None
        ``"gif"`` or ``"mp4"``; None: by the ending of the file's name.
    """

    steps: int = 300
    size_px: tuple[int, int] | None = None
    fps: float = 20.0
    speed: float = 1.0
    environment_only: bool = False
    file_format: str | None = None

    def check(self, file_format: str) -> None:
        """Check the ranges.

        Raises
        ------
        ConfigurationError
            For a value out of range.
        """
        fastest = FASTEST_FPS[file_format]
        if self.steps < 1:
            raise ConfigurationError(f"steps = {self.steps}: expected at least 1 step.")
        if not 0 < self.fps <= fastest:
            raise ConfigurationError(f"fps = {self.fps:g}: expected above 0 and at most {fastest:g} pictures a second.")
        if not 0 < self.speed < math.inf:
            raise ConfigurationError(f"speed = {self.speed:g}: expected a number above 0; 1 is the environment's time.")
        if self.size_px is not None:
            self._check_size(file_format, *self.size_px)

    def _check_size(self, file_format: str, width: int, height: int) -> None:
        least_width, least_height = (NARROWEST_PX, NARROWEST_PX) if self.environment_only else SMALLEST_PX
        if not least_width <= width <= WIDEST_PX or (height and not least_height <= height <= WIDEST_PX):
            text = f"{width}x{height}" if height else f"{width}"
            raise ConfigurationError(
                f"size = {text}: expected a width of {least_width} to {WIDEST_PX} pixels and a height of "
                f"{least_height} to {WIDEST_PX}."
            )
        if file_format == "mp4" and (width % 2 or height % 2):
            raise ConfigurationError(f"size = {width}x{height}: expected even numbers, as the coding of MP4 needs.")


@dataclass(frozen=True)
class Film:
    """A written film.

    Parameters
    ----------
    path : path
    n_pictures : int
        Frames of the film.
    fps : float
        Frames per second.
    width_px, height_px : int
    steps : int
        Environment steps that the film shows.
    start_seed : int
    episode_return : float
        Return of the whole episode.
    """

    path: Path
    n_pictures: int
    fps: float
    width_px: int
    height_px: int
    steps: int
    start_seed: int
    episode_return: float


Progress = Callable[[int, int], None]
"""Told the finished frames and their total after each frame."""


def record_film(
    subject: Subject,
    path: Path,
    options: FilmOptions = FilmOptions(),
    *,
    start_seed: int | None = None,
    on_frame: Progress | None = None,
) -> Film:
    """Write an episode of a champion as a film.

    Parameters
    ----------
    subject : Subject
        Its view chooses the recorded episode, its part, and the neurons with membranes.
    path : path
        Its folder is made if need be.
    options : FilmOptions
    start_seed : int or None
        Start seed of an episode that is played now, if none of this seed is recorded; None: the view's episode.
    on_frame : callable or None

    Raises
    ------
    ConfigurationError
        For an unknown format, or options out of range.
    MissingExtraError, EnvironmentSetupError
        When the environment cannot draw here, or there is no FFmpeg for MP4.
    RunFolderError
        When the file cannot be written.
    """
    file_format = film_format(path, options.file_format)
    options.check(file_format)
    if start_seed is not None:
        subject = _from_start(subject, start_seed)
    return _written(subject, path, options, file_format, on_frame)


def _written(subject: Subject, path: Path, options: FilmOptions, file_format: str, on_frame: Progress | None) -> Film:
    """Write the film of the episode that a subject's view chooses."""
    recording, trial = subject.finished_champion.recorded(), subject.trial
    n_steps = int(recording.episode_lengths[trial, 0])
    first, last = subject.view.steps(n_steps, subject.config.window_ms)
    steps = first, min(last, first + options.steps)
    fps = gif_fps(options.fps) if file_format == "gif" else options.fps
    rate = steps_per_s(subject.config.environment) * options.speed
    times = FilmTimes.of(steps, rate / fps)
    make_folder(path.parent)
    shown = _Counted(_frames(subject, steps, times, options, even=file_format == "mp4"), len(times.positions), on_frame)
    FORMATS[file_format](iter(shown), path, fps)
    return Film(
        path=path,
        n_pictures=len(times.positions),
        fps=fps,
        width_px=shown.width_px,
        height_px=shown.height_px,
        steps=steps[1] - steps[0],
        start_seed=int(recording.start_seeds[trial]),
        episode_return=float(recording.traces.rewards[trial, :n_steps].sum()),
    )


def _from_start(subject: Subject, start_seed: int) -> Subject:
    """Return a champion with the episode of a start seed: the recorded one, or one that is played now."""
    champion = subject.finished_champion
    recorded = np.flatnonzero(champion.recording.start_seeds == start_seed)
    if len(recorded):
        return replace(subject, view=replace(subject.view, episode=int(recorded[0]) + 1))
    played = replace(champion, recording=record(subject.optimizee, champion.vector, [start_seed]))
    return replace(subject, champion=played, view=replace(subject.view, episode=1))


def _frames(
    subject: Subject, steps: tuple[int, int], times: FilmTimes, options: FilmOptions, *, even: bool
) -> Iterator[np.ndarray]:
    """Give the frames of a film."""
    drawn = environment_pictures(subject.config.environment, subject.recording, subject.trial, times)
    first = next(drawn)  # an environment that cannot draw fails before anything else is computed
    whole = chain([first], drawn)
    if options.environment_only:
        width, height = options.size_px or (ENVIRONMENT_WIDTH_PX, 0)
        size = width, height or _height(first, width, even=even)
        yield from (scaled(picture, size) for picture in whole)
        return
    width, height = options.size_px or (WIDTH_PX, HEIGHT_PX)
    height = height or 2 * round(width * HEIGHT_PX / WIDTH_PX / 2)
    drawing = FilmFrames(film_content(subject, steps, options.speed), steps, first.shape[1::-1], (width, height))
    for position, picture in zip(times.positions, whole, strict=True):
        yield drawing.frame(float(position), picture)


class _Counted:
    """Frames that are counted while they are written; their size is known after the first one."""

    def __init__(self, frames: Iterator[np.ndarray], n_frames: int, on_frame: Progress | None) -> None:
        self._frames, self._n_frames, self._on_frame = frames, n_frames, on_frame
        self.width_px = self.height_px = 0

    def __iter__(self) -> Iterator[np.ndarray]:
        for number, frame in enumerate(self._frames, start=1):
            self.height_px, self.width_px = frame.shape[:2]
            yield frame
            if self._on_frame is not None:
                self._on_frame(number, self._n_frames)


def _height(picture: np.ndarray, width: int, *, even: bool) -> int:
    """Return the height of a picture of another width."""
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    return height + height % 2 if even else height
