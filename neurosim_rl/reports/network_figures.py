"""Figures of a champion's network: neurons in space, lengths of connections, gait; and the archive of its run."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from neurosim_rl.analysis.archive import best_of_cells, draw_archive
from neurosim_rl.analysis.gait import NO_GAIT, draw_gait, recorded_period
from neurosim_rl.analysis.lengths import Lengths, draw_lengths
from neurosim_rl.analysis.space import plot_space
from neurosim_rl.analysis.weights import draw_weights
from neurosim_rl.measures.activity import Activity
from neurosim_rl.optimizers.map_elites import DESCRIPTORS
from neurosim_rl.reports.subject import DoesNotApply, Subject
from neurosim_rl.reports.weight_matrices import weight_matrices


def space_figure(subject: Subject) -> Figure:
    """Return the neurons at their positions, coloured by firing rate, and the synapses."""
    network, positions = subject.network, subject.positions
    activity = Activity.of(subject.recording, network, subject.config.window_ms)
    ax = plot_space(network, positions, activity.rate_hz)
    ax.figure.suptitle(subject.title)
    return ax.figure


def lengths_figure(subject: Subject) -> Figure:
    """Return the lengths of the synapses beside those that the wiring rule expects."""
    lengths = Lengths.of(subject.network, subject.positions)
    if not lengths.synapses.sum():
        raise DoesNotApply("the network has no synapses between neurons")
    return draw_lengths(lengths, title=subject.title)


def gait_figure(subject: Subject) -> Figure:
    """Return the spikes of two cycles of a movement, below one observed variable and the actions."""
    recording, trial = subject.recording, subject.trial
    network = subject.network
    if recorded_period(recording, trial) is None:
        raise DoesNotApply(NO_GAIT)
    return draw_gait(
        recording,
        network,
        subject.labels,
        window_ms=subject.config.window_ms,
        observed=subject.shown_variables[0],
        episode=trial,
    )


def weights_figure(subject: Subject) -> Figure:
    """Return all weight matrices of a champion: of its network with read-in and read-out, or of its policy."""
    matrices = weight_matrices(subject.optimizee, subject.finished_champion.vector)
    if not matrices:
        raise DoesNotApply("the network has no synapses, no read-in and no read-out")
    learns = subject.optimizee.learns(training=False)
    return draw_weights(matrices, title=f"{subject.title}{': weights before learning' if learns else ''}")


def archive_figure(subject: Subject) -> Figure:
    """Return the elites of a run of MAP-Elites: the best fitness of each behaviour."""
    history, optimizer = subject.run_history, subject.config.optimizer
    if not history.behaviour.shape[1] or "cells" not in optimizer.values():
        raise DoesNotApply("the run had no optimizer with an archive, such as map-elites")
    fitness = np.where(history.failure == "", history.fitness, np.nan)
    n_cells = [int(n) for n in optimizer.cells]
    best = best_of_cells(history.behaviour, fitness, DESCRIPTORS, n_cells)
    return draw_archive(best, DESCRIPTORS, title=subject.title)
