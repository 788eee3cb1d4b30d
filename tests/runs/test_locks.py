"""Locks: one holder at a time, named to others, and free when it ends in whatever way."""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from neurosim_rl.errors import RunFolderError
from neurosim_rl.runs import locks
from neurosim_rl.runs.locks import Holder, holder, locked

HOLD = """
import sys, time
from pathlib import Path
from neurosim_rl.runs.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holding(path: Path) -> subprocess.Popen:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_lock_is_held_by_one_process_and_free_after_its_death(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process = holding(path)
    try:
        found = holder(path)
        assert found is not None
        assert found.pid == process.pid
        with pytest.raises(RunFolderError, match=rf"in use by process {process.pid} on .*\. Wait for it, or end it"):
            locked(path).__enter__()
        assert holder(path) == found
    finally:
        process.kill()
        process.communicate()
    assert holder(path) is None
    with locked(path):
        pass


def test_a_lock_is_free_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    def fail() -> None:
        with locked(path):
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()
    assert holder(path) is None


def test_nobody_holds_a_lock_that_does_not_exist(tmp_path: Path) -> None:
    assert holder(tmp_path / "absent") is None
    assert not (tmp_path / "absent").exists()


def test_a_holder_is_named_with_its_slurm_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    assert f"process {os.getpid()} on " in str(Holder.this_process())
    assert "Slurm job 17, since 20" in str(Holder.this_process())


def test_a_lock_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"cannot write .*absent/lock: .*No such file"):
        locked(tmp_path / "absent" / "lock").__enter__()


def test_where_the_file_system_has_no_locks_work_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(descriptor: int, operation: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with locked(tmp_path / "lock"), locked(tmp_path / "lock"):
        assert holder(tmp_path / "lock") is None


def test_a_reader_that_asks_for_the_holder_stops_nobody_from_working(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    with path.open() as reader:  # as `holder` has the file for a moment
        fcntl.flock(reader, fcntl.LOCK_SH)
        ending = threading.Timer(0.05, fcntl.flock, (reader, fcntl.LOCK_UN))
        ending.start()
        with locked(path):
            assert holder(path) is not None
        ending.join()


def test_a_reader_that_never_ends_is_told_as_a_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "READER_LIMIT_S", 0.02)
    path = tmp_path / "lock"
    path.touch()
    with path.open() as reader:
        fcntl.flock(reader, fcntl.LOCK_SH)
        with pytest.raises(RunFolderError, match="in use by another process"):
            locked(path).__enter__()
