"""Ends of runs in which a stage fails: the champion is there, the report says what failed, ``resume`` does the rest."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import h5py
import numpy as np
import pytest

import neurosim_rl as nrl
from benchmarks import endings
from benchmarks.endings import FIGURES, STAGES, begin_or_resume
from neurosim_rl.cli import main
from neurosim_rl.errors import RunFolderError
from neurosim_rl.evaluation import unseen_starts
from neurosim_rl.execution import ProcessExecutor, SerialExecutor
from neurosim_rl.reports import figures
from neurosim_rl.reports.run import failures_text, show_json
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.runs.stages import (
    FINALISTS,
    FITNESS,
    MEASUREMENTS,
    RECORDING,
    REPLAY,
    UNSEEN,
    VALIDATION,
)
from neurosim_rl.runs.status import status_json
from neurosim_rl.training import champion as assessment
from neurosim_rl.training.run import run_to_end
from tests.distribution import each_day


@pytest.fixture(autouse=True)
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, names in (
        (assessment, ("UNSEEN_EPISODES", "RECORDED_EPISODES", "REPLAY_LIMIT")),
        (figures, ("FIGURE_LIMIT",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))  # back after the test
    monkeypatch.setattr(unseen_starts, "_KEPT", {})
    endings.brief()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run in which nothing fails."""
    path = tmp_path_factory.mktemp("whole") / "run"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("UNSEEN_EPISODES", 6), ("RECORDED_EPISODES", 2)):
            patch.setattr(assessment, name, value)
        folder = RunFolder.create(path, nrl.configure("endings", endings.SETTINGS))
        run_to_end(folder.config(), folder, executor=SerialExecutor())
    return folder


def misbehave(patch: pytest.MonkeyPatch, path: Path, stage: str, kind: str) -> None:
    for name, value in ((endings.STAGE, stage), (endings.KIND, kind), (endings.RUN, str(path))):
        patch.setenv(name, value)


def assert_same_champion(one: ChampionRecord, other: ChampionRecord) -> None:
    """Check that two champions are the same genome with the same measurements."""
    assert one.sha256 == other.sha256
    assert (one.chosen_by, one.missing, one.failures) == (other.chosen_by, other.missing, other.failures)
    assert one.verification == other.verification
    for mine, theirs in ((one.unseen, other.unseen), (one.random, other.random), (one.rule, other.rule)):
        assert mine is not None
        assert theirs is not None
        np.testing.assert_array_equal(mine.returns, theirs.returns)


