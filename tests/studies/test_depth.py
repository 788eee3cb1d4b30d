"""Numbers of hidden layers compared: which networks count, and what the intervals hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.studies import StudySpecification
from neurosim_rl.studies.depth import by_depth
from neurosim_rl.studies.figures import draw_by_parameters, draw_learning_curves
from neurosim_rl.studies.specification import parse_study
from neurosim_rl.studies.summary import by_cell
from neurosim_rl.studies.table import Row, StudyTable
from neurosim_rl.studies.text import study_json, study_rst, study_summary

TEXT = """
name = "depth"
seeds = "1-12"
[grid]
task = ["cart-pole", "acrobot"]
network = ["snn", "ann"]
"model.hidden" = [[], [4], [8], [16], [4, 4], [8, 8], [4, 8], [4, 4, 4, 4], [8, 8, 8, 8]]
[settings]
learner = "ppo"
"""
DEEP_IS_BETTER = {"snn": 0.0, "ann": 100.0}
"""What each further layer adds to returns."""


@pytest.fixture(scope="module")
def study() -> StudySpecification:
    return parse_study(TEXT, Path("depth.toml"))


@pytest.fixture(scope="module")
def table(study: StudySpecification) -> StudyTable:
    """Return runs of cart-pole: a wide network is worth 200 more; noise spans 50."""
    rows = []
    for name, (setting, seed) in study.runs().items():
        values = dict(setting.values)
        hidden = json.loads(values["model.hidden"])
        if values["task"] == "acrobot":
            continue
        noise = np.random.default_rng([seed, *hidden, values["network"] == "ann"]).uniform(0, 50)
        value = DEEP_IS_BETTER[values["network"]] * len(hidden) + 200 * (hidden[:1] == [8]) + noise
        rows.append(Row(name, values, seed, n_parameters=10 * sum(hidden) + 1, returns=np.array([value])))
    return StudyTable(tuple(rows), TEXT, {})


def test_layers_are_compared_at_the_widths_that_all_depths_have(study: StudySpecification, table: StudyTable) -> None:
    snn, ann = by_depth(study, by_cell(study, table))
    assert snn.setting == {"task": "cart-pole", "network": "snn"}
    assert snn.widths == ann.widths == (4, 8)
    assert {n: matrix.shape for n, matrix in snn.returns.items()} == {1: (12, 2), 2: (12, 2), 4: (12, 2)}
    assert (snn.returns[1][:, 1] > snn.returns[1][:, 0]).all()


def test_intervals_hold_the_mean_and_tell_what_is_decided(study: StudySpecification, table: StudyTable) -> None:
    snn, ann = by_depth(study, by_cell(study, table))
    for depths in (snn, ann):
        for mean, low, high in depths.means.values():
            assert low < mean < high
    assert list(snn.improvements) == [(2, 1), (4, 1), (4, 2)]
    for _, low, high in snn.improvements.values():
        assert low < 0.5 < high  # nothing but noise
    for probability, low, high in ann.improvements.values():
        assert probability == low == high == 1.0  # 100 a layer, noise spans 50
    assert ann.means[4][1] > ann.means[2][2] > ann.means[1][2]


def test_only_seeds_that_every_width_has_count(study: StudySpecification, table: StudyTable) -> None:
    rows = tuple(r for r in table.rows if not (r.seed > 5 and r.values["model.hidden"] == "[8, 8]"))
    snn, _ = by_depth(study, by_cell(study, StudyTable(rows, TEXT, {})))
    assert {n: len(matrix) for n, matrix in snn.returns.items()} == {1: 12, 2: 5, 4: 12}
    alone = tuple(r for r in table.rows if r.values["model.hidden"] in ("[4]", "[8, 8]"))
    assert by_depth(study, by_cell(study, StudyTable(alone, TEXT, {}))) == []


def test_how_early_networks_were_good_is_compared_where_the_ends_are_alike(
    study: StudySpecification, table: StudyTable
) -> None:
    """Every run ends with 500; one with more layers gets there a generation later for each."""
    rows = tuple(
        replace(
            row, returns=np.full(5, 500.0), validation=np.array([100.0] * len(hidden) + [500.0] * (5 - len(hidden)))
        )
        for row in table.rows
        for hidden in [json.loads(row.values["model.hidden"])]
    )
    snn_ends, snn, _, ann = by_depth(study, by_cell(study, StudyTable(rows, TEXT, {})))
    assert snn_ends.measure == "return on unseen starts"
    assert snn.measure == ann.measure == "validation return, mean over training"
    assert {mean for mean, _, _ in snn_ends.means.values()} == {500.0}
    assert set(snn_ends.improvements.values()) == {(0.5, 0.5, 0.5)}
    assert {n: mean for n, (mean, _, _) in snn.means.items()} == {1: 420.0, 2: 340.0, 4: 180.0}
    assert set(snn.improvements.values()) == {(0.0, 0.0, 0.0)}
    figure = draw_by_parameters(study, by_cell(study, StudyTable(rows, TEXT, {})))
    labels = [ax.get_ylabel() for ax in figure.axes[::2]]
    assert labels == [f"{ends.measure}\n(sum of rewards)" for ends in (snn_ends, snn_ends, snn, snn)]
    one_layer = next(c for c in figure.axes[4].containers if c.get_label() == "1 layer")
    assert one_layer[0].get_ydata().tolist() == [420.0, 420.0, 420.0]


def test_the_comparison_stands_in_the_study_s_reports(study: StudySpecification, table: StudyTable) -> None:
    found = study_json(study, table)["layers"]
    assert [(f["network"], f["widths"]) for f in found] == [("snn", [4, 8]), ("ann", [4, 8])]
    assert [i["layers"] for i in found[1]["interquartile_means"]] == [1, 2, 4]
    assert {(i["layers"], i["against"]): i["probability"] for i in found[1]["improvements"]}[4, 1] == 1.0
    text = str(study_summary(study, table))
    (line,) = [row.split() for row in text.split("Hidden layers")[1].splitlines() if " ann " in row and " 2 " in row][
        :1
    ]
    assert line[-5:] == ["1", "1.00", "1.00", "to", "1.00"]
    assert "better than" in study_rst(study, table)
    plain = parse_study(TEXT.split('"model.hidden"')[0], Path("plain.toml"))
    assert study_json(plain, StudyTable())["layers"] == []


def test_each_setting_has_a_panel_and_layers_are_counted_as_the_model_has_them(
    study: StudySpecification, table: StudyTable
) -> None:
    figure = draw_by_parameters(study, by_cell(study, table))
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == ["cart-pole, snn", "cart-pole, ann", "acrobot, snn", "acrobot, ann"]
    without = {"0 layers": 1, "1 layer": 3, "2 layers": 3, "4 layers": 2}
    of_dense = {"1 layer": 4, "2 layers": 3, "4 layers": 2}  # makes a layer where none is named
    for ax, expected in zip(figure.axes, (without, of_dense), strict=False):
        legend = ax.get_legend()
        assert legend is not None
        labels = [text.get_text() for text in legend.get_texts()]
        assert dict(zip(labels, (len(c[0].get_xdata()) for c in ax.containers), strict=True)) == expected
    assert not figure.axes[2].containers


def test_many_curves_differ_in_colour_or_line_and_count_generations(
    study: StudySpecification, table: StudyTable
) -> None:
    rows = tuple(replace(r, evaluations=np.array([1, 2]), validation=np.array([1.0, 2.0])) for r in table.rows)
    figure = draw_learning_curves(study, by_cell(study, StudyTable(rows, TEXT, {})))
    lines = {str(line.get_label()): line for line in figure.axes[0].get_lines()}
    curves = [line for label, line in lines.items() if label != "solved" and not label.startswith("_")]
    assert "solved" in lines
    assert len({(line.get_color(), line.get_linestyle()) for line in curves}) == len(curves) == 9
    assert figure.axes[-1].get_xlabel() == "generations"
    evolved = parse_study(TEXT.replace('learner = "ppo"', ""), Path("evolved.toml"))
    cells = by_cell(evolved, StudyTable(rows, TEXT, {}))
    assert draw_learning_curves(evolved, cells).axes[-1].get_xlabel() == "individuals evaluated"


def test_the_legend_of_many_curves_lies_within_the_figure() -> None:
    many = [[n] for n in range(1, 46)]
    study = parse_study(re.sub('"model.hidden" = .*', f'"model.hidden" = {many}', TEXT), Path("depth.toml"))
    curve: Any = {"evaluations": np.array([1, 2]), "validation": np.array([1.0, 2.0]), "returns": np.array([2.0])}
    rows = tuple(Row(name, dict(cell.values), seed, **curve) for name, (cell, seed) in study.runs().items())
    figure = draw_learning_curves(study, by_cell(study, StudyTable(rows, TEXT, {})))
    figure.canvas.draw()
    (legend,) = figure.legends
    extent, page = legend.get_window_extent(), figure.bbox
    assert len(legend.get_texts()) == 46
    assert page.x0 <= extent.x0 < extent.x1 <= page.x1
    assert page.y0 <= extent.y0 < extent.y1 <= page.y1
