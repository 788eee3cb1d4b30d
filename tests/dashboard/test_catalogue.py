"""All runs of a folder: versions of rows, runs that come and go, living and dying runs, and no write."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from neurosim_rl.dashboard import catalogue as module
from neurosim_rl.dashboard.catalogue import Catalogue
from neurosim_rl.dashboard.watched_run import WatchedRun
from neurosim_rl.runs import RunFolder
from tests.dashboard.folders import DAMAGES, make_runs, rising, snapshot, writing
from tests.waiting import wait_until


def names(answer: dict[str, Any]) -> list[str]:
    return sorted(row["name"] for row in answer["rows"])


def read_all(catalogue: Catalogue) -> None:
    catalogue.look()
    while catalogue.read_next():
        pass


def test_after_the_first_look_every_run_has_a_row_and_none_is_read(tmp_path: Path) -> None:
    make_runs(tmp_path, 3)
    catalogue = Catalogue(tmp_path)
    catalogue.look()
    answer = catalogue.changes(0)
    assert names(answer) == ["run-000", "run-001", "run-002"]
    assert answer["waiting"] == 3
    assert len(answer["listed"]) == 3
    assert {row["task"] for row in answer["rows"]} == {"cart-pole"}


def test_only_rows_that_have_changed_are_told_again(tmp_path: Path) -> None:
    runs = make_runs(tmp_path, 3)
    catalogue = Catalogue(tmp_path)
    read_all(catalogue)
    before = catalogue.changes(0)["version"]
    read_all(catalogue)
    assert catalogue.changes(before) == {"version": before, "rows": [], "listed": None, "waiting": 0}
    RunFolder(runs[1]).add_generation(rising(2))
    read_all(catalogue)
    answer = catalogue.changes(before)
    assert names(answer) == ["run-001"]
    assert answer["listed"] is None
    assert answer["rows"][0]["generations"] == 3


def test_runs_that_come_and_go_change_the_list(tmp_path: Path) -> None:
    runs = make_runs(tmp_path / "a", 2)
    catalogue = Catalogue(tmp_path)
    read_all(catalogue)
    before = catalogue.changes(0)
    shutil.rmtree(runs[0])
    make_runs(tmp_path / "b", 1)
    read_all(catalogue)
    answer = catalogue.changes(before["version"])
    assert names(answer) == ["b/run-000"]
    assert len(answer["listed"]) == 2
    assert len(set(answer["listed"]) - set(before["listed"])) == 1
    assert names(catalogue.changes(0)) == ["a/run-001", "b/run-000"]


def test_the_dashboard_of_one_run_has_its_name(tmp_path: Path) -> None:
    run = make_runs(tmp_path, 1)[0]
    catalogue = Catalogue(run)
    read_all(catalogue)
    assert names(catalogue.changes(0)) == ["run-000"]


def test_running_runs_are_read_first(tmp_path: Path) -> None:
    runs = make_runs(tmp_path, 4)
    catalogue = Catalogue(tmp_path)
    with RunFolder(runs[2]).locked():
        catalogue.look()
        catalogue.read_next()
    read = [row["name"] for row in catalogue.changes(0)["rows"] if row["is_read"]]
    assert read == ["run-002"]


def test_a_file_that_breaks_the_reader_is_a_damaged_row_and_the_thread_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_runs(tmp_path, 2)
    before = WatchedRun.read

    def break_down(self: WatchedRun) -> None:
        if self.row.name == "run-000":
            raise RecursionError("too\ndeep")
        before(self)

    monkeypatch.setattr(WatchedRun, "read", break_down)
    catalogue = Catalogue(tmp_path)
    read_all(catalogue)
    rows = {row["name"]: row for row in catalogue.changes(0)["rows"]}
    assert (rows["run-000"]["state"], rows["run-001"]["state"]) == ("damaged", "stopped")
    assert rows["run-000"]["problem"] == "it cannot be read: RecursionError: too deep"


def test_living_runs_grow_and_a_killed_one_is_stopped(tmp_path: Path) -> None:
    runs = make_runs(tmp_path, 3)
    with writing(runs[:2]) as writer, Catalogue(tmp_path) as catalogue:

        def rows() -> dict[str, tuple[str, int, float]]:
            found = catalogue.changes(0)["rows"]
            return {row["name"]: (row["state"], row["generations"], row["best_fitness"]) for row in found}

        writer.write(2)
        grown = {"run-000": ("running", 3, 20), "run-001": ("running", 3, 20), "run-002": ("stopped", 2, 3)}
        wait_until(lambda: rows() == grown, "two runs have grown")
        writer.kill()
        ended = {"run-000": ("stopped", 3, 20), "run-001": ("stopped", 3, 20), "run-002": ("stopped", 2, 3)}
        wait_until(lambda: rows() == ended, "the runs of the killed process are stopped")


def test_nobody_who_asks_nothing_is_read_until_somebody_asks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASKED_S", 0.0)
    make_runs(tmp_path, 1)
    with Catalogue(tmp_path) as catalogue:
        assert catalogue.changes(0)["waiting"] == 1
        monkeypatch.setattr(module, "ASKED_S", 1e9)
        catalogue._changed.set()  # as the next question does, which finds the thread idle
        wait_until(lambda: catalogue.changes(0)["waiting"] == 0, "the run is read")


WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGING = (
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.utime",
    "os.truncate",
)
_watched: list[str] = []
_written: list[str] = []


def _note_writes(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what Python opens for writing, or changes, below the folder that is watched."""
    if not _watched or (event != "open" and event not in CHANGING):
        return
    path = os.fsdecode(arguments[0]) if isinstance(arguments[0], str | bytes | os.PathLike) else ""
    if path.startswith(_watched[0]) and (event != "open" or (arguments[2] or 0) & WRITING):
        _written.append(f"{event} {path}")


