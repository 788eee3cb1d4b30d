from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.api.studying import Study
from neurosim_rl.errors import RunFolderError
from neurosim_rl.runs.run_list import STUDY_FILE
from neurosim_rl.studies import StudySpecification
from neurosim_rl.studies.page import read_study_page, study_page
from neurosim_rl.studies.specification import parse_study
from neurosim_rl.studies.table import Row, StudyTable
from tests.analysis.test_markup import HOSTILE, Found
from tests.structure import ROOT
from tests.studies.test_figures import TEXT


@pytest.fixture
def study() -> StudySpecification:
    return parse_study(TEXT, Path("two-tasks.toml"))


def rows_of(study: StudySpecification) -> list[Row]:
    """Return rows whose returns tell setting and seed: 100, 101 for the first setting, 200, 201 for the next, ..."""
    rows = []
    order = [dict(cell.values) for cell in study.cells()]
    for name, (cell, seed) in study.runs().items():
        points: dict[str, Any] = {
            "evaluations": np.array([8, 16]),
            "validation": np.array([1.0, 0.5]),
            "fitness": np.zeros(2),
        }
        value = 100.0 * (order.index(dict(cell.values)) + 1) + seed
        rows.append(Row(name, dict(cell.values), seed, returns=np.array([value]), **points))
    return rows


def test_a_study_whose_file_is_a_link_out_of_its_folder_has_no_page(tmp_path: Path) -> None:
    (tmp_path / "theirs.toml").write_text(TEXT)
    out = tmp_path / "study"
    out.mkdir()
    (out / STUDY_FILE).symlink_to(tmp_path / "theirs.toml")
    for read in (read_study_page, Study):
        with pytest.raises(RunFolderError, match=r"study\.toml is a link out of the run folder"):
            read(out)


def test_each_task_has_its_own_curves_and_the_returns_of_every_run(study: StudySpecification) -> None:
    page = study_page(study, StudyTable(tuple(rows_of(study)), TEXT))
    curves, returns, *others = page.charts
    assert len(others) == 2
    assert [series.name for series in curves.series] == ["genetic", "cma-es"]
    np.testing.assert_array_equal(curves.series[0].y, [1.0, 1.0])  # the best so far
    np.testing.assert_array_equal(returns.series[0].x, [101.0, 102.0, 201.0, 202.0])
    middle = returns.series[1]
    np.testing.assert_allclose(middle.x, [101.5, 201.5])
    assert middle.low is not None
    assert middle.high is not None
    np.testing.assert_allclose(middle.low, [101.25, 201.25])
    np.testing.assert_allclose(middle.high, [101.75, 201.75])
    text = " ".join(Found(page.html()).texts)
    assert "8 of 8 runs" in text


def test_failed_runs_are_listed_and_texts_stay_texts(study: StudySpecification) -> None:
    first, *others = rows_of(study)
    failed = Row(first.name, first.values, first.seed, problem=HOSTILE)
    page = study_page(
        study, StudyTable((failed, *others), HOSTILE, {"command": HOSTILE, "versions": {HOSTILE: HOSTILE}})
    )
    found = Found(page.html())
    assert "".join(found.texts).count(HOSTILE) >= 4
    assert "img" not in {name for name, _ in found.elements}
    assert not any(key.startswith("on") for _, attributes in found.elements for key in attributes)


def test_a_study_without_a_finished_run_has_a_page(study: StudySpecification, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(TEXT, encoding="utf-8")
    page = read_study_page(tmp_path)
    assert page.charts == []
    assert "0 of 8 runs" in page.html()


def test_a_committed_study_shows_its_scores_over_tasks() -> None:
    page = read_study_page(ROOT / "benchmarks/studies/classic-control")
    table = StudyTable.read(ROOT / "benchmarks/studies/classic-control/study.h5")
    dots = sum(len(chart.series[0].x) for chart in page.charts if chart.identifier.endswith("-returns"))
    assert dots == sum(not row.problem for row in table.rows)
    assert page.charts[0].identifier == "scores-chart"
