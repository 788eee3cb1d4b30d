"""The shape of the code: imports point one way, and packaging lists what is there."""

from __future__ import annotations

import ast
import configparser
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "neurosim_rl": ROOT / "neurosim_rl",
    "neurosim_rl.models": ROOT / "models",
    "neurosim_rl.optimizees": ROOT / "optimizees",
}

LAYERS: list[set[str]] = [
    {"errors"},
    {"checks", "published", "tables"},
    {"compilation", "options", "synapses"},
    {"configuration", "episodes", "network", "parameters", "seeds"},
    {"bridge"},
    {"environments", "simulators"},
    {"episode_log"},
    {"rollout"},
    {"learning", "models"},
    {"execution", "optimizees", "optimizers"},
    {"shares"},
    {"dispatch"},
    {"evaluation", "probe", "verification"},
    {"runs"},
    {"observing"},
    {"evolution", "gradient"},
    {"analysis", "catalogue", "judging", "lesson", "preparation"},
    {"experiment"},
    {"comparison", "dynamics", "measuring", "submission"},
    {
        "exchange",
        "figures",
        "l2l_experiments",
        "measuring_report",
        "network_figures",
        "reports",
        "results",
        "study",
        "video",
    },
    {"results_page", "run_reports"},
    {"cli"},
]
"""Modules and packages of neurosim_rl, lowest first. Each imports only from layers below its own, and from itself."""

PICKLING = ("generation", "guarded_optimizee", "runner", "seam", "watched_runner")
"""Modules of l2l_experiments that read or write L2L's own pickles."""

LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


@cache
def modules() -> dict[str, Path]:
    """Return every product module by its import name."""
    found = {}
    for package, folder in FOLDERS.items():
        for parent, _, files in os.walk(folder, followlinks=False):
            for file in sorted(f for f in files if f.endswith(".py")):
                parts = (Path(parent) / file).relative_to(folder).with_suffix("").parts
                name = ".".join([package, *(part for part in parts if part != "__init__")])
                found[name] = Path(parent) / file
    return found


def imports(path: Path) -> Iterator[str]:
    """Give the full name of every import of a file, wherever in the file it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(path: Path) -> set[str]:
    """Return the modules and packages right under neurosim_rl that a file imports from."""
    parts = [name.split(".") for name in imports(path)]
    return {part[1] for part in parts if part[0] == "neurosim_rl" and len(part) > 1 and part[1] != "__version__"}


def importers(library: str) -> set[str]:
    """Return the product modules that import a library."""
    return {name for name, path in modules().items() if any(i.split(".")[0] == library for i in imports(path))}


@pytest.mark.parametrize("name", [name for name in modules() if name != "neurosim_rl"])
def test_imports_point_down(name: str) -> None:
    own = name.split(".")[1]
    assert own in LEVEL, f"{own} is new: say in LAYERS on which level it stands"
    for imported in own_imports(modules()[name]) - {own}:
        assert imported in LEVEL, f"{name} imports neurosim_rl.{imported}, which is no module"
        assert LEVEL[imported] < LEVEL[own], f"{name} imports from neurosim_rl.{imported}, which is not below it"


def test_every_layer_exists() -> None:
    assert {name.split(".")[1] for name in modules() if name != "neurosim_rl"} == set(LEVEL)


def test_modules_of_one_package_import_each_other_in_no_circle() -> None:
    graph = {
        name: {i.rpartition(".")[0] for i in imports(path)} & set(modules()) - {name}
        for name, path in modules().items()
        if path.name != "__init__.py"
    }
    done: set[str] = set()
    while len(done) < len(graph):
        ready = {name for name, needed in graph.items() if needed & set(graph) <= done}
        assert ready > done, f"a circle among {sorted(set(graph) - ready)}"
        done = ready


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("nest", {f"neurosim_rl.simulators.{name}" for name in ("nest", "nest_kernel", "nest_nodes", "nest_synapses")}),
        ("deap", {"neurosim_rl.optimizers.genetic"}),
        ("cmaes", {"neurosim_rl.optimizers.cma_es"}),
        ("threadpoolctl", {"neurosim_rl.optimizers.one_thread"}),
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
        assert not {"create_simulator", "play"} & {name.rpartition(".")[2] for name in imports(path)}


def test_nothing_is_imported_by_star() -> None:
    starred = [name for name, path in modules().items() if any(i.endswith(".*") for i in imports(path))]
    assert starred == []


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


HEAVY = {"nest", "l2l", "deap", "cmaes", "loky", "torch"}


@pytest.mark.parametrize(
    ("name", "unwanted"),
    [
        ("neurosim_rl", {*HEAVY, "matplotlib", "h5py"}),
        ("neurosim_rl.runs", HEAVY),
        ("neurosim_rl.analysis", HEAVY),
        ("neurosim_rl.comparison.figures", HEAVY),
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
