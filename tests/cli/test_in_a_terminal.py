"""Commands in a terminal of 80 columns and 24 rows, each in a process of its own: nothing that they show is wrapped."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurosim_rl.cli import main
from neurosim_rl.exchange.nir import write_nir
from neurosim_rl.runs.champion import read_champion
from tests.distribution import each_day
from tests.structure import ROOT
from tests.terminal import Shown, run_in_terminal

STUDIES = ROOT / "benchmarks" / "studies"
TINY = "--generations 1 --population 3 --workers 1 --set episodes=1 --set validation_episodes=1 --no-figures"
WIDE_NAME = "走る棒-" + "長い名前" * 6
"""Name of a run whose characters take two columns each: 55 columns."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two finished runs, of which one has a wide name, and a network in NIR."""
    folder = tmp_path_factory.mktemp("in a terminal")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("a", WIDE_NAME):
            settings = ["--seed", str(len(name)), "--out", f"runs/{name}"]
            assert main(["evolve", "cart-pole", *TINY.split(), *settings, "--quiet"]) == 0
    champion = read_champion("champion:cart-pole-ppo-snn")
    write_nir(champion.optimizee(), champion.vector, folder / "network.nir")
    return folder


def shown(folder: Path, *arguments: str) -> Shown:
    """Return what a command shows in the terminal."""
    return run_in_terminal(["-m", "neurosim_rl", *arguments], folder=folder, environment={"PYTHONPATH": str(ROOT)})


COMMANDS = [
    "",
    "list",
    "list champions",
    "list task ant",
    "status runs",
    f"show runs/{WIDE_NAME}",
    "show champion:walker2d --provenance",
    "compare runs",
    "new my-forager",
    f"study {STUDIES}/mountain-car.toml --table {STUDIES}/mountain-car/study.h5",
    f"evolve cart-pole {TINY} --out third",
    "evolve mountin-car",
    *(
        "list tasks",
        "list encoders",
        "list optimizer cma-es",
        "list figures",
        "show champion:ant",
        "resume runs/a --no-figures",
    ),
    *("analyse champion:cart-pole --no-figures", "plot runs/a --figure raster", "verify runs/a", "dynamics stdp"),
    "evaluate runs/a --episodes 2 --workers 1",
    "record champion:cart-pole-linear --out film.gif --steps 5",
    "report champion:cart-pole-linear --no-film --out page.html",
    "results --champions runs --task cart-pole --episodes 2 --workers 1",
    "export champion:cart-pole --csv tables",
    "import network.nir --task cart-pole --out imported.h5",
    f"study {STUDIES}/classic-control.toml --table {STUDIES}/classic-control/study.h5",
]
"""Commands, without the program's name. The script that ``submit --dry-run`` prints is left out: its lines are those of
the file."""
EACH_DAY = ("list", "status runs", f"show runs/{WIDE_NAME}", "compare runs", f"evolve cart-pole {TINY} --out third")


@pytest.mark.parametrize("command", each_day(COMMANDS, *EACH_DAY))
def test_nothing_is_wrapped(place: Path, command: str) -> None:
    done = shown(place, *command.split())
    assert done.code == (2 if command == "evolve mountin-car" else 0), done.text
    assert len(done.lines()) >= 1
    assert done.too_long() == []


@pytest.mark.nestml
def test_nothing_is_wrapped_where_a_module_is_built(place: Path) -> None:
    done = shown(place, "nestml", str(ROOT / "examples" / "nestml" / "subtractive.nestml"))
    assert done.code == 0, done.text
    assert done.too_long() == []
