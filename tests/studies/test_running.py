"""Whole studies: complete, interrupted, resumed, with runs that fail."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from neurosim_rl.cli import main
from neurosim_rl.errors import RunFolderError
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.optimizees import TASKS
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.runs.locks import locked
from neurosim_rl.studies import Row, StudySpecification, StudyTable, read_study, run_study, running
from neurosim_rl.studies.summary import by_cell
from neurosim_rl.studies.text import study_csv, study_json, study_rst, study_summary
from neurosim_rl.training.run import Progress
from tests import fragile
from tests.conftest import FEW_UNSEEN

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
def finished(file: Path) -> tuple[StudySpecification, StudyTable, Path]:
    study, out = read_study(file), file.parent / "out"
    return study, run_study(study, out, SerialExecutor(), specification=TEXT), out


def facts(table: StudyTable) -> dict[str, tuple]:
    return {row.name: (row.sha256, row.mean_return, row.n_evaluations, row.seed) for row in table.rows}


def test_every_run_has_its_row(finished: tuple[StudySpecification, StudyTable, Path]) -> None:
    _, table, out = finished
    assert len(table.rows) == 8
    assert not any(row.problem for row in table.rows)
    assert {row.seed for row in table.rows} == {1, 2}
    assert all(len(row.returns) == FEW_UNSEEN for row in table.rows)
    assert all(row.n_evaluations <= 12 for row in table.rows)
    genetic = [row for row in table.rows if row.values["optimizer.name"] == "genetic"]
    assert all(row.n_evaluations == 12 and row.evaluations.tolist() == [4, 8, 12] for row in genetic)
    folder = RunFolder.open(out / "runs" / genetic[0].name)
    history = folder.history()
    assert history is not None
    assert genetic[0].n_steps == history.lengths.sum()


def test_a_table_is_read_as_it_was_written(finished: tuple[StudySpecification, StudyTable, Path]) -> None:
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


def test_spikes_an_action_are_those_of_the_recorded_episodes(
    finished: tuple[StudySpecification, StudyTable, Path],
) -> None:
    study, table, out = finished
    for row in table.rows:
        recording = read_champion(out / "runs" / row.name).recording
        n_actions = np.isfinite(recording.traces.actions[..., 0]).sum()
        assert row.spikes_per_action == pytest.approx(len(recording.spikes.step) / n_actions)
    assert "spikes an action" in str(study_summary(study, table))


def test_a_table_from_before_spikes_were_counted_is_read_and_shown_without(
    finished: tuple[StudySpecification, StudyTable, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, table, _ = finished
    with monkeypatch.context() as patch:
        patch.setattr("neurosim_rl.studies.table._ADDED", ())
        table.write(tmp_path / "old.h5")
    old = StudyTable.read(tmp_path / "old.h5")
    assert all(np.isnan(row.spikes_per_action) for row in old.rows)
    assert facts(old) == facts(table)
    assert "spikes an action" not in str(study_summary(study, old))
    assert study_json(study, old)["cells"][0]["spikes_per_action"] is None


def test_an_interrupted_study_goes_on_and_ends_the_same(
    finished: tuple[StudySpecification, StudyTable, Path], tmp_path: Path
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


def test_a_study_that_is_interrupted_within_a_run_keeps_its_generations(
    finished: tuple[StudySpecification, StudyTable, Path], tmp_path: Path
) -> None:
    study, table, _ = finished
    told: list[int] = []

    def stop(progress: Progress) -> None:
        told.append(progress.n_done)
        if len(told) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run_study(study, tmp_path, SerialExecutor(), on_progress=stop)
    assert told == [1, 2, 3, 1, 2]
    again = run_study(study, tmp_path, SerialExecutor(), on_progress=lambda progress: told.append(progress.n_done))
    assert told[5] == 3
    assert facts(again) == facts(table)


def test_an_interrupted_study_has_a_table_of_what_is_done(
    finished: tuple[StudySpecification, StudyTable, Path], tmp_path: Path
) -> None:
    def stop(row: Row, done: int, total: int) -> None:
        assert total == 8
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run_study(finished[0], tmp_path, SerialExecutor(), specification=TEXT, on_row=stop)
    left = StudyTable.read(tmp_path / "study.h5")
    assert (len(left.rows), left.specification) == (2, TEXT)


def test_a_study_that_has_only_begun_has_an_empty_table(
    finished: tuple[StudySpecification, StudyTable, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StudyTable, "write", written_once(StudyTable.write))
    run_study(dataclasses.replace(finished[0], seeds=(1,)), tmp_path, SerialExecutor(), specification=TEXT)
    read = StudyTable.read(tmp_path / "study.h5")
    assert (read.rows, read.specification) == ((), TEXT)


def written_once(write: Callable[[StudyTable, Path], None]) -> Callable[[StudyTable, Path], None]:
    """Return a method that writes the first time only."""
    return lambda table, path: None if path.exists() else write(table, path)


def test_a_run_on_which_a_lost_worker_still_seems_to_work_is_waited_for(
    finished: tuple[StudySpecification, StudyTable, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, table, out = finished
    one = dataclasses.replace(study, seeds=(1,), grid={"task": ("cart-pole",), "optimizer.name": ("genetic",)})
    (name,) = (name for name in table.names if "cart-pole" in name and "=genetic-seed1" in name)
    lost = RunFolder.create(tmp_path / "runs" / name, RunFolder.open(out / "runs" / name).config())
    free = ExitStack()
    free.enter_context(lost.locked())
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            free.close()

    monkeypatch.setattr(running, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
    assert facts(run_study(one, tmp_path, SerialExecutor())) == {name: facts(table)[name]}
    assert len(waits) == 3


def test_but_not_for_ever(
    finished: tuple[StudySpecification, StudyTable, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, table, out = finished
    name = next(iter(table.names))
    folder = RunFolder.create(tmp_path / "runs" / name, RunFolder.open(out / "runs" / name).config())
    monkeypatch.setattr(running, "LOCK_LIMIT_S", 0.0)
    with folder.locked():
        problems = {row.name: row.problem for row in run_study(study, tmp_path, SerialExecutor()).rows}
    assert "is in use by process" in problems.pop(name)
    assert set(problems.values()) == {""}


def test_a_run_can_be_made_again_by_itself(
    finished: tuple[StudySpecification, StudyTable, Path],
    file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, table, _ = finished
    row = table.rows[-1]
    assert main(["study", str(file), "--config-of", row.name]) == 0
    (tmp_path / "one.toml").write_text(capsys.readouterr().out)
    config, run = str(tmp_path / "one.toml"), tmp_path / "run"
    assert main(["evolve", row.values["task"], "--config", config, "--out", str(run), "--no-figures"]) == 0
    assert read_champion(run).sha256 == row.sha256
    capsys.readouterr()
    assert main(["study", str(file), "--config-of", row.name.replace("seed", "sede")]) == 2
    assert f"Did you mean '{row.name}'?" in capsys.readouterr().err


def test_rows_outlive_their_run_folders(finished: tuple[StudySpecification, StudyTable, Path], tmp_path: Path) -> None:
    study, table, _ = finished
    small = dataclasses.replace(study, seeds=(1,))
    first = run_study(small, tmp_path, SerialExecutor(), keep_runs=False)
    assert list((tmp_path / "runs").iterdir()) == []
    assert run_study(small, tmp_path, SerialExecutor()).names == first.names
    assert {name: facts(table)[name] for name in first.names} == facts(first)


COMMITTED = Path(__file__).parents[2] / "benchmarks" / "studies" / "classic-control" / "study.h5"


@pytest.mark.parametrize("name", ["../../theirs", "theirs/..", "..", ".", "", "/theirs", "{root}/theirs"])
def test_no_row_of_a_strangers_table_names_a_folder_outside_that_would_be_removed(
    file: Path, tmp_path: Path, name: str
) -> None:
    theirs, out = tmp_path / "theirs", tmp_path / "out"
    for folder in (theirs, out / "runs" / "mine"):
        folder.mkdir(parents=True)
        (folder / "letter").write_text("dear")
    row = dataclasses.replace(StudyTable.read(COMMITTED).rows[0], name=name.replace("{root}", str(tmp_path)))
    StudyTable((row,), TEXT).write(out / "study.h5")
    with pytest.raises(RunFolderError, match="is no name of a run's folder"):
        run_study(read_study(file), out, SerialExecutor(), keep_runs=False)
    assert sorted(tmp_path.rglob("letter")) == sorted([out / "runs" / "mine" / "letter", theirs / "letter"])


@pytest.mark.parametrize("linked", ["runs", "runs/{run}", "runs/{run}/generations", "runs/{run}/training"])
def test_a_study_in_a_strangers_folder_writes_nothing_through_links(file: Path, tmp_path: Path, linked: str) -> None:
    study = read_study(file)
    one = dataclasses.replace(study, seeds=(1,), grid={"task": ("cart-pole",), "optimizer.name": ("genetic",)})
    [run] = one.runs()
    outside, link = tmp_path / "outside", tmp_path / "out" / linked.replace("{run}", run)
    outside.mkdir()
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    try:
        [row] = run_study(one, tmp_path / "out", SerialExecutor()).rows
        problem = row.problem
    except RunFolderError as error:
        problem = str(error)
    assert f"{linked.replace('{run}', run)} is a link out of the run folder" in problem
    assert list(outside.iterdir()) == []


def test_rows_of_cells_that_a_study_has_no_longer_stay_but_do_not_count(
    finished: tuple[StudySpecification, StudyTable, Path], tmp_path: Path
) -> None:
    study, table, _ = finished
    table.write(tmp_path / "study.h5")
    small = dataclasses.replace(study, seeds=(2,), grid={**study.grid, "task": ("cart-pole",)})
    told = []
    again = run_study(small, tmp_path, SerialExecutor(), on_row=lambda *row: told.append(row))
    assert not told
    assert again.names == StudyTable.read(tmp_path / "study.h5").names == table.names
    assert study_json(small, again)["runs_done"] == 2
    assert [len(cell.rows) for cell in by_cell(small, again)] == [1, 1]


def test_rows_made_with_other_settings_are_neither_taken_nor_lost(
    finished: tuple[StudySpecification, StudyTable, Path], tmp_path: Path
) -> None:
    study, table, _ = finished
    table.write(tmp_path / "study.h5")
    changed = dataclasses.replace(study, settings={**study.settings, "decoder.tie": "random"})
    with pytest.raises(
        RunFolderError, match=r"8 of its 8 runs were made with other settings .* such as task=cart-pole"
    ):
        run_study(changed, tmp_path, SerialExecutor())
    assert facts(StudyTable.read(tmp_path / "study.h5")) == facts(table)


def test_a_run_that_fails_is_a_row_with_its_reason_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TASKS, "hopeless", fragile.TASKS["hopeless"])
    study = StudySpecification("s", (1,), {"task": ("hopeless", "cart-pole")}, 4, _settings())
    table = run_study(study, tmp_path, SerialExecutor())
    problems = {row.values["task"]: row.problem for row in table.rows}
    assert problems["hopeless"].startswith("EvaluationError: every individual failed; number 0 by ValueError")
    assert problems["cart-pole"] == ""
    text = str(study_summary(study, StudyTable.read(tmp_path / "study.h5")))
    assert "Failed:\ntask=hopeless-seed1: EvaluationError" in text
    monkeypatch.setitem(TASKS, "hopeless", TASKS["cart-pole"])
    assert [cell.n_failed for cell in by_cell(study, table)] == [1, 0]


def test_a_study_whose_runs_failed_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(TASKS, "hopeless", fragile.TASKS["hopeless"])
    path = tmp_path / "s.toml"
    path.write_text(
        'seeds = "1"\nevaluations = 4\n[grid]\ntask = ["hopeless", "cart-pole"]\n[settings]\nvalidation_episodes = 1\n'
        'episodes = 1\n"environment.kwargs" = { max_episode_steps = 20 }\n"optimizer.population" = 4\n'
    )
    assert main(["study", str(path), "--out", str(tmp_path / "out"), "--workers", "1", "--no-figures"]) == 1
    printed = capsys.readouterr()
    assert "1 of 2 runs failed. Repeat the command" in printed.err
    assert "every individual failed" in printed.out


def _settings() -> dict:
    return {
        "validation_episodes": 1,
        "episodes": 1,
        "environment.kwargs": {"max_episode_steps": 20},
        "optimizer.population": 4,
    }


def test_a_study_that_somebody_works_on_is_not_touched(
    finished: tuple[StudySpecification, StudyTable, Path], tmp_path: Path
) -> None:
    with locked(tmp_path / "lock"), pytest.raises(RunFolderError, match="is in use by process"):
        run_study(finished[0], tmp_path, SerialExecutor())


def test_the_printed_tables_tell_the_same(finished: tuple[StudySpecification, StudyTable, Path]) -> None:
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
    assert len(str(study_summary(study, table)).splitlines()) == 2 + 4 + 2 + 2 + 2
    assert study_rst(study, table).count("=====") > 4
    assert len(study_csv(table).splitlines()) == 9


def test_the_command_runs_shows_and_draws(
    finished: tuple[StudySpecification, StudyTable, Path], file: Path, capsys: pytest.CaptureFixture[str]
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


def test_options_of_the_execution_can_be_set(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["study", str(file), "--out", str(tmp_path / "out"), "--no-figures"]
    options = ["--set", "execution.interface=ib0", "--execution", "slurm", "--set", "execution.logs=logs"]
    assert main([*command, *options]) == 2  # the options are understood, and there is no allocation
    assert "SLURM_JOB_ID is not set here" in capsys.readouterr().err
    assert main([*command, "--set", "execution.interfase=ib0", "--execution", "slurm"]) == 2
    assert "Did you mean 'interface'" in capsys.readouterr().err


@pytest.mark.parametrize("setting", ["episodes=3", "execution=slurm", "executions.name=slurm"])
def test_a_study_s_settings_are_not_set_beside_its_file(
    setting: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", str(file), "--out", str(tmp_path / "out"), "--set", setting]) == 2
    error = capsys.readouterr().err
    assert f"--set {setting.partition('=')[0].partition('.')[0]}: expected an option of the execution" in error
    assert f"Change settings of runs in {file}" in error
    assert not (tmp_path / "out").exists()


def test_a_signal_whose_exception_was_dropped_ends_the_command_after_the_generation(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raise_if_interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("neurosim_rl.cli.study.raise_if_interrupted", raise_if_interrupted)
    command = ["study", str(file), "--out", str(tmp_path), "--no-figures"]
    assert main([*command, "--workers", "1", "--together", "1"]) == 130
    assert "Continue the study" in capsys.readouterr().out
    (run,) = (tmp_path / "runs").iterdir()
    history = RunFolder.open(run).history()
    assert history is not None
    assert history.n_generations == 1
