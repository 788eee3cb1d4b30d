"""The network diagram of the report: populations as boxes, projections as arrows with sign, weight and delay."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurosim_rl.analysis.page.markup import Markup, element, section
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.reports.run_page.weights import delay_text, projection_name
from neurosim_rl.reports.run_page.widget import Widget
from neurosim_rl.reports.subject import Subject

WIDTH, HEIGHT = 150, 56
"""Size of a box, in units of the drawing."""
ACROSS, DOWN = 240, 120
"""Distance from one column to the next, and from one row to the next."""
EDGE = 30
MOST_WIDE = 6.0
"""Width of the arrow with the largest mean weight."""

HINT = "Point at a population or projection, or focus it with the tab key, for its parameters."

Place = tuple[float, float]


def network_widget(subject: Subject) -> Widget:
    """Return the diagram of the champion's network, between what is observed and what is done.

    Raises
    ------
    DoesNotApply
        When the policy has no neurons.
    """
    network = subject.network
    drawing = _drawing(network, _outside(subject))
    details = element(
        "div",
        element("p", HINT, class_="note"),
        id="network-details",
        aria_live="polite",
    )
    words = (
        f"{network.n_neurons} neurons, {network.n_synapses} synapses. Whole blue lines with arrowheads excite, dashed "
        "lines with round heads inhibit, other lines have both signs; width: mean absolute weight."
    )
    place = element("div", drawing, class_="scroll", id="network-diagram")
    figure = element("figure", place, element("figcaption", words))
    return Widget(section("network", "Network", figure, details), data={"network": {"drawn": True}})


def columns_of(network: Network) -> dict[str, int]:
    """Return the column of each population: its distance from the input by projections; outputs are in the last."""
    columns = dict.fromkeys(network.inputs, 0)
    waiting = list(network.inputs)
    while waiting:
        source = waiting.pop(0)
        for projection in network.projections:
            if projection.source == source and projection.target not in columns:
                columns[projection.target] = columns[source] + 1
                waiting.append(projection.target)
    for population in network.populations:
        columns.setdefault(population.name, 0)
    last = max(columns.values())
    for name in network.outputs:
        if name not in network.inputs:
            columns[name] = max(last, 1)
    return columns


def _outside(subject: Subject) -> tuple[str, str]:
    """Return the labels of both ends of the closed loop."""
    labels = subject.labels
    n_actions = len(labels.actions)
    actions = f"{n_actions} actions" if labels.discrete else f"{n_actions}-dimensional action"
    return f"{len(labels.observations)} variables", actions


def _drawing(network: Network, outside: tuple[str, str]) -> Markup:
    columns = columns_of(network)
    rows: dict[int, list[str]] = {}
    for population in network.populations:
        rows.setdefault(columns[population.name], []).append(population.name)
    most = max(map(len, rows.values()))
    places: dict[str, Place] = {}
    for column, names in rows.items():
        for row, name in enumerate(names):
            places[name] = (EDGE + (column + 1) * ACROSS, 70 + (row + (most - len(names)) / 2) * DOWN)
    middle = 70 + (most - 1) / 2 * DOWN
    first, last = (EDGE, middle), (EDGE + (max(rows) + 2) * ACROSS, middle)
    parts = [_markers()]
    parts += [_bridge(_right(first), _left(places[name])) for name in network.inputs]
    parts += [_bridge(_right(places[name]), _left(last)) for name in network.outputs]
    drawn = [projection for projection in network.projections if projection.n_synapses]
    largest = max([_mean(projection) for projection in drawn], default=0.0) or 1.0
    for number, projection in enumerate(drawn):
        parts.append(_arrow(network, projection, places, largest, number))
    parts += [_box(first, "encoder", outside[0], "outside"), _box(last, "decoder", outside[1], "outside")]
    for population in network.populations:
        parts.append(_population(network, population, places[population.name]))
    width, height = last[0] + WIDTH + EDGE, 70 + (most - 1) * DOWN + HEIGHT + 60
    sizes = ", ".join(f"{population.name} ({population.size})" for population in network.populations)
    return element(
        "svg",
        *parts,
        class_="network",
        viewBox=f"0 0 {width:g} {height:g}",
        style=f"min-width: {0.75 * width:g}px; max-width: {1.25 * width:g}px",
        role="group",
        aria_label=f"Network with the populations {sizes}",
    )


def _markers() -> Markup:
    """Return heads of arrows: a triangle excites, a circle inhibits."""
    triangle = element("path", d="M0 0L12 6L0 12z")
    circle = element("circle", cx=6, cy=6, r=5)
    heads = []
    for kind, shape in (("excitatory", triangle), ("inhibitory", circle), ("mixed", triangle), ("bridge", triangle)):
        size: dict[str, Any] = {"markerUnits": "userSpaceOnUse", "markerWidth": 14, "markerHeight": 14}
        heads.append(element("marker", shape, id=f"head-{kind}", class_=kind, refX=10, refY=6, orient="auto", **size))
    return element("defs", *heads)


def _left(place: Place) -> Place:
    return place[0] - 3, place[1] + HEIGHT / 2


def _right(place: Place) -> Place:
    return place[0] + WIDTH, place[1] + HEIGHT / 2


def _bridge(start: Place, end: Place) -> Markup:
    line = element("path", d=_curve(start, end), stroke_width=2, marker_end="url(#head-bridge)")
    return element("g", line, class_="projection bridge")


def _curve(start: Place, end: Place) -> str:
    """Return a curve that leaves and arrives horizontally."""
    bend = max(40.0, abs(end[0] - start[0]) / 2)
    (x1, y1), (x2, y2) = start, end
    return f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"


def _box(place: Place, name: str, words: str, kind: str, *more: Markup, **attributes: object) -> Markup:
    x, y = place
    shown = name if len(name) <= 18 else name[:17] + "…"
    parts = (
        *more,
        element("rect", x=f"{x:g}", y=f"{y:g}", width=WIDTH, height=HEIGHT, rx=8, fill="none"),
        element("text", shown, x=f"{x + WIDTH / 2:g}", y=f"{y + 24:g}", text_anchor="middle"),
        element("text", words, x=f"{x + WIDTH / 2:g}", y=f"{y + 43:g}", text_anchor="middle", class_="small"),
    )
    return element("g", *parts, class_=kind, **attributes)


def _population(network: Network, population: Population, place: Place) -> Markup:
    lines = [f"{population.size} neurons of {population.model}", *_parameters(population.parameters)]
    if population.name in network.inputs:
        lines.append("role: input")
    if population.name in network.outputs:
        lines.append("role: output")
    words = f"{population.size} {population.model}"
    shown = words if len(words) <= 22 else words[:21] + "…"
    about = (element("title", f"Population {population.name}"), element("desc", "\n".join(lines)))
    return _box(place, population.name, shown, "population", *about, tabindex=0, role="button")


def _arrow(
    network: Network, projection: Projection, places: Mapping[str, Place], largest: float, number: int
) -> Markup:
    kind = sign_of(projection)
    width = 1.5 + (MOST_WIDE - 1.5) * _mean(projection) / largest
    unit = network.weight_unit(projection)
    weights = projection.weight_pa
    lines = [
        f"{projection.n_synapses} synapses of {projection.synapse}: {kind}",
        f"weight: mean {weights.mean():.4g}, from {weights.min():.4g} to {weights.max():.4g} {unit}",
        f"delay: {delay_text(projection)} ms",
        *_parameters(projection.parameters),
    ]
    start, end = places[projection.source], places[projection.target]
    path = element("path", d=_way(start, end, number), stroke_width=f"{width:.2g}", marker_end=f"url(#head-{kind})")
    about = (element("title", f"Projection {projection_name(projection)}"), element("desc", "\n".join(lines)))
    return element("g", *about, path, class_=f"projection {kind}", tabindex=0, role="button")


def _way(start: Place, end: Place, number: int) -> str:
    """Return the line of a projection: forward, back below the boxes, or a loop above one box."""
    if start == end:
        x, y = start
        return f"M{x + 0.7 * WIDTH:g} {y:g}c30 -55 -90 -55 -60 -3"
    if end[0] > start[0]:
        shift = 8 * (number % 3 - 1)
        return _curve((_right(start)[0], _right(start)[1] + shift), (_left(end)[0], _left(end)[1] + shift))
    if end[0] == start[0]:
        down = end[1] > start[1]
        x = start[0] + WIDTH * (0.35 if down else 0.65)
        from_y, to_y = (start[1] + HEIGHT, end[1] - 3) if down else (start[1], end[1] + HEIGHT + 3)
        return f"M{x:g} {from_y:g}L{x:g} {to_y:g}"
    x1, x2 = start[0] + WIDTH / 2, end[0] + WIDTH / 2
    y1, y2 = start[1] + HEIGHT, end[1] + HEIGHT + 3
    low = max(y1, y2) + 45
    return f"M{x1:g} {y1:g}C{x1:g} {low:g} {x2:g} {low:g} {x2:g} {y2:g}"


def sign_of(projection: Projection) -> str:
    """Return whether a projection's weights are all positive, all negative, or mixed: the CSS class of its arrow."""
    if np.all(projection.weight_pa >= 0):
        return "excitatory"
    return "inhibitory" if np.all(projection.weight_pa <= 0) else "mixed"


def _mean(projection: Projection) -> float:
    return float(np.abs(projection.weight_pa).mean())


def _parameters(parameters: Mapping[str, Any]) -> list[str]:
    return [f"{name}: {_value(value)}" for name, value in parameters.items()]


def _value(value: Any) -> str:
    values: Sequence[float] = np.asarray(value, dtype=np.float64).ravel().tolist()
    if len(values) == 1:
        return f"{values[0]:g}"
    low, high = min(values), max(values)
    return f"{low:g}" if math.isclose(low, high) else f"{low:.4g} to {high:.4g} ({len(values)} values)"
