"""The choice of champions that the tests replay, in repositories of the tests' own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.changed_champions import FOLDER, changed_champions


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two champions on the branch main, the second of them in the last commit."""
    (tmp_path / FOLDER).mkdir(parents=True)
    git(tmp_path, "init", "-q", "-b", "main")
    for name in ("first", "second"):
        write(tmp_path, name, "as merged")
        commit(tmp_path)
    return tmp_path


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=tests", "-c", "user.email=tests@localhost"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def write(root: Path, name: str, text: str) -> None:
    (root / FOLDER / f"{name}.h5").write_text(text)


def commit(root: Path) -> None:
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "champions")


def test_on_the_trunk_those_of_the_last_commit_changed(root: Path) -> None:
    assert changed_champions(root) == {"second"}


def test_on_a_branch_those_of_its_commits_and_those_not_committed_changed(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "branch")
    assert changed_champions(root) == {"second"}  # there is no commit yet
    write(root, "first", "trained anew")
    commit(root)
    write(root, "third", "new")
    commit(root)
    assert changed_champions(root) == {"first", "third"}
    write(root, "second", "not committed")
    write(root, "fourth", "not added")
    assert changed_champions(root) == {"first", "second", "third", "fourth"}


def test_what_was_removed_cannot_be_replayed(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "branch")
    (root / FOLDER / "first.h5").unlink()
    commit(root)
    assert changed_champions(root) == set()


def test_without_git_nothing_is_known_to_have_changed(tmp_path: Path) -> None:
    assert changed_champions(tmp_path) == set()
