"""The shape of the code: rooms on floors, imports that point down, one name for one thing, and packaging.

The drawing of the rooms is in CONTRIBUTING.rst; these tests hold it against the code. ``tests/structure.py`` counts.
"""

from __future__ import annotations

import ast
import configparser
import os
import re
import subprocess
import sys
from collections import defaultdict

import pytest

from tests.structure import (
    FOLDERS,
    ROOT,
    floors,
    imports,
    imports_between_rooms,
    loose_modules,
    modules,
    rooms,
    tree,
)

MOST_ROOMS, MOST_FLOORS, MOST_IMPORTS = 32, 13, 223
"""A newcomer holds no larger house in mind. Who needs more merges, or moves, before adding."""

PICKLING = ("generation", "guarded_optimizee", "runner", "watched_runner")
"""Modules of l2l_experiments that read or write L2L's own pickles."""


def test_only_three_modules_are_loose() -> None:
    assert loose_modules() == {"errors", "seeds", "compilation"}


def test_rooms_and_floors_are_few_and_no_rooms_import_each_other_in_a_circle() -> None:
    assert len(rooms()) <= MOST_ROOMS
    assert set(floors()) == rooms(), f"a circle among {sorted(rooms() - set(floors()))}"
    assert max(floors().values()) <= MOST_FLOORS


def test_imports_between_rooms_are_few() -> None:
    assert len(imports_between_rooms()) <= MOST_IMPORTS


def drawn_rooms() -> list[list[str]]:
    """Return the rooms of each storey of CONTRIBUTING's drawing, from the top."""
    text = (ROOT / "CONTRIBUTING.rst").read_text(encoding="utf-8")
    drawing = text[text.index("The rooms\n") :].partition("::\n\n")[2].partition("\n\nHow")[0]
    return [
        re.findall(r"^    (\w+) {2,}\S", storey, re.MULTILINE) for storey in re.split(r"\n {4}-{3,}[^\n]*\n", drawing)
    ]


def test_the_drawing_in_contributing_shows_every_room_once_above_all_that_it_imports_from() -> None:
    storeys = [set(storey) for storey in drawn_rooms()]
    drawn = [room for storey in drawn_rooms() for room in storey]
    assert sorted(drawn) == sorted(rooms())
    height = {room: -number for number, storey in enumerate(storeys) for room in storey}
    rising = [pair for pair in imports_between_rooms() if height[pair[1]] > height[pair[0]]]
    assert rising == []


def test_modules_of_one_package_import_each_other_in_no_circle() -> None:
    graph = {}
    for module, path in modules().items():
        if path.name != "__init__.py":
            imported = {source for source, _ in imports(path)} | {f"{source}.{name}" for source, name in imports(path)}
            graph[module] = imported & set(modules()) - {module}
    done: set[str] = set()
    while len(done) < len(graph):
        ready = {module for module, needed in graph.items() if needed & set(graph) <= done}
        assert ready > done, f"a circle among {sorted(set(graph) - ready)}"
        done = ready


def test_public_classes_and_functions_have_names_of_their_own() -> None:
    places = defaultdict(list)
    for module, path in modules().items():
        is_neuron_model = module.startswith("neurosim_rl.simulators.compiled_iaf_")  # they share one interface
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                places["" if is_neuron_model else node.name].append(module)
    shared = {name: found for name, found in places.items() if len(found) > 1 and name not in ("", "main")}
    assert shared == {}


def importers(library: str) -> set[str]:
    """Return the product modules that import a library."""
    found = set()
    for module, path in modules().items():
        if any(source.split(".")[0] == library for source, _ in imports(path)):
            found.add(module)
    return found


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        (
            "nest",
            {
                "neurosim_rl.simulators.nest_library",
                "neurosim_rl.exchange.pynest_network",  # text of scripts, which nothing imports
            },
        ),
        ("deap", {"neurosim_rl.optimizers.genetic"}),
        ("cmaes", {"neurosim_rl.optimizers.cma_strategy"}),
        ("threadpoolctl", {"neurosim_rl.optimizers.one_thread", "neurosim_rl.runs.provenance"}),
        ("loky", {"neurosim_rl.execution.processes"}),
        ("pickle", {"neurosim_rl.evaluation.chunks", *(f"neurosim_rl.l2l_experiments.{name}" for name in PICKLING)}),
        (
            "random",
            {
                "neurosim_rl.optimizers.genetic",
                "neurosim_rl.optimizers.library_random",
                "neurosim_rl.l2l_experiments.guards",
            },
        ),
    ],
)
def test_a_library_is_imported_only_where_it_belongs(library: str, allowed: set[str]) -> None:
    assert importers(library) == allowed


def test_figures_never_run_a_simulator() -> None:
    packages = ("neurosim_rl.analysis", "neurosim_rl.comparison")
    drawing = [path for name, path in modules().items() if name.startswith(packages)]
    assert drawing
    for path in drawing:
        assert not {"create_simulator", "play"} & {name for _, name in imports(path)}


def test_nothing_is_imported_by_star() -> None:
    starred = [module for module, path in modules().items() if ("*") in {name for _, name in imports(path)}]
    assert starred == []


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


HEAVY = {"nest", "l2l", "deap", "cmaes", "loky", "torch"}
STARTING = {"nest", "torch", "cmaes", "distributed", "matplotlib", "pandas"}
"""What a run folder does not need: its configuration names optimizers and executions, but starts neither."""


@pytest.mark.parametrize(
    ("name", "unwanted"),
    [
        ("neurosim_rl", {*HEAVY, "matplotlib", "h5py"}),
        ("neurosim_rl.runs", STARTING),
        ("neurosim_rl.analysis", {*HEAVY, "matplotlib"}),
        ("neurosim_rl.reports.run", {*STARTING, "scipy.special", "scipy.stats"}),
        ("neurosim_rl.comparison.figures", STARTING - {"matplotlib"}),
        ("neurosim_rl.testing", {"pytest", "nest", "torch", "matplotlib"}),
    ],
)
def test_an_import_loads_no_more_than_it_needs(name: str, unwanted: set[str]) -> None:
    done = run(f"import {name}, sys; print(sorted({unwanted} & set(sys.modules)))")
    assert done.stdout.strip() == "[]", done.stderr


def test_the_public_names_exist() -> None:
    import neurosim_rl

    assert sorted(neurosim_rl.__all__) == list(neurosim_rl.__all__)
    assert all(hasattr(neurosim_rl, name) for name in neurosim_rl.__all__)


@pytest.mark.parametrize("name", ["models", "optimizees"])
def test_a_bare_import_of_a_linked_folder_is_refused(name: str) -> None:
    done = run(f"import {name}")
    assert done.returncode == 1
    assert f"ImportError: import neurosim_rl.{name}, not {name}: a twin module's" in done.stderr


@pytest.mark.parametrize("name", ["models", "optimizees"])
def test_the_links_into_the_package_are_relative(name: str) -> None:
    link = ROOT / "neurosim_rl" / name
    assert link.is_symlink()
    assert os.readlink(link) == f"../{name}"


def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_the_package_list_is_that_of_the_folders() -> None:
    listed = setup()["options"]["packages"].split()
    assert sorted(listed) == sorted(name for name, path in modules().items() if path.name == "__init__.py")


def test_packages_are_mapped_to_their_folders() -> None:
    lines = setup()["options"]["package_dir"].strip().splitlines()
    mapped = dict(line.replace(" ", "").split("=") for line in lines)
    assert mapped == {package: folder.name for package, folder in FOLDERS.items()}


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []
