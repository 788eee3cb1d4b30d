"""Figures of a champion's activity: intervals between spikes, excitation and inhibition, spike-triggered actions."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from neurosim_rl.analysis.balance import draw_balance, synaptic_inputs
from neurosim_rl.analysis.caption import caption
from neurosim_rl.analysis.intervals import draw_intervals, spike_intervals
from neurosim_rl.analysis.triggered import LEAST_SPIKES, action_signals, changing_signals, draw_triggered
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.reports.subject import DoesNotApply, Subject


def intervals_figure(subject: Subject) -> Figure:
    """Return the intervals between spikes of each population, and their coefficients of variation."""
    first, last = subject.steps
    window_ms = subject.config.window_ms
    network, spikes = subject.network, _spikes(subject).between(first * window_ms, last * window_ms)
    if not any(len(own) for own in spike_intervals(spikes, network.n_neurons)):
        raise DoesNotApply("no neuron spikes twice in the shown time")
    return draw_intervals(spikes, network, title=_title(subject))


def balance_figure(subject: Subject) -> Figure:
    """Return the excitatory and inhibitory synaptic input of each population over an episode."""
    network, spikes, window_ms = subject.network, _spikes(subject), subject.config.window_ms
    first, last = subject.steps
    edges_s = np.arange(first, last + 1) * window_ms * 1e-3
    if not synaptic_inputs(spikes, network, edges_s):
        raise DoesNotApply("the network has no synapses between neurons")
    return draw_balance(spikes, network, edges_s, window_ms=window_ms, title=_title(subject))


def triggered_figure(subject: Subject) -> Figure:
    """Return the mean action before and after a spike of each neuron."""
    network, spikes = subject.network, _spikes(subject)
    if np.bincount(spikes.neuron, minlength=1).max() < LEAST_SPIKES:
        raise DoesNotApply(f"no neuron has {LEAST_SPIKES} spikes in the episode")
    trial, recording = subject.trial, subject.recording
    actions = recording.traces.actions[trial, : int(recording.lengths[trial])]
    if not changing_signals(action_signals(actions, subject.labels)):
        raise DoesNotApply("the action never changes in the episode")
    window_ms = subject.config.window_ms
    return draw_triggered(
        spikes, actions, network, subject.labels, window_ms=window_ms, title=caption(recording, trial)
    )


def _spikes(subject: Subject) -> Spikes:
    return subject.recording.spikes.of(subject.trial)


def _title(subject: Subject) -> str:
    return caption(subject.recording, subject.trial, subject.steps)
