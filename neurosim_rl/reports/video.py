"""A champion's episode as an animated GIF."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from neurosim_rl.environments.pictures import pictures, steps_per_s
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.evaluation.replay import record
from neurosim_rl.records.recording import Recording
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.runs.files import make_folder, writing

COLOURS = 128
"""Colours in the palette of a GIF."""
WIDEST_PX = 4096
LEAST_MS = 20
"""Shortest time for which viewers show a picture of a GIF; they show shorter ones for longer."""


@dataclass(frozen=True)
class Video:
    """A written video.

    Parameters
    ----------
    path : path
    n_pictures : int
    steps : int
        Environment steps that the video shows.
    start_seed : int
    episode_return : float
        Return of the whole episode.
    """

    path: Path
    n_pictures: int
    steps: int
    start_seed: int
    episode_return: float


def record_video(
    champion: ChampionRecord,
    path: Path,
    *,
    start_seed: int | None = None,
    steps: int = 300,
    width_px: int = 320,
    fps: float = 20.0,
) -> Video:
    """Write an episode of a champion as an animated GIF, in real time of the environment.

    Parameters
    ----------
    champion : ChampionRecord
    path : path
        Ends with ``.gif``; its folder is made if need be.
    start_seed : int or None
        Start seed; None: the first recorded episode, which needs no new simulation.
    steps : int
        Most environment steps to show.
    width_px : int
        Width of the pictures.
    fps : float
        Most pictures per second, up to 50.

    Raises
    ------
    ConfigurationError
        For a name without ``.gif``, or options out of range.
    EnvironmentSetupError
        When the environment cannot draw here.
    RunFolderError
        When the file cannot be written.
    """
    if path.suffix.lower() != ".gif":
        raise ConfigurationError(f"{path}: expected a name that ends with .gif.")
    if steps < 1 or not 16 <= width_px <= WIDEST_PX or not 0 < fps <= 1000 / LEAST_MS:
        raise ConfigurationError(
            f"steps = {steps}, width = {width_px}, fps = {fps:g}: expected at least 1 step, a width of 16 to "
            f"{WIDEST_PX} pixels, and at most {1000 / LEAST_MS:g} pictures per second."
        )
    if start_seed is None:
        recording = champion.recorded()
    else:
        recording = record(champion.optimizee(), champion.vector, [start_seed])
    shown = _first_episode(recording)[:steps]
    options = champion.config.environment
    rate = steps_per_s(options)
    every = max(1, round(rate / fps))
    make_folder(path.parent)
    seed = int(recording.start_seeds[0])
    n_pictures = _write(pictures(options, seed, shown, every=every), path, width_px, 1000.0 * every / rate)
    episode_return = float(recording.traces.rewards[0, : _first_length(recording)].sum())
    return Video(path, n_pictures, len(shown), seed, episode_return)


def _first_length(recording: Recording) -> int:
    return int(recording.episode_lengths[0, 0])


def _first_episode(recording: Recording) -> np.ndarray:
    """Return the actions of the first recorded episode, shape (n_steps, n_dimensions)."""
    return recording.traces.actions[0, : _first_length(recording)]


def _write(frames: Iterable[np.ndarray], path: Path, width_px: int, each_ms: float) -> int:
    """Write pictures as a GIF with one palette, that of the first picture; return the number of pictures."""
    images = [_scaled(frame, width_px) for frame in frames]
    palette = images[0].quantize(COLOURS)
    coloured = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    duration_ms = max(LEAST_MS, round(each_ms / 10) * 10)  # a GIF stores times in 1/100 s
    with writing(path) as temporary:
        coloured[0].save(
            temporary, format="GIF", save_all=True, append_images=coloured[1:], duration=duration_ms, loop=0
        )
    return len(images)


def _scaled(frame: np.ndarray, width_px: int) -> Image.Image:
    image = Image.fromarray(np.asarray(frame, np.uint8))
    height_px = max(1, round(image.height * width_px / image.width))
    return image.resize((width_px, height_px), Image.Resampling.LANCZOS)
