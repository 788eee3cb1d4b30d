"""The film of the report: pictures of the environment in a recorded episode."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from neurosim_rl.analysis.page.markup import element, section
from neurosim_rl.environments.pictures import drawn_small, steps_per_s
from neurosim_rl.reports.film_pictures import FilmTimes, environment_pictures, scaled
from neurosim_rl.reports.run_page.widget import Widget, controls_place, median_trial
from neurosim_rl.reports.subject import Subject

MOST_PICTURES = 60
WIDTH_PX = 320
QUALITY = 60
"""Quality of a picture in WebP, of 100."""
LEAST_MS, MOST_MS = 40, 250
"""Shortest and longest time for which a picture is shown."""


def film_widget(subject: Subject) -> Widget:
    """Return pictures of the median recorded episode; a player shows them about as fast as the environment's time.

    Raises
    ------
    EnvironmentSetupError
        When the environment cannot draw.
    DoesNotApply
        When no episode is recorded.
    """
    recording, options = subject.recording, subject.config.environment
    trial = median_trial(recording)
    n_steps = int(recording.episode_lengths[trial, 0])
    every = -(-n_steps // MOST_PICTURES)
    times = FilmTimes.of((0, n_steps), every)
    shown = environment_pictures(drawn_small(options, WIDTH_PX), recording, trial, times)
    frames = [picture_uri(picture, WIDTH_PX) for picture in shown]
    each_ms = float(np.clip(1000 * every / steps_per_s(options), LEAST_MS, MOST_MS))
    seed = recording.start_seeds[trial]
    words = f"{options.id}, start seed {seed}: {n_steps} steps; steps from one picture to the next: {every}"
    film = element("img", id="film-picture", alt=f"Picture of {options.id} in the chosen step", src=frames[0])
    figure = element("figure", film, element("figcaption", words), class_="film")
    content = section("film", "Film", controls_place("film-controls", "Player"), figure)
    return Widget(content, data={"film": {"frames": frames, "steps": times.done, "eachMs": round(each_ms)}})


def picture_uri(picture: np.ndarray, width_px: int, quality: int = QUALITY) -> str:
    """Return a picture, scaled to a width, as the address of an image that holds all its data."""
    height_px = max(1, round(picture.shape[0] * width_px / picture.shape[1]))
    content = io.BytesIO()
    image = Image.fromarray(scaled(picture, (width_px, height_px)))
    image.save(content, "WEBP", quality=quality, method=4)
    return "data:image/webp;base64," + base64.b64encode(content.getvalue()).decode("ascii")
