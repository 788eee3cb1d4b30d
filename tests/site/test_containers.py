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


def copied(name: str) -> set[str]:
    """Return the files and folders of the checkout that a recipe copies: no environment, run or build of the user's."""
    if name == "Dockerfile":
        lines = re.findall(r"^COPY (.+) (\S+)$", recipe(name), re.MULTILINE)
        return {source for sources, _ in lines for source in sources.split()}
    section = recipe(name).partition("%files\n")[2].partition("\n\n")[0]
    lines = [line.split() for line in section.splitlines()]
    assert {len(line) for line in lines} == {2}  # a source and a destination, as Apptainer wants it
    assert {destination for _, destination in lines} == {"/opt/neurosim-rl/"}
    return {source for source, _ in lines}


def system_packages(name: str) -> str:
    (line,) = re.findall(r"apt-get install .*", recipe(name))
    return line


def test_docker_and_apptainer_install_the_same_on_the_same_system() -> None:
    assert install_line(RECIPES[0]) == install_line(RECIPES[1])
    assert system_packages(RECIPES[0]) == system_packages(RECIPES[1])
    assert copied(RECIPES[0]) == copied(RECIPES[1])
    assert all((ROOT / source).exists() for source in copied(RECIPES[0]))
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