@contextmanager
def no_write_below(root: Path) -> Iterator[None]:
    """Fail if this process opens a file for writing or changes one, though the folder would allow it."""
    if "audited" not in globals():
        sys.addaudithook(_note_writes)  # which cannot be removed: it sleeps without a folder
        globals()["audited"] = True
    _written.clear()
    _watched.append(str(root))
    try:
        yield
    finally:
        _watched.clear()
    assert _written == []


def test_the_guard_against_writes_sees_a_write(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"open .*/file"), no_write_below(tmp_path):
        (tmp_path / "file").write_text("x", encoding="utf-8")


def test_nothing_is_written_also_not_for_damaged_runs(tmp_path: Path) -> None:
    runs = make_runs(tmp_path, 8)
    for run, damage in zip(runs, DAMAGES.values(), strict=False):
        damage(run)
    before = snapshot(tmp_path)
    with no_write_below(tmp_path):
        catalogue = Catalogue(tmp_path)
        for _ in range(2):
            read_all(catalogue)
        for row in catalogue.changes(0)["rows"]:
            watched = catalogue.run(row["id"])
            assert watched is not None
            watched.failures()
    assert snapshot(tmp_path) == before


def test_read_only_folders_are_shown(tmp_path: Path) -> None:
    (run,) = make_runs(tmp_path, 1)
    RunFolder(run).add_generation(rising(2))
    with RunFolder(run).locked():
        pass
    folders = [Path(folder) for folder, _, _ in os.walk(tmp_path)]
    for folder in folders:
        for file in folder.iterdir():
            file.chmod(0o555 if file.is_dir() else 0o444)
    try:
        catalogue = Catalogue(tmp_path)
        read_all(catalogue)
        row = catalogue.changes(0)["rows"][0]
        assert (row["state"], row["generations"], row["problem"]) == ("stopped", 3, "")
    finally:
        for folder in folders:
            folder.chmod(0o755)
