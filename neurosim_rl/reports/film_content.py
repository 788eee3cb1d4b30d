"""What a film of a champion shows beside the environment: spikes, membranes, actions, and the two clocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim_rl.analysis.film import FilmContent
from neurosim_rl.analysis.membranes import membrane_panels
from neurosim_rl.analysis.panels import Curve, Panel
from neurosim_rl.environments.pictures import step_s
from neurosim_rl.errors import ConfigurationError, NeurosimError
from neurosim_rl.evaluation.replay import record_membranes
from neurosim_rl.reports.shown_membranes import MOST_VALUES, neuron_names
from neurosim_rl.reports.subject import Subject

MOST_MEMBRANES = 4
"""Most chosen membranes; without a choice there are `DEFAULT_MEMBRANES`, of the first output neurons."""
DEFAULT_MEMBRANES = 2
MOST_OBSERVED = 4
"""Most observed variables of a policy without neurons."""


def film_content(subject: Subject, steps: tuple[int, int], speed: float = 1.0) -> FilmContent:
    """Return what a film shows of the first episode of a subject's trial.

    Parameters
    ----------
    subject : Subject
        Its view chooses the neurons with membranes, and the observed variables of a policy without neurons.
    steps : tuple of int
        First environment step that is shown, and the one after the last.
    speed : float
        Told in the title if it is not 1.

    Raises
    ------
    ConfigurationError
        For neurons that do not exist or of a policy that has none, or more than `MOST_MEMBRANES`.
    """
    recording, trial = subject.recording, subject.trial
    has_neurons = subject.optimizee.has_neurons
    if subject.view.neurons and not has_neurons:
        chosen_names = ", ".join(map(repr, subject.view.neurons))
        raise ConfigurationError(f"neurons {chosen_names}: model {subject.config.model.name!r} has none. Omit them.")
    chosen = subject.view.neuron_numbers(subject.network) if has_neurons else None
    return FilmContent(
        title=_title(subject, speed),
        labels=subject.labels,
        actions=recording.first_actions(trial),
        window_ms=subject.config.window_ms,
        step_s=step_s(subject.config.environment),
        network=subject.network if has_neurons else None,
        spikes=recording.spikes.of(trial) if has_neurons else None,
        membranes=_membranes(subject, steps[1], chosen) if has_neurons else (),
        observed=() if has_neurons else _observed(subject),
    )


def _title(subject: Subject, speed: float) -> str:
    recording, trial = subject.recording, subject.trial
    words = f"{subject.title}: start seed {recording.start_seeds[trial]}, return {recording.returns[trial]:.4g}"
    return words if speed == 1.0 else f"{words}, {speed:g} times the environment's speed"


def _observed(subject: Subject) -> Sequence[Curve]:
    values, labels = subject.recording.first_path(subject.trial), subject.labels
    n_edges = int(subject.recording.episode_lengths[subject.trial, 0]) + 1
    shown = subject.view.variable_numbers(labels) or list(range(min(MOST_OBSERVED, len(labels.observations))))
    curves = []
    for k in shown[:MOST_OBSERVED]:
        padded = np.full(n_edges, np.nan)  # in trials of several episodes the last observation is missing
        padded[: len(values)] = values[:, k]
        curves.append(Curve(labels.observations[k], padded))
    return curves


def _membranes(subject: Subject, last: int, chosen: np.ndarray | None) -> Sequence[Panel]:
    """Return the panels of membranes, from a replay of the episode up to a step."""
    network, config = subject.network, subject.config
    neurons = network.output_neurons[:DEFAULT_MEMBRANES] if chosen is None else chosen
    if len(neurons) > MOST_MEMBRANES:
        raise ConfigurationError(
            f"{len(neurons)} neurons are chosen: expected at most {MOST_MEMBRANES} membranes in a film. Choose some of "
            "them, such as output[0:2]."
        )
    n_values = last * config.window_ms / network.resolution_ms * network.n_neurons
    if chosen is None and n_values > MOST_VALUES:
        return []
    start_seed = int(subject.recording.start_seeds[subject.trial])
    try:
        played = record_membranes(subject.optimizee, subject.finished_champion.vector, start_seed, max_steps=last)
    except NeurosimError:
        if chosen is None:  # the film is worth seeing without what nobody asked for
            return []
        raise
    names = neuron_names(subject)
    return membrane_panels(played, neurons, [names[int(k)] for k in neurons])
