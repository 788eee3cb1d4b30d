"""One run folder: what a look sees, what a read adds, and what is not read twice."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from neurosim_rl.dashboard import watched_run
from neurosim_rl.dashboard.watched_run import WatchedRun
from neurosim_rl.errors import RunFolderError
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion, shipped_champions
from neurosim_rl.runs.generation_files import read_history
from neurosim_rl.runs.status import status_json
from neurosim_rl.training.configure import configure
from tests.dashboard.folders import DAMAGES, make_runs, rising, snapshot


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_runs(tmp_path, 1, 3)[0]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of history files, which grows with every read."""
    names: list[str] = []

    def counted(path: Path) -> Any:
        names.append(path.name)
        return read_history(path)

    monkeypatch.setattr(watched_run, "read_history", counted)
    return names


def watched(path: Path) -> WatchedRun:
    run = WatchedRun(path, path.name)
    run.look()
    return run


def read(run: WatchedRun) -> dict[str, Any]:
    run.look()
    run.read()
    return run.row.table()


def test_a_look_reads_the_configuration_only(path: Path, reads: list[str]) -> None:
    run = watched(path)
    row = run.row.table()
    assert (row["task"], row["seed"], row["wanted"], row["state"]) == ("cart-pole", 0, 30, "stopped")
    assert row["settings"]["optimizer.population"] == 16
    assert row["settings"]["model.hidden"] == "[5]"
    assert not {"seed", "workers", "task"} & set(row["settings"])
    assert (row["is_read"], row["best_fitness"], reads) == (False, None, [])
    assert run.needs_reading


def test_a_read_adds_the_history_and_is_not_repeated(path: Path, reads: list[str]) -> None:
    run = watched(path)
    row = read(run)
    assert (row["is_read"], row["generations"], row["best_fitness"], row["failed"]) == (True, 3, 2.0, 3)
    assert (row["generation_s"], row["left_s"]) == (0.5, None)
    run.look()
    assert not run.needs_reading
    assert reads == ["run.h5"]


def test_of_a_growing_run_only_new_files_are_read(path: Path, reads: list[str]) -> None:
    run, folder = watched(path), RunFolder(path)
    read(run)
    with folder.locked():
        for number in (3, 4):
            folder.add_generation(rising(number))
            run.look()
            assert run.needs_reading
            assert run.row.n_generations == number + 1  # by the name of the file
            row = read(run)
            assert (row["state"], row["best_fitness"], row["left_s"]) == ("running", number, 0.5 * (29 - number))
    assert reads == ["run.h5", "000003.h5", "000004.h5"]
    assert read(run)["state"] == "stopped"
    assert reads == ["run.h5", "000003.h5", "000004.h5"]
    folder.consolidate()
    assert read(run)["generations"] == 5
    assert reads[3:] == ["run.h5"]


def test_files_that_a_killed_join_left_count_once(path: Path) -> None:
    single = RunFolder(path)
    single.add_generation(rising(3))
    leftover = (single.segments_path / "000003.h5").read_bytes()
    single.consolidate()
    (single.segments_path / "000003.h5").write_bytes(leftover)
    assert read(watched(path))["generations"] == 4


@pytest.mark.parametrize("line", DAMAGES)
def test_a_damaged_run_is_a_row_with_one_line_and_comes_back_when_it_is_restored(path: Path, line: str) -> None:
    files = {file: file.read_bytes() for file in (path / "config.toml", path / "run.h5")}
    run = watched(path)
    read(run)
    DAMAGES[line](path)
    row = read(run)
    assert row["state"] == "damaged"
    assert line in row["problem"]
    assert "\n" not in row["problem"]
    run.look()
    assert not run.needs_reading  # until something changes
    for file, content in files.items():
        file.unlink(missing_ok=True)
        file.write_bytes(content)
    (path / "champion.h5").unlink(missing_ok=True)
    row = read(run)
    assert (row["state"], row["problem"], row["generations"]) == ("stopped", "", 3)


