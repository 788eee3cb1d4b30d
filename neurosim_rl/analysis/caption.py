"""Captions of recorded episodes, for the titles of figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim_rl.records.recording import Recording


def caption(recording: Recording, episode: int, steps: tuple[int, int] | None = None) -> str:
    """Return which recorded episode or trial a figure shows: number, start seed, steps and return.

    Parameters
    ----------
    recording : Recording
    episode : int
        Number of the recorded episode or trial, from 0.
    steps : tuple of int or None
        First environment step that is shown, and the one after the last; None: all.
    """
    n_steps = int(recording.lengths[episode])
    what, mean = "Episode", ""
    if recording.n_trial > 1:
        what, mean = f"Trial of {recording.n_trial} episodes,", "mean "
    number = f"{episode + 1} of {len(recording.lengths)} recorded"
    shown = f"{n_steps} steps"
    if steps is not None and steps != (0, n_steps):
        shown = f"steps {steps[0]} to {steps[1]} of {n_steps}"
    seed, value = recording.start_seeds[episode], recording.returns[episode]
    return f"{what} {number}: start seed {seed}, {shown}, {mean}return {value:.4g}"
