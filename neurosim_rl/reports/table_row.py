"""A row of the page of results: one controller in one task."""

from __future__ import annotations

from dataclasses import dataclass, field

OURS, PUBLISHED, SIMPLE = "ours", "published", "simple"
"""Kinds of rows."""


@dataclass(frozen=True)
class TableRow:
    """One controller in one task: a row of the page of results. None: not known, or not applicable.

    Parameters
    ----------
    controller : str
    kind : str
        ``"ours"``, ``"published"`` or ``"simple"``.
    mean, sd : float or None
        Mean return of an episode, and standard deviation over episodes.
    source : str
        The champion, or the citation.
    family : str
        Kind of controller (see `neurosim_rl.measures.controllers`); empty: not a champion of this package.
    interval : tuple of float, or None
        95 % interval of the mean return, over unseen starts.
    forward : float or None
        Mean sum of the part of the reward that the task reports separately; for a robot, the reward for moving forward.
    episodes : int or None
        Number of unseen starts.
    parameters : int or None
        Numbers that training may change.
    weights : int or None
        Weights that are not 0.
    steps, seconds : float or None
        Environment steps of training; wall-clock time of training in s, validation included.
    spikes : float or None
        Spikes of all neurons per environment step.
    energy_j : dict of str to float
        Estimated energy per environment step in J, by device.
    spiking : bool
        Whether the controller is a spiking network.
    own_environment : bool
        Whether the controller was trained and played in the task's own environment; other returns cannot be compared.
    """

    controller: str
    kind: str
    mean: float
    sd: float | None = None
    source: str = ""
    family: str = ""
    interval: tuple[float, float] | None = None
    forward: float | None = None
    episodes: int | None = None
    parameters: int | None = None
    weights: int | None = None
    steps: float | None = None
    seconds: float | None = None
    spikes: float | None = None
    energy_j: dict[str, float] = field(default_factory=dict)
    spiking: bool = False
    own_environment: bool = True
