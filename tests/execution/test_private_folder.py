"""Private folders: who may enter, and that none remains."""

import fcntl
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from neurosim_rl.errors import ExecutionError
from neurosim_rl.execution.private_folder import LOCK, PREFIX, private_folder
from tests.waiting import wait_until

HOLD = f"""
import sys, time
from pathlib import Path
from {private_folder.__module__} import private_folder

with private_folder(Path(sys.argv[1])) as folder:
    (folder / "scratch").mkdir()
    (folder / "scratch" / "key.pem").touch()
    print(folder, flush=True)
    time.sleep(300)
"""


def test_only_the_user_enters_it_and_nothing_remains(tmp_path: Path) -> None:
    with private_folder(tmp_path / "new" / "logs") as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "key.pem").touch()
        with private_folder(tmp_path / "new" / "logs") as another:
            assert another != folder
        assert (folder / "key.pem").exists(), "the folder of a living run was removed"
    assert list((tmp_path / "new" / "logs").iterdir()) == []


def test_it_is_removed_when_its_process_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        assert (folder / "scratch" / "key.pem").exists()
        process.kill()
    wait_until(lambda: not list(tmp_path.iterdir()), "the guard removes the folder")


def abandoned(parent: Path, name: str) -> Path:
    """Return a folder as a process leaves it that was killed together with its guard."""
    folder = parent / f"{PREFIX}{name}"
    folder.mkdir(0o700)
    (folder / LOCK).touch()
    (folder / "key.pem").touch()
    return folder


def test_the_next_run_removes_what_dead_ones_left_and_nothing_else(tmp_path: Path) -> None:
    dead, living, unlocked = (abandoned(tmp_path, name) for name in ("dead", "living", "unlocked"))
    (unlocked / LOCK).unlink()  # its process has not locked it yet
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / LOCK).touch()
    link = tmp_path / f"{PREFIX}link"
    link.symlink_to(elsewhere)
    with (living / LOCK).open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with private_folder(tmp_path):
            assert not dead.exists()
    assert {path.name for path in tmp_path.iterdir()} == {living.name, unlocked.name, elsewhere.name, link.name}
    assert (elsewhere / LOCK).exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(ExecutionError, match=r"cannot make a folder for the run's keys in .*/file: .*execution\.logs"),
        private_folder(tmp_path / "file"),
    ):
        raise AssertionError
