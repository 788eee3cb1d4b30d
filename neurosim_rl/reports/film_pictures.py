"""Times of a film's frames, and the environment's picture at each of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from neurosim_rl.environments.pictures import pictures
from neurosim_rl.environments.spec import EnvironmentOptions
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.records.recording import Recording

MOST_FRAMES = 20_000
TIMED = 1e-9
"""Share of a step that absorbs the rounding of times."""


@dataclass(frozen=True)
class FilmTimes:
    """Times of a film's frames.

    Parameters
    ----------
    positions : array, shape (n_frames,)
        Environment steps that have passed since the start of the episode; a fraction is a part of a window.
    """

    positions: np.ndarray

    @classmethod
    def of(cls, steps: tuple[int, int], steps_per_frame: float) -> FilmTimes:
        """Return times from the first step to the last, and the last one for a frame more if it falls between two.

        Raises
        ------
        ConfigurationError
            For more than `MOST_FRAMES` frames.
        """
        first, last = steps
        n_whole = math.floor((last - first) / steps_per_frame + TIMED)
        if n_whole >= MOST_FRAMES:
            raise ConfigurationError(
                f"the film would have {n_whole} frames; expected fewer than {MOST_FRAMES}. Choose fewer steps, a "
                "higher speed, or fewer frames per second."
            )
        positions = first + steps_per_frame * np.arange(n_whole + 1)
        if last - positions[-1] > TIMED:
            positions = np.append(positions, float(last))
        return cls(positions)

    @property
    def done(self) -> np.ndarray:
        """Whole environment steps that have passed, shape (n_frames,)."""
        return np.floor(self.positions + TIMED).astype(int)


def environment_pictures(
    options: EnvironmentOptions, recording: Recording, trial: int, times: FilmTimes
) -> Iterator[np.ndarray]:
    """Give the environment's picture at each time of a film, in the first episode of a recorded trial."""
    done = times.done
    actions = recording.first_actions(trial)[: int(done[-1])]
    needed = set(done.tolist())
    drawn = pictures(options, int(recording.start_seeds[trial]), actions, steps=needed)
    shown, picture = -1, np.zeros((1, 1, 3), np.uint8)
    for step in done:
        if step != shown:
            picture, shown = np.asarray(next(drawn), np.uint8), int(step)
        yield picture


def scaled(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a picture of another width and height."""
    image = Image.fromarray(np.asarray(picture, np.uint8))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))
