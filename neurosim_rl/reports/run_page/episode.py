"""The recorded episode of the report: spikes, rates, membranes, and what was observed and done."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neurosim_rl.analysis.page.markup import element, paragraph, section
from neurosim_rl.analysis.page.packing import packed, rounded
from neurosim_rl.errors import NeurosimError
from neurosim_rl.evaluation.replay import record_membranes
from neurosim_rl.networks.network import Network
from neurosim_rl.reports.run_page.widget import Widget, controls_place, drawing_place, median_trial
from neurosim_rl.reports.subject import Subject

MOST_SPIKES = 200_000
"""Spikes of a page; of more, the first ones."""
MOST_VARIABLES = 40
MOST_MEMBRANES = 12
"""Neurons with membranes in the page: outputs first, then those with the most spikes."""
MOST_SAMPLES = 240_000
"""Values of all membranes in the page."""
MOST_RECORDED = 20_000_000
"""Values of all membranes that are recorded for the page: a longer episode is cut."""
LEAST_UNIT_MV, MOST_UNITS = 0.01, 32_767
"""Smallest step in which membranes are written, in mV, and most steps from zero."""
NO_VALUE = -32768


def episode_widget(subject: Subject) -> Widget:
    """Return the median recorded episode on one axis of time.

    Raises
    ------
    DoesNotApply
        When no episode is recorded.
    """
    recording = subject.recording
    trial = median_trial(recording)
    n_windows = int(recording.episode_lengths[trial, 0])
    data: dict[str, Any] = {"windowMs": subject.config.window_ms, "nWindows": n_windows, "membranes": None}
    data |= _spikes(subject, trial, n_windows)
    data["variables"] = _variables(subject, trial, n_windows)
    notes = []
    if subject.optimizee.has_neurons:
        try:
            data["membranes"] = _membranes(subject, trial, n_windows)
        except NeurosimError as error:
            notes.append(paragraph(f"No membranes: {error}", kind="note"))
    seed, n_trials = recording.start_seeds[trial], len(recording.returns)
    words = (
        f"Start seed {seed}, the median of {n_trials} recorded trials by return: return "
        f"{recording.returns[trial]:.4g}, {n_windows} steps of {subject.config.window_ms:g} ms each. Many spikes are "
        "shown as rates; drag over a part, or choose a shorter one, to see single spikes. Dotted lines: steps."
    )
    summary = "Spikes, rates of populations, the membrane of a neuron, and a variable of the environment over time."
    place = drawing_place("episode-plot", summary, "plot tall" if data["nNeurons"] else "plot")
    caption = element("p", words, class_="note")
    parts = (controls_place("episode-controls", "Episode"), place, caption, *notes)
    return Widget(section("episode", "Recorded episode", *parts), data={"episode": data})


def populations_table(network: Network) -> list[dict[str, Any]]:
    """Return name, first neuron and size of each population."""
    entries = []
    for population in network.populations:
        first = network.first_neuron[population.name]
        entries.append({"name": population.name, "first": first, "size": population.size})
    return entries


def _spikes(subject: Subject, trial: int, n_windows: int) -> dict[str, Any]:
    """Return the spikes of an episode, and the rate of each population in each window."""
    spikes, resolution_ms = subject.recording.spikes.of(trial), subject.recording.spikes.resolution_ms
    found: dict[str, Any] = {"resolutionMs": resolution_ms or 1.0, "populations": [], "rates": [], "nNeurons": 0}
    end = round(n_windows * subject.config.window_ms / found["resolutionMs"])
    kept = np.flatnonzero(spikes.step <= end)[:MOST_SPIKES]
    found["spikes"] = {
        "neuron": packed(spikes.neuron[kept].astype(np.uint16)),
        "step": packed(spikes.step[kept].astype(np.uint32)),
    }
    if not subject.optimizee.has_neurons:
        return found
    network = subject.network
    found["nNeurons"] = network.n_neurons
    found["populations"] = populations_table(network)
    window = (spikes.step[spikes.step <= end] * resolution_ms - resolution_ms / 2) // subject.config.window_ms
    neuron = spikes.neuron[spikes.step <= end]
    for entry in found["populations"]:
        mine = (neuron >= entry["first"]) & (neuron < entry["first"] + entry["size"])
        counts = np.bincount(window[mine].astype(np.int64), minlength=n_windows)
        rate_hz = 1000.0 * counts / (entry["size"] * subject.config.window_ms)
        found["rates"].append({"name": entry["name"], "values": rounded(rate_hz, 4)})
    return found


def _variables(subject: Subject, trial: int, n_windows: int) -> list[dict[str, Any]]:
    """Return observations, actions and rewards of an episode, with their labels."""
    traces, labels = subject.recording.traces, subject.labels
    observed = subject.recording.first_path(trial)
    variables = []
    for k, name in enumerate(labels.observations[:MOST_VARIABLES]):
        variables.append({"name": name, "values": rounded(observed[:, k], 4), "shift": 0, "held": False})
    actions = traces.actions[trial, :n_windows]
    names = ("action (number)",) if labels.discrete else labels.actions
    for k, name in enumerate(names[: actions.shape[1]]):
        variables.append({"name": f"action: {name}", "values": rounded(actions[:, k], 4), "shift": 0, "held": True})
    reward = rounded(traces.rewards[trial, :n_windows], 4)
    variables.append({"name": "reward", "values": reward, "shift": 0, "held": True})
    return variables


def _membranes(subject: Subject, trial: int, n_windows: int) -> dict[str, Any] | None:
    """Return membranes of some neurons, as whole numbers of a unit; None where no neuron has one."""
    network, config = subject.network, subject.config
    steps_per_window = round(config.window_ms / config.resolution_ms)
    n_recorded = max(1, min(n_windows, MOST_RECORDED // (network.n_neurons * steps_per_window)))
    seed = int(subject.recording.start_seeds[trial])
    played = record_membranes(subject.optimizee, subject.finished_champion.vector, seed, max_steps=n_recorded)
    neurons = _chosen_neurons(subject, trial)
    if not neurons:
        return None
    n_times = min(played.v_mv.shape[2], n_recorded * steps_per_window)
    every = max(1, math.ceil(n_times * len(neurons) / MOST_SAMPLES))
    v_mv = played.v_mv[0, neurons, every - 1 : n_times : every]
    is_known = np.isfinite(v_mv)
    largest_mv = float(np.abs(v_mv[is_known]).max(initial=0.0))
    unit_mv = max(LEAST_UNIT_MV, largest_mv / MOST_UNITS)
    values = np.where(is_known, np.round(np.where(is_known, v_mv, 0.0) / unit_mv), NO_VALUE).astype(np.int16)
    names = [_neuron_name(network, neuron, subject.labels.outputs) for neuron in neurons]
    return {"names": names, "values": packed(values), "unitMv": unit_mv, "stepMs": every * config.resolution_ms}


def _chosen_neurons(subject: Subject, trial: int) -> list[int]:
    """Return neurons with membranes: outputs first, then those with the most spikes."""
    network = subject.network
    counts = np.bincount(subject.recording.spikes.of(trial).neuron, minlength=network.n_neurons)
    order = [*network.output_neurons.tolist(), *np.argsort(-counts, kind="stable").tolist()]
    sources: set[int] = set()
    for population in network.populations:
        if population.is_source:
            sources |= set(network.neurons_of([population.name]).tolist())
    return [neuron for neuron in dict.fromkeys(order) if neuron not in sources][:MOST_MEMBRANES]


def _neuron_name(network: Network, neuron: int, outputs: tuple[str, ...]) -> str:
    """Return a neuron's population and number in it, and for what an output neuron spikes."""
    name = ""
    for population in network.populations:
        first = network.first_neuron[population.name]
        if first <= neuron < first + population.size:
            name = f"{population.name}[{neuron - first}]"
    place = np.flatnonzero(network.output_neurons == neuron)
    return f"{name}: {outputs[place[0]]}" if place.size and place[0] < len(outputs) else name
