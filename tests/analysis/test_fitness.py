from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from neurosim_rl.analysis import draw_progress, plot_fitness, plot_returns
from neurosim_rl.records.history import History


def test_the_given_axes_are_returned(history: History) -> None:
    ax = Figure().subplots()
    assert plot_fitness(history, ax=ax) is ax
    assert plot_returns(history, ax=ax) is ax


def test_every_individual_is_a_point_near_its_generation_in_the_order_of_evaluation(history: History) -> None:
    x, y = np.asarray(plot_fitness(history).collections[0].get_offsets()).T
    assert y.tolist() == history.fitness.tolist()
    assert np.all(np.diff(x) > 0)
    assert np.round(x).tolist() == (history.generation + 1).tolist()


def test_generations_are_counted_from_one(history: History) -> None:
    for ax in (plot_fitness(history), plot_returns(history)):
        assert np.array_equal(np.asarray(ax.lines[0].get_xdata()), [1, 2, 3])


def test_best_and_mean_are_drawn_by_generation(history: History) -> None:
    curves = {line.get_label(): line.get_ydata() for line in plot_fitness(history).lines}
    assert np.array_equal(curves["mean fitness of a generation"], [1.5, 3.5, 7.5])
    assert np.array_equal(curves["best fitness of a generation"], [3.0, 5.0, 9.0])


def test_the_champion_is_starred_where_it_was_evaluated(history: History) -> None:
    champion = plot_fitness(history, champion=(1, 2)).collections[1]
    ((x, y),) = np.asarray(champion.get_offsets())
    assert champion.get_label() == "champion's fitness"
    assert y == history.fitness[6]
    assert 2.0 < x < 2.5


def test_generations_of_different_size_stay_apart(history: History) -> None:
    fewer = History.join([history.of(0), history.of(1)])
    keep = np.array([True, True, True, True, True, False, False, False])
    columns = ("generation", "individual", "genomes", "fitness", "returns", "lengths", "terminated")
    uneven = History(**{**vars(fewer), **{name: getattr(fewer, name)[keep] for name in columns}})
    x = np.asarray(plot_fitness(uneven).collections[0].get_offsets())[:, 0]
    assert x == pytest.approx([0.7, 0.9, 1.1, 1.3, 2.0])


def test_the_upper_axis_counts_individuals(history: History) -> None:
    figure = Figure()
    ax = plot_fitness(history, ax=figure.subplots())
    ax.set_xlim(0.5, 3.5)
    figure.draw_without_rendering()
    (above,) = ax.child_axes
    assert above.get_xlabel() == "individuals evaluated"
    assert above.get_xlim() == pytest.approx((0.0, 12.0))


def test_where_gradients_train_one_network_there_is_one_curve_over_environment_steps(history: History) -> None:
    best = [2, 4, 11]
    whole = [
        "genomes",
        "learned",
        "behaviour",
        "fitness",
        "returns",
        "terminated",
        "failure",
        "generation",
        "individual",
    ]
    parts = {name: getattr(history, name)[best] for name in whole}
    trained = replace(history, **parts, ended=np.array([3, 2, 4]), lengths=np.full((3, 1), 500))
    figure = Figure()
    ax = plot_fitness(trained, champion=(2, 3), ax=figure.subplots())
    assert [line.get_label() for line in ax.lines] == ["mean return of training episodes"]
    assert [len(np.asarray(points.get_offsets())) for points in ax.collections] == [1]
    assert np.array_equal(ax.lines[0].get_ydata(), [3.0, 5.0, 9.0])
    figure.draw_without_rendering()
    (above,) = ax.child_axes
    assert above.get_xlabel() == "environment steps of training (millions)"
    assert above.get_xlim() == pytest.approx([500e-6 * x for x in ax.get_xlim()])


def test_validation_returns_are_drawn_with_a_gap_where_there_was_none(history: History) -> None:
    (line,) = plot_returns(history).lines
    assert np.array_equal(np.asarray(line.get_ydata()), [2.5, np.nan, 8.5], equal_nan=True)


def test_a_run_without_validation_shows_only_the_references(history: History) -> None:
    unvalidated = History(**{**vars(history), "validation_return": np.full(3, np.nan)})
    ax = plot_returns(unvalidated, references={"solved": 9.0}, champion_generation=2)
    assert [line.get_label() for line in ax.lines] == ["solved (9)"]
    assert not ax.collections


def test_references_are_horizontal_lines_of_different_dashes(history: History) -> None:
    lines = plot_returns(history, references={"solved": -110.0, "random policy": -200.0}).lines[1:]
    assert [line.get_label() for line in lines] == ["solved (-110)", "random policy (-200)"]
    assert [set(np.asarray(line.get_ydata())) for line in lines] == [{-110.0}, {-200.0}]
    assert len({str(vars(line)["_dash_pattern"]) for line in lines}) == 2


def test_the_champions_validation_return_is_marked(history: History) -> None:
    (mark,) = plot_returns(history, champion_generation=2).collections
    assert np.asarray(mark.get_offsets()).tolist() == [[3.0, 8.5]]


def test_axes_say_what_they_show(history: History) -> None:
    assert (plot_fitness(history).get_xlabel(), plot_fitness(history).get_ylabel()) == ("generation", "fitness")
    assert plot_returns(history).get_ylabel() == "return (sum of rewards)"


def test_fitness_and_returns_share_axes_only_where_they_share_a_scale(history: History) -> None:
    together = draw_progress(history, one_scale=True, champion=(2, 3), title="a run")
    apart = draw_progress(history, one_scale=False, references={"solved": 1.0})
    (both,) = together.axes
    fitness, returns = apart.axes
    assert "fitness" in both.get_ylabel()
    assert "return" in both.get_ylabel()
    assert (fitness.get_ylabel(), returns.get_ylabel()) == ("fitness", "return (sum of rewards)")
    assert together.get_suptitle() == "a run"


def test_without_any_validation_there_is_no_empty_panel(history: History) -> None:
    history = replace(history, validation_return=np.full_like(history.validation_return, np.nan))
    assert len(draw_progress(history, one_scale=False, references={"solved": 1.0}).axes) == 1
    assert len(draw_progress(history, one_scale=True, references={"solved": 1.0}).axes) == 1
