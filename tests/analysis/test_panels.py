from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from neurosim_rl.analysis import Labels
from neurosim_rl.analysis.panels import (
    MOST_GROUPS,
    MOST_STAIRS,
    Choices,
    Curve,
    Rows,
    Trace,
    action_panels,
    in_lines,
)
from neurosim_rl.analysis.style import DIVERGING

EDGES = np.arange(5.0)


def test_values_at_the_edges_become_a_line() -> None:
    ax = Figure().subplots()
    Curve("angle (rad)", EDGES**2).draw(ax, EDGES)
    (line,) = ax.lines
    assert np.array_equal(np.asarray(line.get_xydata()), np.column_stack([EDGES, EDGES**2]))
    assert ax.get_ylabel() == "angle (rad)"


def test_values_during_the_steps_become_a_staircase() -> None:
    ax = Figure().subplots()
    Curve("rate (Hz)", np.array([0.0, 50.0, 100.0, 0.0]), limits=(0.0, 200.0)).draw(ax, EDGES)
    stairs = ax.patches[-1].get_data()  # type: ignore[attr-defined]
    assert stairs.values.tolist() == [0.0, 50.0, 100.0, 0.0]
    assert stairs.edges.tolist() == EDGES.tolist()
    assert ax.get_ylim() == (0.0, 200.0)


def test_an_action_is_filled_in_its_row_while_it_is_taken(labels: Labels) -> None:
    ax = Figure().subplots()
    Choices(np.array([2, 0, 0, 1]), labels).draw(ax, EDGES)
    data = [patch.get_data() for patch in ax.patches]  # type: ignore[attr-defined]
    filled = np.array([values - baseline for values, _, baseline in data])
    assert np.array_equal(filled > 0.1, np.array([[0, 1, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]], bool))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["left", "none", "right"]


def test_rows_of_colour_have_names_and_a_scale() -> None:
    ax = Figure().subplots()
    values = np.arange(12.0).reshape(4, 3)
    Rows("neuron", ("a", "b", "c"), values, "rate (Hz)").draw(ax, EDGES)
    (mesh,) = (c for c in ax.collections if isinstance(c, QuadMesh))
    drawn = mesh.get_array()
    assert drawn is not None
    assert np.array_equal(drawn, values.T)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b", "c"]
    assert ax.get_ylim() == (2.5, -0.5)
    assert [other.get_ylabel() for other in ax.figure.axes if other is not ax] == ["rate (Hz)"]


def test_too_many_rows_stay_nameless() -> None:
    ax = Figure().subplots()
    names = tuple(f"neuron {k}" for k in range(200))
    Rows("neuron", names, np.zeros((4, 200)), "rate (Hz)").draw(ax, EDGES)
    assert not {tick.get_text() for tick in ax.get_yticklabels()} & set(names)


def test_rows_of_both_signs_have_a_diverging_scale_around_zero() -> None:
    ax = Figure().subplots()
    Rows("action", ("a", "b"), np.array([[-0.5, 2.0], [0.1, np.nan], [0.0, 1.0], [0.0, 1.0]]), "N m").draw(ax, EDGES)
    (mesh,) = (c for c in ax.collections if isinstance(c, QuadMesh))
    assert mesh.get_clim() == (-2.0, 2.0)
    assert mesh.get_cmap().name == DIVERGING


def test_a_trace_has_times_of_its_own_and_ends_with_the_figure() -> None:
    ax = Figure().subplots()
    times = np.linspace(0.0, 8.0, 81)
    Trace("membrane (mV)", times, np.sin(times)).draw(ax, EDGES)
    x, y = np.asarray(ax.lines[0].get_xydata()).T
    assert (x[0], x[-1], len(x)) == (0.0, 4.0, 41)
    assert y == pytest.approx(np.sin(x))
    assert ax.get_ylabel() == "membrane (mV)"


def test_actions_in_rows_keep_their_unit(box_labels: Labels) -> None:
    of_one = replace(box_labels, actions=tuple(f"torque {k} (N m)" for k in range(8)))
    of_two = replace(box_labels, actions=(*of_one.actions[:7], "force (N)"))
    (same,), (mixed,) = (action_panels(np.zeros((4, 8)), labels) for labels in (of_one, of_two))
    assert isinstance(same, Rows)
    assert isinstance(mixed, Rows)
    assert (same.scale_label, same.names[0]) == ("action (N m)", "torque 0")
    assert (mixed.scale_label, mixed.names[0]) == ("action", "torque 0 (N m)")


def test_discrete_actions_get_one_panel_and_box_actions_one_for_each_dimension(
    labels: Labels, box_labels: Labels
) -> None:
    actions = np.zeros((4, 2))
    two = replace(box_labels, actions=("force (N)", "torque (N m)"))
    eight = replace(box_labels, actions=tuple(f"torque {k} (N m)" for k in range(8)))
    assert [type(p) for p in action_panels(actions[:, :1], labels)] == [Choices]
    assert [p.label for p in action_panels(actions, two) if isinstance(p, Curve)] == ["force (N)", "torque (N m)"]
    assert [type(p) for p in action_panels(np.zeros((4, 8)), eight)] == [Rows]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("angle (rad)", "angle (rad)"),
        ("angular velocity (rad / s)", "angular velocity\n(rad\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}s)"),
        ("firing rate,\nleft (Hz)", "firing rate,\nleft (Hz)"),
        ("a label of several words", "a label of several\nwords"),
    ],
)
def test_long_labels_are_broken_but_never_inside_a_unit(label: str, expected: str) -> None:
    assert in_lines(label) == expected


def test_a_staircase_of_very_many_steps_shows_mean_and_range_instead_of_a_solid_block() -> None:
    n_steps = MOST_STAIRS + 1
    values = np.tile([1.0, -1.0, 0.5], n_steps)[:n_steps]
    ax = Figure().subplots()
    Curve("torque (N m)", values).draw(ax, np.arange(n_steps + 1.0))
    area, line = (patch.get_data() for patch in ax.patches)  # type: ignore[attr-defined]
    every = -(-n_steps // MOST_GROUPS)
    assert np.array_equal(line.edges, [*range(0, n_steps, every), n_steps])
    for k, (first, last) in enumerate(zip(line.edges[:-1].astype(int), line.edges[1:].astype(int), strict=True)):
        part = values[first:last]
        assert (area.baseline[k], area.values[k]) == (part.min(), part.max())
        assert line.values[k] == pytest.approx(part.mean())
    assert [text.get_text() for text in ax.texts] == [f"line: mean of {every} steps; area: their range"]


def test_a_staircase_shows_as_many_steps_as_it_may_one_by_one() -> None:
    ax = Figure().subplots()
    Curve("torque (N m)", np.ones(MOST_STAIRS)).draw(ax, np.arange(MOST_STAIRS + 1.0))
    assert not ax.texts
    assert len(ax.patches[-1].get_data().values) == MOST_STAIRS  # type: ignore[attr-defined]


def test_the_upright_label_of_rows_is_no_longer_than_the_panel() -> None:
    names = tuple(f"variable {k}" for k in range(17))
    panel = Rows("observed variable, and its lowest and highest value", names, np.zeros((4, 17)), "share")
    figure = Figure(figsize=(9.0, panel.height_inch + 1.0), layout="constrained")
    ax = figure.subplots()
    panel.draw(ax, EDGES)
    figure.draw_without_rendering()
    label, whole = ax.yaxis.label.get_window_extent(), figure.bbox
    assert whole.y0 <= label.y0 < label.y1 <= whole.y1
