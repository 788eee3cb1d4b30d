"""The results of all tasks as a page of HTML, and the reading of their file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neurosim_rl.cli import main
from neurosim_rl.errors import RunFolderError
from neurosim_rl.reports.all_tasks_report import Results, results_report, returns_chart
from neurosim_rl.reports.results_file import FILE, read_results
from neurosim_rl.reports.table_row import OURS, PUBLISHED, SIMPLE, TableRow
from tests.analysis.test_markup import HOSTILE, Found
from tests.structure import ROOT

COMMITTED = ROOT / "benchmarks" / "results"
ROWS = [
    TableRow("evolved SNN (lif), mine", OURS, 3.0, interval=(2.5, 3.25), spikes=12.5, spiking=True),
    TableRow("linear (linear), other", OURS, 9.0, interval=(8.0, 10.0), own_environment=False),
    TableRow("somebody's", PUBLISHED, 2.0, sd=0.5, source="A paper"),
    TableRow("random actions", SIMPLE, -1.0, interval=(-2.0, 0.0)),
]


def test_the_chart_has_a_row_for_each_controller_in_the_tasks_own_environment() -> None:
    chart = returns_chart("c", "cart-pole", ROWS)
    assert chart.rows == ["mine", "somebody's", "random actions"]
    points = {series.name: (series.x.tolist(), series.y.tolist()) for series in chart.series}
    assert points == {
        "spiking champion": ([3.0], [0]),
        "published": ([2.0], [1]),
        "simple": ([-1.0], [2]),
    }
    spiking, published, _ = chart.series
    assert spiking.low is not None
    assert spiking.high is not None
    assert (spiking.low.tolist(), spiking.high.tolist()) == ([2.5], [3.25])
    assert published.low is not None
    assert published.low.tolist() == [2.0]  # its interval is not known
    assert spiking.texts == ["evolved SNN (lif), mine, 95 % interval 2.5 to 3.2, 12.5 spikes a step"]
    assert chart.levels == (("solved", 475.0),)


def test_the_page_of_the_committed_results_has_all_that_their_file_holds() -> None:
    content = json.loads((COMMITTED / FILE).read_text(encoding="utf-8"))
    page = results_report(read_results(COMMITTED))
    assert [chart.summary.partition(":")[0] for chart in page.charts] == list(content["tasks"])
    text = " ".join(Found(page.html()).texts)
    for rows in content["tasks"].values():
        for row in rows:
            assert row["controller"] in text
            assert f"{row['mean']:.1f}" in text
    identifiers = [
        value for _, attributes in Found(page.html()).elements for key, value in attributes.items() if key == "id"
    ]
    assert len(set(identifiers)) == len(identifiers)


def test_texts_of_a_file_stay_texts() -> None:
    row = TableRow(HOSTILE, OURS, 1.0, source=HOSTILE, family=HOSTILE, interval=(0.0, 2.0))
    found = Found(results_report(Results({HOSTILE: [row]}, 3, HOSTILE, {HOSTILE: HOSTILE})).html())
    assert "".join(found.texts).count(HOSTILE) >= 5
    assert "img" not in {name for name, _ in found.elements}
    assert not any(key.startswith("on") for _, attributes in found.elements for key in attributes)


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    content = json.loads((COMMITTED / FILE).read_text(encoding="utf-8"))
    change(content)
    return json.dumps(content)


def first_row(content: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = content["tasks"]["acrobot"][0]
    return row


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("[1, 2]", "list indices"),
        ("[" * 100_000, "recursion"),
        (changed(lambda content: content.pop("tasks")), "'tasks'"),
        (changed(lambda content: first_row(content).update(mean="1")), "mean is '1': expected a number"),
        (changed(lambda content: first_row(content).update(mean=float("nan"))), "mean is 'nan': expected a number"),
        (changed(lambda content: first_row(content).update(sd=True)), "sd is 'True': expected a number"),
        (changed(lambda content: first_row(content).update(interval=[1])), "not enough values"),
        (changed(lambda content: first_row(content).update(interval=[1, 10**400])), "interval|too large"),
        (changed(lambda content: first_row(content).update(controller=7)), "controller is '7'"),
        (changed(lambda content: first_row(content).update(spiking=1)), "spiking is '1'"),
        (changed(lambda content: first_row(content).update(kind="best")), "kind 'best': expected ours, published"),
        (changed(lambda content: first_row(content).update(more=1)), "unknown entry 'more'"),
        (changed(lambda content: first_row(content).pop("mean")), "mean"),
        (changed(lambda content: content.update(episodes="many")), "many"),
    ],
)
def test_a_damaged_file_is_one_line(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(RunFolderError, match=rf"results\.json is damaged: .*({reason})") as caught:
        read_results(tmp_path)
    assert "\n" not in str(caught.value)


def test_the_command_writes_the_page_beside_the_file(tmp_path: Path, capsys) -> None:
    (tmp_path / FILE).write_bytes((COMMITTED / FILE).read_bytes())
    assert main(["report", str(tmp_path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["path"] == str(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").count("<h1") == 1


def test_a_folder_of_runs_is_compared_even_if_results_lie_in_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("damaged", encoding="utf-8")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").write_text("", encoding="utf-8")
    assert main(["report", str(tmp_path)]) == 0
    assert "Every run" in (tmp_path / "report.html").read_text(encoding="utf-8")
