"""Response maps of the report, in the network's state of some steps of the recorded episode."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from neurosim_rl.analysis.labels import without_unit
from neurosim_rl.analysis.page.markup import Markup, element, section
from neurosim_rl.analysis.page.packing import packed, rounded
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.evaluation.carried_response_maps import carried_response_maps
from neurosim_rl.records.carried_responses import CarriedResponses
from neurosim_rl.reports.kept_response_map import map_bounds
from neurosim_rl.reports.run_page.episode import populations_table
from neurosim_rl.reports.run_page.widget import Widget, controls_place, drawing_place, median_trial
from neurosim_rl.reports.subject import DoesNotApply, Subject
from neurosim_rl.settings.checks import lookup

GRID, FINE_GRID = 12, 20
"""Cells on each axis of a map, and of maps of a single pair of variables."""
MOST_STEPS = 20
"""Steps of the episode with maps."""
MOST_VARIABLES, MOST_VARIABLES_OF_LARGE = 4, 3
"""Variables of which each pair has maps; of networks with more than `LARGE_NETWORK` neurons, fewer."""
LARGE_NETWORK = 60
WORK = {"nest": 500_000}
"""Windows times neurons, or spikes, that may be played for all maps, by simulator."""
USUAL_WORK = 5_000_000
LARGEST_SPIKES = 900_000
"""Characters for the spikes of all cells in the page."""


def responses_widget(subject: Subject, variables: Sequence[str] | None = None) -> Widget:
    """Return maps of all pairs of some variables, in some steps of the median recorded episode.

    Parameters
    ----------
    subject : Subject
    variables : sequence of str or None
        Names of observed variables; None: the task's two, and the first others.

    Raises
    ------
    DoesNotApply
        With one observed variable, or no recorded episode.
    UnknownNameError
        For an unknown variable, with the nearest match.
    ConfigurationError
        When the network's state is not repeated by observations alone.
    """
    recording = subject.recording
    chosen = map_variables(subject, variables)
    if len(chosen) < 2:
        raise DoesNotApply("a response map has two axes, and there is one observed variable")
    pairs = list(combinations(chosen, 2))
    trial = median_trial(recording)
    n_windows = int(recording.episode_lengths[trial, 0])
    windows = np.unique(np.linspace(0, n_windows - 1, MOST_STEPS).round().astype(int)).tolist()
    maps = _maps(subject, trial, windows, pairs)
    data = _data(subject, maps, pairs) | {"nWindows": n_windows}
    agreeing = {made.window for made in maps if made.agrees}
    words = (
        f"Each cell is another observation in one step of the recorded episode, start seed "
        f"{recording.start_seeds[trial]}; the other variables and the state of the network are those of the step. "
        f"To the recorded observation the network gives the recorded action in {len(agreeing)} of {len(windows)} steps."
    )
    spoken = element("p", id="response-words", class_="note", aria_live="polite")
    parts = (element("p", words), controls_place("response-controls", "Response map"), _places(), spoken)
    return Widget(section("responses", "Response maps", *parts), data={"responses": data})


def _places() -> Markup:
    """Return the places of the map, and of the spikes of its chosen cell."""
    summary = "Response map: the chosen quantity over two observed variables. Arrow keys move the chosen cell."
    cell = element("div", drawing_place("response-raster", "Spikes of the chosen cell within the step"))
    return element("div", drawing_place("response-map", summary), cell, class_="pair")


def _maps(
    subject: Subject, trial: int, windows: Sequence[int], pairs: Sequence[tuple[int, int]]
) -> list[CarriedResponses]:
    """Return the maps of all pairs of variables in the first step, then in the next."""
    recording, vector = subject.recording, subject.finished_champion.vector
    return carried_response_maps(
        subject.optimizee,
        vector,
        recording,
        windows,
        pairs,
        trial=trial,
        bounds=map_bounds(subject.optimizee, recording.traces.observations),
        n_grid=_grid(len(pairs)),
        most_before=_most_before(subject, windows, len(pairs)),
    )


def map_variables(subject: Subject, names: Sequence[str] | None) -> list[int]:
    """Return the numbers of the variables of which each pair has maps.

    Raises
    ------
    UnknownNameError
        For an unknown name, with the nearest match.
    ConfigurationError
        For a single name.
    """
    observed = subject.labels.observations
    if names is not None:
        numbers = {without_unit(label): number for number, label in enumerate(observed)}
        found = list(dict.fromkeys(lookup("observed variable", name, numbers) for name in names))
        if len(found) < 2:
            raise ConfigurationError(f"variables = {list(names)}: expected at least two, since a map has two axes.")
        return found
    is_large = subject.optimizee.has_neurons and subject.network.n_neurons > LARGE_NETWORK
    most = MOST_VARIABLES_OF_LARGE if is_large else MOST_VARIABLES
    usual = [axis for axis in subject.optimizee.facts.map_axes if axis < len(observed)]
    return list(dict.fromkeys([*usual, *range(len(observed))]))[:most]


def _grid(n_pairs: int) -> int:
    return FINE_GRID if n_pairs == 1 else GRID


def _most_before(subject: Subject, windows: Sequence[int], n_pairs: int) -> int:
    """Return the most windows to play before a step, so that all maps together are no more than the allowed work."""
    if not subject.optimizee.has_neurons:
        return 0
    allowed = WORK.get(subject.config.simulator, USUAL_WORK)
    one_window = (
        n_pairs * (_grid(n_pairs) ** 2 + 1) * max(20, subject.network.n_neurons, subject.recording.spikes_per_action)
    )
    most = max(windows)
    while most > 3 and one_window * sum(min(most, window) + 1 for window in windows) > allowed:
        most = max(3, most * 3 // 4)
    return most


def _data(subject: Subject, maps: Sequence[CarriedResponses], pairs: Sequence[tuple[int, int]]) -> dict[str, Any]:
    labels, optimizee = subject.labels, subject.optimizee
    has_neurons = optimizee.has_neurons
    actions = np.stack([made.actions for made in maps])
    counts = np.stack([made.counts for made in maps])
    n_outputs = counts.shape[-1]
    outputs = labels.outputs if len(labels.outputs) == n_outputs else tuple(f"output {k}" for k in range(n_outputs))
    spikes = _spikes(maps, len(pairs))
    return {
        "variables": labels.observations,
        "pairs": pairs,
        "grid": _grid(len(pairs)),
        "discrete": labels.discrete,
        "actions": labels.actions,
        "firstAction": labels.first_action,
        "nDimensions": actions.shape[-1],
        "actionRange": np.stack([actions.min(axis=(0, 1, 2)), actions.max(axis=(0, 1, 2))], axis=1),
        "outputs": outputs,
        "mostSpikes": int(counts.max(initial=0)),
        "windowMs": subject.config.window_ms,
        "resolutionMs": maps[0].spikes.resolution_ms,
        "nNeurons": subject.network.n_neurons if has_neurons else 0,
        "populations": populations_table(subject.network) if has_neurons else [],
        "maps": [_entry(made, packed_spikes) for made, packed_spikes in zip(maps, spikes, strict=True)],
    }


def _entry(made: CarriedResponses, spikes: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "window": made.window,
        "before": made.n_before,
        "x": rounded(made.x),
        "y": rounded(made.y),
        "observation": rounded(made.observation),
        "action": rounded(made.action),
        "answer": rounded(np.asarray(made.answer, np.float64)),
        "actions": packed(made.actions.astype(np.float32)),
        "counts": packed(made.counts.astype(np.uint16)),
        "spikes": spikes,
    }


def _spikes(maps: Sequence[CarriedResponses], n_pairs: int) -> list[dict[str, Any] | None]:
    """Return the spikes of each map's cells; None where the page would get too large: last pairs lose theirs first."""
    kept: list[dict[str, Any] | None] = [None] * len(maps)
    left = LARGEST_SPIKES
    for number in sorted(range(len(maps)), key=lambda number: number % n_pairs):
        spikes = maps[number].spikes
        ends = np.searchsorted(spikes.element, np.arange(_grid(n_pairs) ** 2), side="right")
        entry = {
            "neuron": packed(spikes.neuron.astype(np.uint16)),
            "step": packed(spikes.step.astype(np.uint16)),
            "ends": packed(ends.astype(np.uint32)),
        }
        left -= sum(len(array["gzip"]) for array in entry.values())
        if left < 0:
            break
        kept[number] = entry
    return kept