@pytest.mark.parametrize("kind", each_day(["raise", "nan", "exit"], "nan"))
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_fails_takes_nothing_else_and_is_done_again(
    whole: RunFolder, tmp_path: Path, stage: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path, expected = tmp_path / "run", read_champion(whole.path)
    with pytest.MonkeyPatch.context() as patch:
        misbehave(patch, path, stage, kind)
        code = begin_or_resume(path, figures=stage == FIGURES)
    champion, text = read_champion(path), capsys.readouterr().out
    assert champion.is_complete
    # As after a replay that differs: without its replay in NEST, a champion is not to be believed.
    assert code == (1 if stage in (UNSEEN, REPLAY) else 0)
    assert status_json(path)["state"] == "finished"
    assert RunFolder(path).stage_left() == ""
    if stage == FIGURES:
        assert "no responses.png: " in text
        assert_same_champion(champion, expected)
    else:
        assert f"Failed, {stage}: " in text
        assert [*champion.failures] == ([UNSEEN, RECORDING, REPLAY] if stage == UNSEEN else [stage])
        assert f"{stage}: " in failures_text(str(path))
        assert f"{stage} failed" in RunFolder(path).log_path.read_text() or stage == VALIDATION
        assert begin_or_resume(path, figures=False) == 0
    if stage != VALIDATION:  # its generations are not played again
        assert_same_champion(read_champion(path), expected)


def test_without_validation_finalists_choose_and_without_them_validation_does(whole: RunFolder, tmp_path: Path) -> None:
    found = {}
    for stage in (VALIDATION, FINALISTS):
        path = tmp_path / stage
        with pytest.MonkeyPatch.context() as patch:
            misbehave(patch, path, stage, "raise")
            begin_or_resume(path, figures=False)
        found[stage] = read_champion(path)
    assert read_champion(whole.path).chosen_by == found[VALIDATION].chosen_by == FINALISTS
    assert found[FINALISTS].chosen_by == VALIDATION
    history = whole.history()
    assert history is not None
    assert found[FINALISTS].validation_return == history.validation_return.max()


def test_without_either_the_fitness_chooses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run"
    misbehave(monkeypatch, path, "", "raise")  # in every stage: the name of each begins so
    begin_or_resume(path, figures=False)
    champion, history = read_champion(path), RunFolder(path).history()
    assert history is not None
    assert champion.chosen_by == FITNESS
    assert champion.fitness == history.best_fitness.max()
    assert [*champion.failures] == [VALIDATION, FINALISTS, *MEASUREMENTS]
    assert np.isnan(champion.unseen.mean_return)
    assert champion.unseen.n_failed == 6


def test_an_abort_is_noticed_by_the_resumed_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run"
    assert endings.in_a_process(path, REPLAY, "abort").returncode == -signal.SIGABRT
    assert read_champion(path).missing == (REPLAY,)
    assert RunFolder(path).stage_left() == REPLAY
    misbehave(monkeypatch, path, REPLAY, "abort")
    assert begin_or_resume(path, figures=False) == 1
    champion, log = read_champion(path), RunFolder(path).log_path.read_text()
    assert champion.is_complete
    assert champion.failures[REPLAY].startswith("WorkerLostError: its worker died or was stuck")
    assert f"{REPLAY}: the run's process ended in this stage; it is tried once more" in log


def test_a_time_limit_fails_the_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run"
    monkeypatch.setattr(endings, "LIMIT_S", 1.0)
    monkeypatch.setattr(endings, "NAP_S", 0.2)
    misbehave(monkeypatch, path, REPLAY, "limit")
    begin_or_resume(path, figures=False)
    assert read_champion(path).failures[REPLAY].startswith("TimeLimitError: not done in time")


def test_a_figure_that_ended_the_process_is_left_out(
    whole: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run"
    shutil.copytree(whole.path, path)
    RunFolder(path).stage_path.write_text("figure fitness")
    begin_or_resume(path)
    assert "no fitness.png: the run's process ended while this figure was drawn" in capsys.readouterr().out
    assert sorted(file.stem for file in (path / "figures").iterdir()) == ["episode", "raster", "responses"]


def test_each_of_several_figures_that_abort_the_process_costs_one_resume(tmp_path: Path) -> None:
    row = endings.case(tmp_path / "run", endings.FIGURES, "abort")
    assert (row["champion"], row["exit code"], row["resumes"]) == (True, 0, 2)
    assert row["report"].startswith("no responses.png: the run's process ended while this figure was drawn")
    assert sorted(file.stem for file in (tmp_path / "run" / "figures").iterdir()) == ["episode", "fitness"]


def test_a_run_that_was_merely_killed_in_a_stage_ends_as_if_it_had_not_been(whole: RunFolder, tmp_path: Path) -> None:
    path = tmp_path / "run"
    shutil.copytree(whole.path, path)
    folder = RunFolder(path)
    folder.champion_path.unlink()
    folder.stage_path.write_text(FINALISTS)
    run_to_end(folder.config(), folder, executor=SerialExecutor())
    assert_same_champion(read_champion(path), read_champion(whole.path))
    assert folder.stage_left() == ""


@pytest.mark.parametrize("stage", MEASUREMENTS)
def test_a_champion_that_is_partly_measured_is_shown_and_completed(
    whole: RunFolder, tmp_path: Path, stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run"
    shutil.copytree(whole.path, path)
    folder = RunFolder(path)
    seen: list[str] = []

    def stop(name: str) -> None:
        if name == stage:
            raise KeyboardInterrupt
        seen.append(name)

    folder.champion_path.unlink()
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run_to_end(folder.config(), folder, executor=SerialExecutor(), on_stage=stop)
    champion = read_champion(path)
    left = MEASUREMENTS[MEASUREMENTS.index(stage) :]
    assert champion.missing == left
    assert status_json(path)["state"] == "stopped"
    summary = show_json(str(path))
    assert (summary["complete"], summary["not_measured"]) == (False, list(left))
    assert main(["show", str(path)]) == 0
    assert f"Not measured: {', '.join(left)}" in capsys.readouterr().out
    assert "not measured" in repr(nrl.load(path).champion)
    seen.clear()
    run_to_end(folder.config(), folder, executor=SerialExecutor(), on_stage=seen.append)
    assert tuple(seen) == left
    assert_same_champion(read_champion(path), read_champion(whole.path))


def test_a_finished_run_is_returned_as_it_is(whole: RunFolder) -> None:
    before = whole.champion_path.stat().st_mtime_ns
    seen: list[str] = []
    run_to_end(whole.config(), whole, executor=SerialExecutor(), on_stage=seen.append)
    assert not seen
    assert whole.champion_path.stat().st_mtime_ns == before


def test_files_without_the_new_entries_are_complete(whole: RunFolder, tmp_path: Path) -> None:
    shutil.copy(whole.champion_path, tmp_path / "old.h5")
    with h5py.File(tmp_path / "old.h5", "a") as file:
        del file.attrs["chosen_by"]
        assert not {"missing", "stage_failures"} & set(file)
        file.attrs["format_version"] = 1  # changed files have no seal
    champion = read_champion(tmp_path / "old.h5")
    assert champion.is_complete
    assert (champion.chosen_by, champion.failures) == ("", {})


def test_workers_give_what_one_process_gives(whole: RunFolder, tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run", whole.config())
    with ProcessExecutor(1) as executor:
        run_to_end(whole.config(), folder, executor=executor)
    assert_same_champion(read_champion(folder.path), read_champion(whole.path))


@pytest.mark.parametrize("after", [1, 3])
def test_a_folder_that_is_removed_during_its_run_is_one_line(tmp_path: Path, after: int) -> None:
    folder = RunFolder.create(tmp_path / "run", nrl.configure("endings", endings.SETTINGS))

    def remove(progress: object) -> None:
        if getattr(progress, "n_done") == after:  # noqa: B009  # an object of any kind
            shutil.rmtree(folder.path)

    with pytest.raises(RunFolderError, match="was removed during its run"):
        run_to_end(folder.config(), folder, executor=SerialExecutor(), on_progress=remove)
    assert not folder.path.exists()


def test_a_folder_of_bytes_that_are_no_text_gets_a_champion(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/run\xff"))
    done = endings.in_a_process(path, "none", "none")
    assert done.returncode == 0, done.stderr
    assert read_champion(path).verification.identical
