"""Recipes of containers: both install the same, and what they name exists."""

from __future__ import annotations

import configparser
import re

import pytest

from tests.documents import ROOT

RECIPES = ("Dockerfile", "neurosim-rl.def")


def recipe(name: str) -> str:
    return (ROOT / "docs" / "containers" / name).read_text(encoding="utf-8")


def install_line(name: str) -> str:
    (line,) = re.findall(r"pip install .*", recipe(name))
    return line


def test_docker_and_apptainer_install_the_same_on_the_same_system() -> None:
    assert install_line(RECIPES[0]) == install_line(RECIPES[1])
    images = [re.search(r"(?:FROM|From:) (\S+)", recipe(name)) for name in RECIPES]
    assert len({found[1] for found in images if found}) == 1


@pytest.mark.parametrize("name", RECIPES)
def test_extras_and_files_that_a_recipe_names_exist(name: str) -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = re.search(r"\[([\w,-]+)\]\"", install_line(name))
    assert extras is not None
    assert set(extras[1].split(",")) <= set(setup["options.extras_require"])
    constraints = re.search(r"-c /opt/neurosim-rl/(\S+)", install_line(name))
    assert constraints is not None
    assert (ROOT / constraints[1]).is_file()
    assert f"python:{setup['options']['python_requires'].removeprefix('>=')}-" in recipe(name)
