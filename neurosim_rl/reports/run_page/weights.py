"""Weights of the report: each projection as a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim_rl.analysis.page.markup import element, section, table
from neurosim_rl.analysis.page.packing import packed
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.projection import Projection
from neurosim_rl.reports.run_page.widget import Widget, controls_place, drawing_place
from neurosim_rl.reports.subject import DoesNotApply, Subject

LARGEST_MATRIX = 200_000
"""Cells of the largest matrix that is drawn."""
COLUMNS = ("projection", "synapses", "mean", "standard deviation", "lowest", "highest", "delay (ms)")


def weights_widget(subject: Subject) -> Widget:
    """Return all projections in numbers, and as matrices of targets and sources.

    Raises
    ------
    DoesNotApply
        When there are no neurons, or no synapses.
    """
    network = subject.network
    drawn: list[dict[str, Any]] = []
    rows = []
    for projection in network.projections:
        if projection.n_synapses:
            unit = network.weight_unit(projection)
            rows.append(_row(projection, unit))
            entry = _entry(network, projection, unit)
            if entry["nPre"] * entry["nPost"] <= LARGEST_MATRIX:
                drawn.append({**entry, "matrix": packed(_matrix(network, projection))})
    if not rows:
        raise DoesNotApply("the network has no synapses between neurons")
    parts = [table(COLUMNS, rows, caption="Weights and delays of each projection")]
    if drawn:
        summary = (
            "Matrix of the weights of the chosen projection: sources across, targets up; red inhibits, blue excites."
        )
        place = drawing_place("weights-plot", summary)
        words = element("p", id="weights-words", class_="note", aria_live="polite")
        parts += [controls_place("weights-controls", "Projection"), place, words]
    return Widget(section("weights", "Weights", *parts), data={"weights": drawn} if drawn else {})


def projection_name(projection: Projection) -> str:
    """Return source and target of a projection, and its synapse model where it is plastic."""
    kind = "" if projection.synapse == "static_synapse" else f" ({projection.synapse})"
    return f"{projection.source} → {projection.target}{kind}"


def delay_text(projection: Projection) -> str:
    """Return the delays of a projection in ms: one number, or the range."""
    if not projection.has_delay or not projection.n_synapses:
        return "-"
    low, high = float(np.min(projection.delay_ms)), float(np.max(projection.delay_ms))
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _row(projection: Projection, unit: str) -> list[str]:
    weights = projection.weight_pa
    numbers = [f"{value:.4g} {unit}" for value in (weights.mean(), weights.std(), weights.min(), weights.max())]
    return [projection_name(projection), str(projection.n_synapses), *numbers, delay_text(projection)]


def _entry(network: Network, projection: Projection, unit: str) -> dict[str, Any]:
    n_pre, n_post = network.population(projection.source).size, network.population(projection.target).size
    excitatory = int(np.count_nonzero(projection.weight_pa > 0))
    inhibitory = int(np.count_nonzero(projection.weight_pa < 0))
    share = projection.n_synapses / (n_pre * n_post)
    words = (
        f"{projection.n_synapses} synapses ({share:.0%} of all pairs): {excitatory} excite, {inhibitory} inhibit. "
        "Empty cells have no synapse; several synapses of one pair are added."
    )
    return {
        "name": projection_name(projection),
        "source": projection.source,
        "target": projection.target,
        "nPre": n_pre,
        "nPost": n_post,
        "unit": unit,
        "most": float(np.abs(projection.weight_pa).max()),
        "words": words,
    }


def _matrix(network: Network, projection: Projection) -> np.ndarray:
    """Return the weights, shape (n_targets, n_sources); NaN: no synapse."""
    shape = network.population(projection.target).size, network.population(projection.source).size
    matrix, n_synapses = np.zeros(shape), np.zeros(shape, np.int64)
    np.add.at(matrix, (projection.post, projection.pre), projection.weight_pa)
    np.add.at(n_synapses, (projection.post, projection.pre), 1)
    return np.where(n_synapses, matrix, np.nan).astype(np.float32)
