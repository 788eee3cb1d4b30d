"""Where runs stand: queued, running, stopped, finished or damaged."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from neurosim_rl.cli import main
from neurosim_rl.errors import RunFolderError
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.status import duration, status_json, status_text, statuses
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end
from tests.histories import with_generations

TINY = {
    "generations": 2,
    "episodes": 1,
    "validation_episodes": 1,
    "environment": {"kwargs": {"max_episode_steps": 20}},
    "optimizer": {"population": 4},
}


def test_a_run_is_stopped_then_running_then_stopped(folder: RunFolder) -> None:
    with_generations(folder, 0, 1, 2)
    before = status_json(folder.path)
    assert (before["state"], before["generations"], before["generations_wanted"]) == ("stopped", 3, 30)
    assert before["evaluations"] == 9
    assert before["failed"] == 3
    assert before["seconds_per_generation"] == 0.5
    assert before["seconds_left"] == 27 * 0.5
    assert 0 <= before["seconds_since_checkpoint"] < 60
    assert before["last_event"].endswith(" created")
    with folder.locked():
        during = status_json(folder.path)
        assert during["state"] == "running"
        assert during["holder"]["pid"] == os.getpid()
        assert "about 13.5 s left" in status_text([during])
    assert status_json(folder.path)["state"] == "stopped"
    assert f"continue with: neurosim-rl resume {folder.path}" in status_text([before])
    assert "3 individuals failed" in status_text([before])


def test_a_run_without_a_generation_has_no_times(folder: RunFolder) -> None:
    status = status_json(folder.path)
    assert status["generations"] == status["evaluations"] == 0
    assert status["best_fitness"] is status["seconds_left"] is status["seconds_since_checkpoint"] is None
    assert "0 of 30 generations" in status_text([status])


def test_a_run_with_its_champion_is_finished(tmp_path: Path) -> None:
    config = check(configure("cart-pole", TINY))
    folder = RunFolder.create(tmp_path / "run", config)
    run_to_end(config, folder, executor=SerialExecutor())
    status = status_json(folder.path)
    assert (status["state"], status["generations"], status["holder"]) == ("finished", 2, None)
    assert "resume" not in status_text([status])


def test_a_run_that_waits_for_slurm_is_queued(
    folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    squeue = tmp_path / "bin" / "squeue"  # Slurm's own answer is tested where Slurm is
    squeue.parent.mkdir()
    squeue.write_text('#!/bin/sh\n[ "$3" = 42 ] && echo "PENDING (Resources)"\n')
    squeue.chmod(squeue.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{squeue.parent}:{os.environ['PATH']}")
    folder.log("submitted as job 41")
    assert status_json(folder.path)["state"] == "stopped"
    folder.log("submitted as job 42")
    status = status_json(folder.path)
    assert (status["state"], status["job"]) == ("queued", "42 PENDING (Resources)")
    assert "Slurm job 42 PENDING (Resources)" in status_text([status])


def test_many_runs_are_a_line_each_and_damage_is_one_of_them(folder: RunFolder, capsys) -> None:
    sound = RunFolder.create(folder.path.parent / "sound", folder.config())
    with_generations(sound, 0)
    folder.config_path.write_text("task = ")
    found = statuses(folder.path.parent)
    assert [status["state"] for status in found] == ["damaged", "stopped"]
    lines = status_text(found).splitlines()
    assert len(lines) == 2
    assert "config.toml is damaged" in lines[0]
    assert "1 of 30 generations" in lines[1]
    assert main(["status", str(folder.path.parent), "--json"]) == 0
    assert [status["state"] for status in json.loads(capsys.readouterr().out)] == ["damaged", "stopped"]


def test_a_folder_without_runs_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"is neither a run folder nor a folder of runs"):
        statuses(tmp_path)
    with pytest.raises(RunFolderError, match=r"absent does not exist"):
        statuses(tmp_path / "absent")


def test_looking_changes_nothing(folder: RunFolder) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in folder.path.rglob("*"))
    status_json(folder.path)
    assert sorted((path, path.stat().st_mtime_ns) for path in folder.path.rglob("*")) == before


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2514, "0.251 s"), (59.9, "59.9 s"), (75, "1 min 15 s"), (7260, "2 h 1 min")]
)
def test_durations_have_the_unit_that_fits(seconds: float, text: str) -> None:
    assert duration(seconds) == text
