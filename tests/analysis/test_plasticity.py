"""Figures of learning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.lines import Line2D

from neurosim_rl.analysis import draw_learning, draw_plasticity, plot_lines
from neurosim_rl.analysis.style import DIVERGING, WEIGHTS
from neurosim_rl.records.learning_record import LearningRecord, WeightHistory

N_WINDOWS = 30


def points(line: Line2D) -> np.ndarray:
    """Return what a line goes through, shape (n_points, 2)."""
    return np.asarray(line.get_xydata())


def course(n_moments: int, n_source: int = 4, n_target: int = 3) -> WeightHistory:
    rng = np.random.default_rng(n_moments)
    pre, post = (array.ravel() for array in np.indices((n_source, n_target)))
    weights = 100.0 + np.cumsum(rng.normal(size=(n_moments, n_source * n_target)), axis=0)
    return WeightHistory("EA", "EM", pre, post, n_source, n_target, weights)


@pytest.fixture
def record() -> LearningRecord:
    rng = np.random.default_rng(1)
    ended = np.isin(np.arange(N_WINDOWS), [9, 29])
    return LearningRecord(
        rng.normal(size=N_WINDOWS), ended, (course(N_WINDOWS + 1),), (rng.normal(size=(N_WINDOWS, 12)),)
    )


def test_reward_eligibility_weights_and_matrices_are_drawn(record: LearningRecord) -> None:
    figure = draw_plasticity(record, window_ms=50.0, title="a trial")
    reward, eligibility, weights, *matrices = [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]
    assert reward.get_ylabel() == "reward\nof a step (1)"
    assert eligibility.get_ylabel().endswith("(1)")
    assert "EA->EM" in eligibility.get_ylabel()
    assert "(pA)" in weights.get_ylabel()
    assert "50 ms" in weights.get_xlabel()
    drawn = [line for line in weights.lines if len(points(line)) == N_WINDOWS + 1]
    assert len(drawn) == 12
    dashed = [points(line)[0, 0] for line in reward.lines if len(points(line)) == 2]
    assert dashed == [10]  # where an episode follows another
    assert [ax.get_title() for ax in matrices] == ["EA->EM, before", "EA->EM, after", "EA->EM, change"]
    before, after, change = (np.asarray(ax.images[0].get_array()) for ax in matrices)
    np.testing.assert_allclose(after - before, change)
    np.testing.assert_allclose(before, record.weights[0].matrix_pa(0).T)
    for matrix in matrices:
        assert all(float(tick).is_integer() for tick in (*matrix.get_xticks(), *matrix.get_yticks()))  # neurons
    low, high = matrices[2].images[0].get_clim()
    assert low == -high


def test_excitatory_weights_are_blue_as_in_other_figures(record: LearningRecord) -> None:
    (own,) = record.weights
    signed = replace(own, weight_pa=own.weight_pa - own.weight_pa.mean())
    figure = draw_plasticity(replace(record, weights=(signed,)), window_ms=50.0)
    before, _, change = (ax.images[0].get_cmap().name for ax in figure.axes if ax.images)
    assert (before, change) == (WEIGHTS, DIVERGING)


def test_rising_weights_have_another_colour_than_falling_ones(record: LearningRecord) -> None:
    weights = draw_plasticity(record, window_ms=50.0).axes[2]
    drawn = [line for line in weights.lines if len(points(line)) == N_WINDOWS + 1]
    rising = {line.get_color() for line in drawn if points(line)[-1, 1] > points(line)[0, 1]}
    falling = {line.get_color() for line in drawn if points(line)[-1, 1] < points(line)[0, 1]}
    assert len(rising) == len(falling) == 1
    assert rising != falling


def test_of_many_synapses_some_are_drawn_and_the_figure_says_so() -> None:
    many = course(5, 20, 20)
    figure = draw_learning(np.ones((2, 8)), [many], best_line=1, title="t")
    weights = figure.axes[1]
    assert len(weights.lines) == 60
    (text,) = [text.get_text() for text in weights.texts]
    assert text == "60 of 400 synapses; orange: rose, blue: fell or stayed; dots: known"


def test_weights_that_are_known_at_few_moments_are_dots(record: LearningRecord) -> None:
    of_episodes = draw_learning(np.ones((2, 8)), [course(3)], best_line=0).axes[1]
    assert {line.get_marker() for line in of_episodes.lines} == {"o"}
    of_windows = draw_plasticity(record, window_ms=50.0).axes[2]
    assert {line.get_marker() for line in of_windows.lines if len(points(line)) > 2} == {"None"}


def test_the_reward_of_many_steps_is_drawn_as_means_and_not_as_a_block() -> None:
    n = 1501  # means of six steps, and of the last one
    reward = np.arange(n, dtype=float)
    ended = np.arange(n) == n - 1
    figure = draw_plasticity(LearningRecord(reward, ended, (course(n + 1),), (np.zeros((n, 0)),)), window_ms=20.0)
    (stairs,) = figure.axes[0].patches
    values, edges, _ = stairs.get_data()  # type: ignore[attr-defined]
    assert values[:2].tolist() == [2.5, 8.5]
    assert (values[-1], edges[0], edges[1], edges[-1]) == (1500.0, 0, 6, n)
    assert not stairs.get_fill()
    assert figure.axes[0].get_ylabel() == "mean reward\nof 6 steps (1)"


def test_each_line_has_its_learning_curve() -> None:
    returns = np.arange(300.0).reshape(3, 100)
    ax = plot_lines(returns, best_line=1, references={"solved": 250.0})
    curves = [line for line in ax.lines if len(points(line)) > 2]
    assert len(curves) == 3
    np.testing.assert_allclose(points(curves[-1])[:, 1], returns[1, :-1] + 0.5)  # the best on top, mean over 2 episodes
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["other lines", "the champion's line", "solved (250)"]
    assert "mean over 2 episodes" in ax.get_ylabel()
