"""The README: short, a film first, and commands and Python as a reader would copy them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
from docutils.core import publish_doctree
from docutils.utils import Reporter

from neurosim_rl.cli.catalogue import catalogue
from tests.documents import ROOT, python_blocks

TEXT = (ROOT / "README.rst").read_text(encoding="utf-8")
FIRST_SCREEN = TEXT.splitlines()[:25]


def test_it_is_short_and_shows_a_film_before_anything_else() -> None:
    assert len(TEXT.splitlines()) <= 200
    first = next(line for line in TEXT.splitlines()[2:] if line.strip())
    assert re.fullmatch(r"\.\. image:: \S+\.gif", first)


def test_both_make_commands_are_on_the_first_screen() -> None:
    for target in ("evolve", "test"):
        assert any(line.strip().startswith(f"make {target}") for line in FIRST_SCREEN)


def test_the_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"(?:^ {4}|``)make (\w+)", TEXT, re.MULTILINE)
    assert "docs" in targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_pictures_and_folders_of_the_readme_exist() -> None:
    named = re.findall(r"^\.\. image:: (\S+)$", TEXT, re.MULTILINE) + re.findall(r"^``(docs/[^`]+)``", TEXT, re.M)
    assert len(named) == 9
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_champions_of_the_readme_are_shipped() -> None:
    assert set(re.findall(r"champion:([a-z][a-z0-9-]+)", TEXT)) <= set(catalogue()["champions"])


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (source,) = python_blocks(TEXT)
    assert len(source.strip().splitlines()) <= 10
    assert "generations=20" in source
    small = source.replace("generations=20", 'generations=1, episodes=1, optimizer={"population": 4}, progress=False')
    names: dict[str, Any] = {}
    exec(compile(small, "README.rst", "exec"), names)
    assert -200 <= names["champion"].evaluate(episodes=2).mean_return <= -80
    assert len(names["replay"].spikes.to_frame()) > 0
    assert (tmp_path / "runs" / "mountain-car-seed3" / "champion.h5").exists()


def description(address: str) -> str:
    """Return what an index of packages shows, as setup.py makes it."""
    spec = importlib.util.spec_from_file_location("packaging_of_neurosim_rl", ROOT / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text: str = module.description(TEXT, address)
    return text


@pytest.mark.parametrize("address", ["", "https://example.org/ours/"])
def test_an_index_of_packages_shows_the_readme_with_absolute_pictures_or_none(address: str) -> None:
    shown = description(address)
    pictures = re.findall(r"^\.\. image:: (\S+)$", shown, re.MULTILINE)
    local = re.findall(r"^\.\. image:: (\S+)$", TEXT, re.MULTILINE)
    assert pictures == ([f"https://example.org/ours/raw/HEAD/{path}" for path in local] if address else [])
    assert ":alt:" not in shown if not address else shown.count(":alt:") == len(local)
    assert "make evolve" in shown
    settings = {"report_level": Reporter.WARNING_LEVEL, "halt_level": Reporter.WARNING_LEVEL}
    publish_doctree(shown, settings_overrides={**settings, "file_insertion_enabled": False})
