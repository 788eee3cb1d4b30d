from dataclasses import replace

import numpy as np
from matplotlib.collections import LineCollection

from neurosim_rl.reports.results_figure import draw_results, plot_results
from neurosim_rl.reports.table_row import TableRow

ROWS = [
    TableRow("evolved SNN", "ours", 450.0, interval=(440.0, 470.0), spiking=True),
    TableRow("linear", "ours", 500.0, interval=(500.0, 500.0)),
    TableRow("an expert", "published", 480.0),
    TableRow("random actions", "simple", 20.0, interval=(18.0, 23.0)),
]


def test_each_controller_is_a_mark_at_its_mean_with_its_interval() -> None:
    ax = plot_results(ROWS, 475.0)
    marks = [line for line in ax.lines if line.get_marker() != "None"]
    assert [float(np.asarray(line.get_xdata())[0]) for line in marks] == [450.0, 500.0, 480.0, 20.0]
    intervals = [c.get_segments()[0][:, 0].tolist() for c in ax.collections if isinstance(c, LineCollection)]
    assert intervals == [[440.0, 470.0], [500.0, 500.0], [18.0, 23.0]]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [row.controller for row in ROWS]
    assert [text.get_text() for text in ax.texts] == ["solved (475) "]
    assert len({(line.get_marker(), line.get_color()) for line in marks}) == 4


def test_controllers_of_another_environment_are_left_out() -> None:
    other = [ROWS[0], replace(ROWS[1], own_environment=False)]
    assert [tick.get_text() for tick in plot_results(other).get_yticklabels()] == ["evolved SNN"]


def test_tasks_never_share_an_axis() -> None:
    figure = draw_results({"a": ROWS, "b": ROWS[:1], "c": ROWS[1:]}, {"a": 475.0, "b": None})
    assert [ax.get_title() for ax in figure.axes] == ["a", "b", "c"]
    first, second, third = figure.axes
    assert not first.get_shared_x_axes().joined(first, second)
    assert not first.get_shared_x_axes().joined(first, third)
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["spiking champion", "champion without spikes", "published", "simple"]
