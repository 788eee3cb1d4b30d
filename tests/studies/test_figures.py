"""What a study's figures show, by the texts in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.analysis.style import DIVERGING
from neurosim_rl.studies import StudySpecification
from neurosim_rl.studies.drawing import study_figures
from neurosim_rl.studies.figures import draw_improvement, draw_learning_curves, draw_over_tasks, draw_solved
from neurosim_rl.studies.specification import parse_study
from neurosim_rl.studies.summary import CellSummary, by_cell
from neurosim_rl.studies.table import Row, StudyTable

TEXT = """
name = "two-tasks"
seeds = "1-2"
[grid]
task = ["cart-pole", "pendulum"]
"optimizer.name" = ["genetic", "cma-es"]
"""


@pytest.fixture
def study() -> StudySpecification:
    return parse_study(TEXT, Path("two-tasks.toml"))


def cell(values: dict[str, str], *returns: float) -> CellSummary:
    rows = (Row(f"run{k}", values, k, returns=np.array([r])) for k, r in enumerate(returns))
    return CellSummary(values, tuple(rows), 0)


def trained(values: dict[str, str]) -> CellSummary:
    """Return a cell of one run with a learning curve."""
    curve: dict[str, Any] = {"evaluations": np.array([1, 2, 3]), "validation": np.array([1.0, 2.0, 2.0])}
    return CellSummary(values, (Row("run", values, 1, returns=np.array([2.0]), **curve),), 0)


def test_tasks_that_nobody_calls_solved_have_no_panel_of_solved_runs(study: StudySpecification) -> None:
    cells = [cell(dict(c.values), 480.0, 100.0) for c in study.cells()]
    assert [ax.get_title() for ax in draw_solved(study, cells).axes] == ["cart-pole"]


def test_a_task_that_the_whole_study_has_is_known_too(tmp_path: Path) -> None:
    text = TEXT.replace('task = ["cart-pole", "pendulum"]\n', "") + '[settings]\ntask = "cart-pole"\n'
    study = parse_study(text, tmp_path / "one-task.toml")
    names = study.runs()
    rows = tuple(Row(name, dict(c.values), seed, returns=np.array([480.0])) for name, (c, seed) in names.items())
    assert [c.n_solved for c in by_cell(study, StudyTable(rows, text, {}))] == [2, 2]


def test_the_probability_of_improvement_and_what_is_decided() -> None:
    rng = np.random.default_rng(1)
    low, high, higher = (rng.uniform(size=(12, 2)) + shift for shift in (0.0, 0.95, 1.0))
    figure = draw_improvement({("low",): low, ("high",): high, ("higher",): higher})
    shown = {tuple(map(int, text.get_position())): text for text in figure.axes[0].texts}
    for (column, row), text in shown.items():
        assert float(text.get_text()) + float(shown[row, column].get_text()) == pytest.approx(1.0, abs=0.011)
        assert (text.get_fontweight() == "bold") == (0 in (column, row))  # the two high ones are much alike
    assert float(shown[0, 1].get_text()) > 0.9


def test_a_study_of_one_setting_compares_nothing(tmp_path: Path) -> None:
    text = (
        TEXT.replace('"optimizer.name" = ["genetic", "cma-es"]\n', "")
        + "[scale]\ncart-pole = { zero = 22.0, one = 500.0 }\n"
    )
    study = parse_study(text.replace(', "pendulum"', ""), tmp_path / "one.toml")
    rows = tuple(Row(name, dict(c.values), seed, returns=np.array([480.0])) for name, (c, seed) in study.runs().items())
    assert set(study_figures(study, StudyTable(rows, text, {}))) == {"learning", "solved"}


def test_without_a_difference_the_colour_is_the_middle_of_a_diverging_scale() -> None:
    same = np.random.default_rng(2).uniform(size=(12, 2))
    image = draw_improvement({("a",): same, ("b",): same}).axes[0].images[0]
    assert image.get_clim() == (0.0, 1.0)
    assert image.get_cmap().name == DIVERGING
    assert sum(image.get_clim()) / 2 == 0.5


def test_scaled_returns_are_drawn_from_zero_on(study: StudySpecification) -> None:
    figure = draw_over_tasks(study, {("genetic",): (0.95, 0.93, 0.97), ("cma-es",): (0.99, 0.98, 1.0)})
    low, high = figure.axes[0].get_xlim()
    assert low <= 0.0 < 1.0 <= high
    worse = draw_over_tasks(study, {("genetic",): (-0.5, -0.8, 0.1)})
    assert worse.axes[0].get_xlim()[0] < -0.8


def test_curves_that_lie_on_one_another_are_all_seen_and_the_legend_has_no_key(study: StudySpecification) -> None:
    figure = draw_learning_curves(study, [trained(dict(c.values)) for c in study.cells()])
    curves = [line for line in figure.axes[0].lines if line.get_label() in ("genetic", "cma-es")]
    widths = [line.get_linewidth() for line in curves]
    assert len(widths) == 2
    assert widths[0] > 2 * widths[1] > 0
    assert figure.legends[0].get_title().get_text() == "optimizer"


def test_returns_of_different_tasks_never_share_axes(tmp_path: Path) -> None:
    study = parse_study(TEXT.replace('"optimizer.name" = ["genetic", "cma-es"]\n', ""), tmp_path / "tasks.toml")
    figure = draw_learning_curves(study, [trained(dict(c.values)) for c in study.cells()])
    assert [ax.get_title() for ax in figure.axes] == ["cart-pole", "pendulum"]
    assert [len(ax.collections) for ax in figure.axes] == [1, 1]  # one curve each
    last = TEXT.replace('task = ["cart-pole", "pendulum"]\n', "") + 'task = ["cart-pole", "pendulum"]\n'
    study = parse_study(last, tmp_path / "last.toml")
    figure = draw_learning_curves(study, [trained(dict(c.values)) for c in study.cells()])
    assert [ax.get_title() for ax in figure.axes] == ["cart-pole", "pendulum"]


def test_the_legend_names_what_only_a_later_panel_has(tmp_path: Path) -> None:
    study = parse_study(
        TEXT.replace('["cart-pole", "pendulum"]', '["pendulum", "cart-pole"]'), tmp_path / "turned.toml"
    )
    cells = [trained(dict(c.values)) for c in study.cells()]
    del cells[1]  # pendulum by CMA-ES; pendulum has no return that solves it, either
    (legend,) = draw_learning_curves(study, cells).legends
    assert [text.get_text() for text in legend.get_texts()] == ["genetic", "cma-es", "solved"]


def test_values_that_say_little_alone_have_their_key_in_titles(tmp_path: Path) -> None:
    text = TEXT.replace('task = ["cart-pole", "pendulum"]', '"episodes" = [1, 4]\n"optimizer.elites" = [2, 8]')
    study = parse_study(
        text.replace('["genetic", "cma-es"]', '["genetic"]') + '[settings]\ntask = "cart-pole"\n', tmp_path / "a.toml"
    )
    figure = draw_solved(study, [cell(dict(c.values) | {"task": "cart-pole"}, 480.0) for c in study.cells()])
    assert figure.axes[0].get_title() == "episodes: 1, elites (optimizer): 2"


def test_a_task_that_nobody_calls_solved_has_no_empty_row(tmp_path: Path) -> None:
    study = parse_study(TEXT.replace('"optimizer.name" = ["genetic", "cma-es"]\n', ""), tmp_path / "tasks.toml")
    (ax,) = draw_solved(study, [cell(dict(c.values), 480.0) for c in study.cells()]).axes
    assert [text.get_text() for text in ax.get_yticklabels()] == ["cart-pole"]
