from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import Collection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.path import Path as Path2D

from neurosim_rl.comparison.figures import draw_comparison, plot_champions, plot_learning
from neurosim_rl.comparison.groups import Group
from neurosim_rl.comparison.run_summary import RunSummary
from neurosim_rl.records.history import History
from neurosim_rl.training.configure import configure
from tests.histories import generation

CONFIG = configure("mountain-car")


def result(values: list[float], setting: str = "a", mean_return: float | None = None, size: int = 3) -> RunSummary:
    """A run whose generations have these validation returns, and best fitnesses ten above."""
    history = History.join([generation(number, size) for number in range(len(values))])
    columns = {"validation_return": np.array(values), "best_fitness": np.array(values) + 10}
    ci95 = None if mean_return is None else (mean_return - 1, mean_return + 2)
    history = History(**{**vars(history), **columns})
    return RunSummary(Path("r"), setting, 1, config=CONFIG, history=history, mean_return=mean_return, ci95=ci95)


def paths(collection: Collection) -> list[Path2D]:
    return list(collection.get_paths())


@pytest.fixture
def groups() -> list[Group]:
    one = Group("tie=neutral", tuple(result([v, v + 1.0], "tie=neutral", mean_return=v) for v in (1.0, 2.0, 6.0)))
    other = Group("tie=random", (result([0.0, 4.0], "tie=random"),))
    return [one, other]


def test_a_settings_curve_is_the_median_over_its_runs_with_quartiles_as_a_band(groups: list[Group]) -> None:
    ax = plot_learning(groups)
    assert np.array_equal(ax.lines[0].get_xydata(), [[3.0, 2.0], [6.0, 3.0]])  # three individuals a generation
    assert {tuple(point) for point in np.asarray(paths(ax.collections[0])[0].vertices)} == {
        *((3.0, 1.5), (6.0, 2.5)),
        *((3.0, 4.0), (6.0, 5.0)),
    }


def test_fitness_is_drawn_when_a_run_has_no_validation(groups: list[Group]) -> None:
    first = result([1.0])
    assert first.history is not None
    unvalidated = replace(first, history=replace(first.history, validation_return=np.array([np.nan])))
    assert plot_learning(groups).get_ylabel() == "validation return (sum of rewards)"
    ax = plot_learning([*groups, Group("c", (unvalidated,))])
    assert ax.get_ylabel() == "fitness"
    assert np.array_equal(ax.lines[1].get_ydata(), [10.0, 14.0])


def test_each_champion_is_a_point_with_its_interval_and_each_setting_has_its_median(groups: list[Group]) -> None:
    ax = plot_champions(groups)
    intervals, points, median = ax.collections
    assert np.asarray(points.get_offsets())[:, 0].tolist() == [1.0, 2.0, 6.0]
    assert [np.asarray(path.vertices)[:, 0].tolist() for path in paths(intervals)] == [
        [0.0, 3.0],
        [1.0, 4.0],
        [5.0, 8.0],
    ]
    assert set(np.asarray(paths(median)[0].vertices)[:, 0]) == {2.0}


def test_what_the_task_calls_solved_is_marked(groups: list[Group]) -> None:
    (line,) = plot_champions(groups).lines
    assert set(np.asarray(line.get_xdata())) == {-110.0}


def test_a_setting_has_one_colour_on_both_sides_and_its_name_too(groups: list[Group]) -> None:
    left, right = draw_comparison(groups, title="ties").axes
    curves = [to_rgba(line.get_color()) for line in left.lines]
    names = right.get_yticklabels()
    assert [label.get_text() for label in names] == ["tie=neutral\n3 runs", "tie=random\n1 run, none finished"]
    assert [to_rgba(label.get_color()) for label in names] == curves
    assert np.allclose(np.asarray(right.collections[1].get_facecolor())[0], curves[0])


def test_runs_that_cannot_be_read_are_left_out(groups: list[Group]) -> None:
    lost = Group("lost", (RunSummary(Path("x"), "lost", None, "damaged"),))
    left, right = draw_comparison([*groups, lost]).axes
    assert len(left.lines) == len(right.get_yticks()) == 2


def test_tasks_never_share_an_axis(groups: list[Group]) -> None:
    pole = [replace(run, config=configure("cart-pole"), setting="cart-pole") for run in groups[1].runs]
    figure = draw_comparison([*groups, Group("cart-pole", tuple(pole))])
    assert [ax.get_title().partition(":")[0] for ax in figure.axes[::2]] == ["mountain-car", "cart-pole"]
    assert [len(ax.lines) for ax in figure.axes[::2]] == [2, 1]
    one, other = figure.axes[0], figure.axes[2]
    assert not one.get_shared_y_axes().joined(one, other)


def test_one_task_in_two_environments_is_two(groups: list[Group]) -> None:
    elsewhere = configure("mountain-car", {"environment": {"id": "Acrobot-v1"}})
    others = [replace(run, config=elsewhere) for run in groups[0].runs]
    figure = draw_comparison([groups[0], Group("b", tuple(others))])
    titles = [ax.get_title().partition(":")[0] for ax in figure.axes[::2]]
    assert titles == ["mountain-car in MountainCar-v0", "mountain-car in Acrobot-v1"]


def test_axes_say_what_they_show(groups: list[Group]) -> None:
    left, right = draw_comparison(groups).axes
    assert left.get_xlabel() == "individuals evaluated"
    assert right.get_xlabel() == "mean return on unseen starts (sum of rewards)"


def test_the_given_axes_are_returned(groups: list[Group]) -> None:
    ax = Figure().subplots()
    assert plot_learning(groups, ax=ax) is ax
    assert plot_champions(groups, ax=ax) is ax
