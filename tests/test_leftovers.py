"""Processes that tests leave behind are found, also those that are no children any more."""

import subprocess

import psutil
import pytest

from tests import leftovers

ORPHAN = "sleep 600 > /dev/null & echo $!"


def test_an_orphan_of_the_session_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(leftovers.MARK, "this test's")
    pid = int(subprocess.check_output(["sh", "-c", ORPHAN], text=True))  # its parent has ended
    monkeypatch.setattr(leftovers, "GRACE_S", 0.0)
    found = leftovers.leftovers()
    assert [process.pid for process in found] == [pid]
    assert leftovers.told(found) == [f"{pid}: sleep 600"]
    monkeypatch.undo()
    leftovers.end(found)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
