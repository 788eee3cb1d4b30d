"""Elements of a batch: what is played, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from neurosim_rl.rollout import Episodes
from neurosim_rl.simulators import Spikes


@dataclass(frozen=True)
class Element:
    """One batch element: an individual in an episode.

    Parameters
    ----------
    individual : int
        Row of the individual among the vectors that are evaluated together.
    start_seed : int
        Seed with which the environment is reset.
    seed : int
        That of its run, from which the element's random stream descends: a batch may hold elements of several runs.
    key : tuple of int
        Purpose and key of that stream (see :mod:`neurosim_rl.seeds`).
    """

    individual: int
    start_seed: int
    seed: int
    key: tuple[int, ...]


@dataclass(frozen=True)
class Played:
    """Episodes, and the spikes of all neurons if they were recorded (none, if there are no neurons)."""

    episodes: Episodes
    spikes: Spikes | None = None
