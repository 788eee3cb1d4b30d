"""Where studies stand: running, stopped or finished, and how many of their runs are done."""

from __future__ import annotations

import json
import os
from itertools import product
from pathlib import Path

import pytest

from neurosim_rl.cli import main
from neurosim_rl.errors import ConfigurationError, RunFolderError
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.locks import locked
from neurosim_rl.studies import Row, StudyTable
from neurosim_rl.studies.status import study_status_json, study_status_text

STUDY = 'name = "sizes"\nseeds = "1-2"\n[grid]\ntask = ["cart-pole", "mountain-car"]\n'


def study_table(*problems: str) -> StudyTable:
    """A table of as many runs, some with problems."""
    runs = product(("cart-pole", "mountain-car"), (1, 2))
    rows = [
        Row(f"{task}{seed}", {"task": task}, seed, problem=p) for (task, seed), p in zip(runs, problems, strict=False)
    ]
    return StudyTable(tuple(rows), STUDY)


def test_a_study_tells_how_many_of_its_runs_are_in_its_table(tmp_path: Path, capsys) -> None:
    study_table("", "", "it broke").write(tmp_path / "study.h5")
    assert main(["status", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "study sizes: stopped",
        "2 of 4 runs are in its table, 1 failed",
        f"continue with: neurosim-rl study FILE.toml --out {tmp_path}",
    ]
    with locked(tmp_path / "lock"):
        running = study_status_json(tmp_path)
        assert (running["state"], running["holder"]["pid"]) == ("running", os.getpid())
        assert f"by process {os.getpid()} on" in study_status_text(running)
    assert main(["status", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["runs_done"], found["runs_failed"], found["runs"], found["state"]) == (2, 1, 4, "stopped")


def test_a_study_with_all_its_runs_is_finished_unless_one_failed(tmp_path: Path) -> None:
    study_table("", "", "", "").write(tmp_path / "study.h5")
    assert study_status_json(tmp_path)["state"] == "finished"
    assert "go on" not in study_status_text(study_status_json(tmp_path))
    study_table("", "", "", "it broke").write(tmp_path / "study.h5")
    assert study_status_json(tmp_path)["state"] == "stopped"


def test_a_submitted_study_is_one_before_its_job_begins(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    RunFolder(tmp_path).log("submitted as job 5")
    status = study_status_json(tmp_path)
    assert (status["runs_done"], status["runs"]) == (0, 4)
    assert f"continue with: neurosim-rl study {tmp_path}/study.toml --out {tmp_path}" in study_status_text(status)
    assert "last event: " in study_status_text(status)


def test_a_damaged_study_is_told(tmp_path: Path) -> None:
    study_table("").write(tmp_path / "study.h5")
    (tmp_path / "study.toml").write_text("seeds = ")
    with pytest.raises(ConfigurationError, match=r"study\.toml is not valid TOML"):
        study_status_json(tmp_path)
    content = (tmp_path / "study.h5").read_bytes()
    (tmp_path / "study.h5").write_bytes(content[:-7])
    with pytest.raises(RunFolderError, match=r"study\.h5 is damaged"):
        study_status_json(tmp_path)


def test_a_studys_folder_with_a_link_out_of_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "study.toml").write_text('seeds = "1"\n[grid]\ntask = ["cart-pole"]\n')
    (tmp_path / "study" / "events.log").symlink_to(tmp_path / "outside")
    with pytest.raises(RunFolderError, match=r"events\.log is a link out of the run folder"):
        study_status_json(tmp_path / "study")