def test_a_fault_of_a_file_that_is_joined_meanwhile_is_no_damage(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = RunFolder(path)
    for number in (3, 4):
        folder.add_generation(rising(number))
    run = watched(path)

    def joined_first(file: Path) -> Any:
        if file.name == "000003.h5":
            folder.consolidate()
        return read_history(file)

    monkeypatch.setattr(watched_run, "read_history", joined_first)
    row = read(run)
    assert (row["state"], row["problem"], row["generations"]) == ("stopped", "", 5)


def test_a_run_that_never_rests_keeps_what_was_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, folder = watched(path), RunFolder(path)
    read(run)
    folder.add_generation(rising(3))
    n_tries = 0

    def fail_and_write(file: Path) -> Any:
        nonlocal n_tries
        n_tries += 1
        folder.log("something")
        raise RunFolderError("gone")

    monkeypatch.setattr(watched_run, "read_history", fail_and_write)
    row = read(run)
    assert n_tries == watched_run.MOST_TRIES
    assert (row["state"], row["best_fitness"]) == ("stopped", 2.0)
    assert not run.needs_reading  # others come first
    run.look()
    assert run.needs_reading


def test_a_run_that_is_begun_anew_under_its_name_forgets_the_old_one(path: Path, tmp_path: Path) -> None:
    run = watched(path)
    read(run)
    path.rename(tmp_path / "old")
    RunFolder.create(path, configure("mountain-car", {"seed": 7}))
    row = read(run)
    assert (row["task"], row["seed"], row["generations"], row["best_fitness"]) == ("mountain-car", 7, 0, None)


def with_part(path: Path, part: str) -> None:
    """Let the configuration of a run name another decoder, as its file would be written."""
    text = (path / "config.toml").read_text(encoding="utf-8").partition("\n")[2]
    text = text.replace('name = "winner"', f'name = "{part}"')
    digest = hashlib.sha256(text.encode()).hexdigest()
    header = f"# neurosim-rl configuration, format 2, sha256 {digest}\n"
    (path / "config.toml").write_text(header + text, encoding="utf-8")


@pytest.mark.parametrize(("n_generations", "with_champion", "state"), [(2, False, "stopped"), (2, True, "finished")])
def test_a_run_that_needs_a_plugin_is_shown_and_nothing_of_it_is_imported(
    tmp_path: Path,
    no_plugins: Path,
    monkeypatch: pytest.MonkeyPatch,
    n_generations: int,
    with_champion: bool,
    state: str,
) -> None:
    (no_plugins / "my_part.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(no_plugins))
    path = make_runs(tmp_path / "runs", 1, n_generations)[0]
    with_part(path, "my_part:Own")
    if with_champion:
        shutil.copy(shipped_champions()["cart-pole"], path / "champion.h5")
    row = read(watched(path))
    assert (row["state"], row["problem"]) == (state, "")
    assert row["settings"]["decoder.name"] == "my_part:Own"
    assert "my_part" not in sys.modules


def test_the_scores_of_a_champion_are_those_of_its_file(path: Path) -> None:
    file = shipped_champions()["cart-pole"]
    shutil.copy(file, path / "champion.h5")
    row = read(watched(path))
    assert row["mean_return"] == read_champion(file).unseen.mean_return
    assert row["success_rate"] == read_champion(file).unseen.success_rate
    assert row["state"] == "stopped"  # 3 of 30 generations: it was resumed for more
    finished = RunFolder(path)
    for number in range(3, 30):
        finished.add_generation(rising(number))
    assert read(watched(path))["state"] == status_json(path)["state"] == "finished"


def test_texts_of_a_row_have_no_control_characters_and_no_more_than_a_line(tmp_path: Path) -> None:
    path = make_runs(tmp_path / "a\x1b[31m", 1)[0]
    run = WatchedRun(path, "a\x1b[31m")
    run.look()
    run.row = replace(run.row, tables={"task": "t\x07", "seed": True, "generations": 10**40}, settings={"k\n": "v\n"})
    row = run.row.table()
    assert row["name"] == r"a\x1b[31m"
    assert (row["task"], row["seed"], row["wanted"]) == (r"t\x07", None, None)
    assert row["settings"] == {r"k\n": r"v\n"}


def test_failures_have_tracebacks_and_the_end_of_the_log(path: Path) -> None:
    run = watched(path)
    read(run)
    RunFolder(path).log("generation 3 ended by an error: \x1b[31mboom")
    found = run.failures()
    assert [failure["reason"] for failure in found["failures"]] == ["ValueError: 0", "ValueError: 1", "ValueError: 2"]
    assert found["failures"][0]["traceback"] == "Traceback"
    assert found["failures"][0]["where"] == "generation 1, individual 1"
    assert found["log"].splitlines()[-1].endswith(r"ended by an error: \x1b[31mboom")


def test_a_log_that_leads_out_of_the_folder_is_not_shown(path: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("password", encoding="utf-8")
    run = watched(path)
    os.unlink(path / "events.log")
    (path / "events.log").symlink_to(secret)
    assert run.failures()["log"] == ""


def test_nothing_is_written(path: Path) -> None:
    RunFolder(path).add_generation(rising(3))
    before = snapshot(path)
    run = watched(path)
    read(run)
    run.failures()
    assert snapshot(path) == before
