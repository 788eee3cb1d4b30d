"""Where files of the repository are, for users of a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

import neurosim_rl as nrl
from neurosim_rl.errors import ConfigurationError, RunFolderError
from neurosim_rl.settings.layers import read_text
from neurosim_rl.settings.sources import FETCH, FOLDERS, source_hint
from tests.documents import ROOT


def test_the_folders_are_those_of_the_repository() -> None:
    assert [name for name in FOLDERS if not (ROOT / name).is_dir()] == []


def test_an_installed_package_says_how_to_fetch_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    hint = source_hint("notebooks/02_which_optimizer.ipynb", root=tmp_path)
    assert hint == f" notebooks/ is in the source distribution, not in the installed package: {FETCH}"


def test_a_checkout_says_where_the_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").mkdir()
    assert source_hint("benchmarks/studies/depth.toml") == f" It is {ROOT / 'benchmarks/studies/depth.toml'}."
    assert source_hint("benchmarks/studies/deep.toml") == ""


@pytest.mark.parametrize("path", ["", "runs/a", "/benchmarks/a", "../benchmarks/a", "benchmark", "docs/" + "a" * 300])
def test_of_other_paths_nothing_is_said(path: str) -> None:
    assert source_hint(path) == ""


def test_a_file_that_exists_needs_no_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    assert source_hint("docs", root=tmp_path / "nowhere") == ""


def test_python_says_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"No such file or directory.* It is .*depth\.toml\.$"):
        read_text(Path("benchmarks/studies/depth.toml"))
    with pytest.raises(RunFolderError, match=r"does not exist: .* It is .*benchmarks/studies/depth\.$"):
        nrl.load("benchmarks/studies/depth")
