"""Whole studies: complete, interrupted, resumed, with runs that fail."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.cli import main
from neurosim_rl.errors import RunFolderError
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.locks import locked
from neurosim_rl.optimizees import TASKS
from neurosim_rl.records import RunFolder
from neurosim_rl.study import Row, Study, StudyTable, read_study, run_study
from neurosim_rl.study.report import study_csv, study_json, study_rst, study_text
from neurosim_rl.study.summary import by_cell
from tests import fragile

TEXT = """
name = "tiny"
seeds = "1-2"
evaluations = 12

[grid]
task = ["cart-pole", "mountain-car"]
"optimizer.name" = ["genetic", "l2l-genetic"]

[settings]
validation_episodes = 1
episodes = 1
"environment.max_steps" = 10
"environment.kwargs" = { max_episode_steps = 20 }
"optimizer.population" = 4

[scale]
cart-pole = { zero = 0, one = 20 }
mountain-car = { zero = -200, one = -100 }
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "tiny.toml"
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="module")
def finished(file: Path) -> tuple[Study, StudyTable, Path]:
    study, out = read_study(file), file.parent / "out"
    return study, run_study(study, out, SerialExecutor(), specification=TEXT), out


def facts(table: StudyTable) -> dict[str, tuple]:
    return {row.name: (row.sha256, row.mean_return, row.n_evaluations, row.seed) for row in table.rows}


def test_every_run_has_its_row(finished: tuple[Study, StudyTable, Path]) -> None:
    _, table, out = finished
    assert len(table.rows) == 8
    assert not any(row.problem for row in table.rows)
    assert {row.seed for row in table.rows} == {1, 2}
    assert all(len(row.returns) == 100 for row in table.rows)
    assert all(row.n_evaluations <= 12 for row in table.rows)
    genetic = [row for row in table.rows if row.values["optimizer.name"] == "genetic"]
    assert all(row.n_evaluations == 12 and row.evaluations.tolist() == [4, 8, 12] for row in genetic)
    folder = RunFolder.open(out / "runs" / genetic[0].name)
    history = folder.history()
    assert history is not None
    assert genetic[0].n_steps == history.lengths.sum()


def test_a_table_is_read_as_it_was_written(finished: tuple[Study, StudyTable, Path]) -> None:
    _, table, out = finished
    read = StudyTable.read(out / "study.h5")
    assert read.specification == TEXT
    assert read.provenance["versions"]
    for one, other in zip(sorted(table.rows, key=lambda row: row.name), read.rows, strict=True):
        for field in dataclasses.fields(Row):
            a, b = getattr(one, field.name), getattr(other, field.name)
            if isinstance(a, float):
                assert a == pytest.approx(b, rel=1e-6)
            else:
                np.testing.assert_array_equal(a, b, err_msg=field.name)


def test_an_interrupted_study_goes_on_and_ends_the_same(
    finished: tuple[Study, StudyTable, Path], tmp_path: Path
) -> None:
    study, table, _ = finished
    told: list[int] = []

    def stop(row: Row, done: int, total: int) -> None:
        told.append(done)
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run_study(study, tmp_path, SerialExecutor(), on_row=stop)
    again = run_study(study, tmp_path, SerialExecutor(), on_row=lambda row, done, total: told.append(done))
    assert facts(again) == facts(table)
    assert told[-1] == 8
    once_more = run_study(study, tmp_path, SerialExecutor(), on_row=lambda *_: pytest.fail("nothing was left to do"))
    assert facts(once_more) == facts(table)


def test_rows_outlive_their_run_folders(finished: tuple[Study, StudyTable, Path], tmp_path: Path) -> None:
    study, table, _ = finished
    small = dataclasses.replace(study, seeds=(1,))
    first = run_study(small, tmp_path, SerialExecutor(), keep_runs=False)
    assert list((tmp_path / "runs").iterdir()) == []
    assert run_study(small, tmp_path, SerialExecutor()).names == first.names
    assert {name: facts(table)[name] for name in first.names} == facts(first)


def test_a_run_that_fails_is_a_row_with_its_reason_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TASKS, "hopeless", fragile.TASKS["hopeless"])
    study = Study("s", (1,), {"task": ("hopeless", "cart-pole")}, 4, _settings())
    table = run_study(study, tmp_path, SerialExecutor())
    problems = {row.values["task"]: row.problem for row in table.rows}
    assert problems["hopeless"].startswith("EvaluationError: every individual failed; number 0 by ValueError")
    assert problems["cart-pole"] == ""
    text = study_text(study, StudyTable.read(tmp_path / "study.h5"))
    assert "Failed:\ntask=hopeless-seed1: EvaluationError" in text
    monkeypatch.setitem(TASKS, "hopeless", TASKS["cart-pole"])
    assert [cell.n_failed for cell in by_cell(study, table)] == [1, 0]


def _settings() -> dict:
    return {
        "validation_episodes": 1,
        "episodes": 1,
        "environment.kwargs": {"max_episode_steps": 20},
        "optimizer.population": 4,
    }


def test_a_study_that_somebody_works_on_is_not_touched(
    finished: tuple[Study, StudyTable, Path], tmp_path: Path
) -> None:
    with locked(tmp_path / "lock"), pytest.raises(RunFolderError, match="is in use by process"):
        run_study(finished[0], tmp_path, SerialExecutor())


def test_the_printed_tables_tell_the_same(finished: tuple[Study, StudyTable, Path]) -> None:
    study, table, _ = finished
    summary = study_json(study, table)
    assert (summary["runs"], summary["runs_done"], len(summary["cells"])) == (8, 8, 4)
    json.dumps(summary)
    cell = summary["cells"][0]
    rows = [
        row for row in table.rows if row.values["task"] == "cart-pole" and row.values["optimizer.name"] == "genetic"
    ]
    assert cell["median_return"] == np.median([row.mean_return for row in rows])
    assert len(summary["interquartile_means"]) == 2
    assert len(study_text(study, table).splitlines()) == 2 + 4 + 2 + 2 + 2
    assert study_rst(study, table).count("=====") > 4
    assert len(study_csv(table).splitlines()) == 9


def test_the_command_runs_shows_and_draws(
    finished: tuple[Study, StudyTable, Path], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, out = finished
    assert main(["study", str(file), "--out", str(out), "--workers", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs_done"] == 8
    for name in ("learning.png", "solved.png", "over_tasks.png", "improvement.png"):
        assert (out / name).stat().st_size > 5000
    assert main(["study", str(file), "--table", str(out / "study.h5"), "--format", "rst", "--no-figures"]) == 0
    assert capsys.readouterr().out.startswith("=")
    assert main(["study", str(file), "--table", str(out / "absent.h5")]) == 2
    assert "absent.h5 does not exist" in capsys.readouterr().err
