"""Tutorials on the site: listed in order, with commands that are understood and links that lead to pages."""

from __future__ import annotations

import json
import re
import shlex

import nbformat
import pytest

from docs.extension.tutorials import lead_to_pages
from docs.notebooks import NOTEBOOKS
from neurosim_rl.cli.main import _parser
from tests.documents import ROOT, commands, documents

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
TEXTS = {
    path.stem: "\n".join(
        cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"
    )
    for path in PATHS
}
COMMANDS = sorted({(name, command) for name, text in TEXTS.items() for command in commands(text)})


def test_the_index_lists_all_tutorials_in_reading_order() -> None:
    index = documents()["docs/tutorials/index.rst"]
    names = [path.stem for path in PATHS]
    assert re.findall(r"^#\. :doc:`notebooks/(\w+)`: \S", index, re.MULTILINE) == names
    assert re.findall(r"^   notebooks/(\w+)$", index, re.MULTILINE) == names


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_a_command_of_a_tutorial_is_understood(name: str, command: str) -> None:
    words = shlex.split(command)[1:]
    assert callable(_parser(words[0]).parse_args(words).command)


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 6


@pytest.mark.parametrize("name", TEXTS)
def test_links_of_a_tutorial_lead_to_files_and_on_the_site_to_pages(name: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)", TEXTS[name])
    assert len([link for link in links if link.startswith("../docs/")]) >= 2
    assert [link for link in links if not (NOTEBOOKS / link).is_file()] == []
    source = [json.dumps({"cells": [f"[a page]({link})" for link in links]})]
    lead_to_pages(None, f"tutorials/notebooks/{name}", source)  # type: ignore[arg-type]
    pages = re.findall(r"\{doc\}`a page </([^>]+)>`", source[0])
    assert len(pages) == len([link for link in links if link.endswith((".rst", ".ipynb"))])
    assert [page for page in pages if not [*(ROOT / "docs").glob(f"{page}.*")]] == []


def test_other_pages_keep_their_links() -> None:
    source = ["[a page](../docs/install.rst)"]
    lead_to_pages(None, "how-to/runs", source)  # type: ignore[arg-type]
    assert source == ["[a page](../docs/install.rst)"]
