"""Membranes beside a raster: those of the chosen neurons, or of output neurons that are read out by their membranes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim_rl.analysis.labels import without_unit
from neurosim_rl.analysis.membranes import membrane_panels
from neurosim_rl.analysis.panels import Panel
from neurosim_rl.evaluation.replay import record_membranes
from neurosim_rl.reports.subject import Subject

MOST_MEMBRANES = 8
"""Most membranes that a figure shows."""
MOST_VALUES = 40_000_000
"""Most values of all membranes in a replay (320 MB); a longer episode of a larger network is left without them."""


def shown_membranes(subject: Subject, neurons: np.ndarray | None) -> tuple[Sequence[Panel], str]:
    """Return the panels of membranes, from a replay of the shown trial, and what is left out, as text.

    There are no panels where the decoder reads spikes and no neurons are chosen.

    Parameters
    ----------
    subject : Subject
    neurons : int array or None
        Numbers of the chosen neurons, of which up to `MOST_MEMBRANES` have a panel; None: those of output neurons,
        if the decoder reads membranes.
    """
    network, config = subject.network, subject.config
    if neurons is None and not subject.optimizee.decoder.reads_membrane:
        return [], ""
    chosen = network.output_neurons if neurons is None else neurons
    n_times = int(subject.recording.lengths[subject.trial]) * config.window_ms / network.resolution_ms
    if n_times * network.n_neurons > MOST_VALUES:
        return [], f"without membranes: those of {network.n_neurons} neurons in so long an episode need too much memory"
    start_seed = int(subject.recording.start_seeds[subject.trial])
    membranes = record_membranes(subject.optimizee, subject.finished_champion.vector, start_seed)
    shown, names = chosen[:MOST_MEMBRANES], neuron_names(subject)
    left_out = f"membranes of {len(shown)} of {len(chosen)} neurons" if len(shown) < len(chosen) else ""
    return membrane_panels(membranes, shown, [names[int(k)] for k in shown]), left_out


def neuron_names(subject: Subject) -> list[str]:
    """Return the name of each neuron: that of its action for outputs, else population and number."""
    network, labels = subject.network, subject.labels
    names = []
    for population in network.populations:
        names += [f"{population.name}[{k}]" for k in range(population.size)]
    outputs = labels.outputs or labels.actions
    if len(outputs) == network.n_outputs:
        for neuron, name in zip(network.output_neurons, outputs, strict=True):
            names[int(neuron)] = without_unit(name)
    return names
