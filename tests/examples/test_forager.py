"""The example ``forager``: parts of a user's own give one champion in every command, on all workers."""

from __future__ import annotations

import ast
import json
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import tomli_w

import neurosim_rl as nrl
from neurosim_rl.cli import main
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.studies import StudyTable
from tests.notebook_client import executed
from tests.own_parts import forgotten_afterwards
from tests.structure import ROOT

EXAMPLE = ROOT / "examples" / "forager"
SETTINGS = {
    "generations": 3,
    "episodes": 1,
    "validation_episodes": 2,
    "finalists": 0,
    "environment": {"max_steps": 20},
    "optimizer": {"population": 6},
    "learning": {"name": "forager-reward", "when": "always", "episodes": 1},
}
"""A short run in which every part of the example takes part, its learning rule too."""
KILLED = f"""
import os, signal
import neurosim_rl as nrl

def die(generation):
    os.kill(os.getpid(), signal.SIGKILL)

nrl.evolve("forager", {SETTINGS!r}, workers=1, out="killed", progress=False, on_generation=die)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the example; the tests work in its folder, which has the settings as a file."""
    folder = tmp_path_factory.mktemp("examples") / "forager"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("runs", "__pycache__"))
    (folder / "short.toml").write_text(tomli_w.dumps(SETTINGS))
    with forgotten_afterwards(folder):
        yield folder


@pytest.fixture(scope="module")
def champion(project: Path) -> str:
    """The digest of the champion that one worker finds, in folder ``one``."""
    assert evolve("one", "--workers", "1") == 0
    return read_champion("one").sha256


def evolve(out: str, *options: str) -> int:
    return main(["evolve", "forager", "--config", "short.toml", "--no-figures", "--out", out, *options])


@pytest.mark.parametrize("execution", ["processes", "dask"])
def test_two_workers_find_the_same_champion(execution: str, champion: str) -> None:
    assert evolve(execution, "--workers", "2", "--execution", execution) == 0
    assert read_champion(execution).sha256 == champion


def test_the_run_names_every_part_of_the_plugin(champion: str) -> None:
    (plugin,) = read_champion("one").provenance["plugins"]
    assert plugin == "forager"
    text = RunFolder.open("one").config_path.read_text()
    kinds = re.findall(r'"(\w+) forager', text)
    assert sorted(kinds) == [
        *("build", "decoder", "encoder", "environment", "fitness", "optimizer", "rule", "task"),
    ]


def test_nest_replays_the_champion_spike_by_spike(champion: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "one", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["spikes_differing"], found["actions_differing"]) == (0, 0)
    assert found["spikes_compared"] > 100


def test_a_run_that_was_killed_is_resumed_to_the_same_champion(project: Path, champion: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    history = RunFolder.open("killed").history()
    assert history is not None
    assert history.n_generations == 1
    assert main(["resume", "killed", "--no-figures"]) == 0
    assert read_champion("killed").sha256 == champion


def test_a_study_finds_the_same_champion(project: Path, champion: str) -> None:
    study = tomllib.loads((project / "study.toml").read_text())
    fixed = {key: value for key, value in SETTINGS.items() if key != "learning"}
    text = tomli_w.dumps({**study, "seeds": "1", "settings": {**study["settings"], **fixed}})
    (project / "short-study.toml").write_text(text)
    nrl.study("short-study.toml", out="study", workers=1, progress=False)
    rows = {row.values["learning.name"]: row for row in StudyTable.read(Path("study", "study.h5")).rows}
    assert rows["forager-reward"].sha256 == champion
    assert rows["none"].problem == ""


def test_its_own_figure_shows_the_food_that_the_recorded_episodes_found(
    champion: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plot", "one", "--figure", "forager-paths"]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path.read_bytes().startswith(b"\x89PNG")
    titles = [ax.get_title() for ax in nrl.load("one").plot("forager-paths").axes]
    recording = read_champion("one").recording
    pairs = zip(recording.start_seeds.tolist(), recording.returns.tolist(), strict=True)
    assert titles == [f"start {seed}: {found:g} eaten" for seed, found in pairs]


def test_a_job_goes_to_the_folder_and_names_the_plugin(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for what in (["forager", "--config", "short.toml"], ["--study", "study.toml"]):
        assert main(["submit", *what, "--dry-run"]) == 0
        script = capsys.readouterr().out
        assert f"\ncd {project} || exit 1" in script
        assert "--plugin forager" in script


@pytest.mark.slurm
def test_a_job_on_slurm_finds_the_same_champion(slurm, champion: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--workers", "2", "--no-figures", "--out", "job"]
    assert main(["submit", "forager", "--config", "short.toml", *options]) == 0
    job = int(re.findall(r"^Job (\d+)", capsys.readouterr().out, re.MULTILINE)[0])
    assert slurm.wait_for_job(job) == "COMPLETED", slurm.job_output(job)
    assert read_champion("job").sha256 == champion


@pytest.mark.notebook
def test_a_notebook_that_defines_the_environment_in_a_cell_finds_the_same_champion(
    project: Path, champion: str
) -> None:
    notebook = nbformat.read(project / "notebook.ipynb", as_version=4)
    (number,) = [k for k, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
    settings = {**SETTINGS, "workers": 2}
    notebook.cells.insert(number + 1, nbformat.v4.new_code_cell(f"SETTINGS = {settings!r}"))
    executed(notebook, str(project))
    (run,) = (project / "runs").iterdir()
    assert read_champion(run).sha256 == champion
    assert "Forager-of-the-notebook-v0" in (run / "config.toml").read_text()


def test_the_notebook_has_the_environment_of_the_package_and_no_outputs() -> None:
    notebook = nbformat.read(EXAMPLE / "notebook.ipynb", as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)
    (in_cell,) = [cell.source for cell in cells if "class Forager" in cell.source]
    in_module = (EXAMPLE / "forager" / "environment.py").read_text(encoding="utf-8")
    assert definitions(in_cell) == definitions(in_module)


def definitions(source: str) -> list[str]:
    """Return the code of classes, functions and constants: all but imports, docstrings, the id and its registration."""
    kept = (ast.ClassDef, ast.FunctionDef, ast.Assign)
    found = [ast.unparse(node) for node in ast.parse(source).body if isinstance(node, kept)]
    return [text for text in found if not text.startswith("ID = ")]


def test_its_own_tests_pass(project: Path) -> None:
    # Workers and NEST have been tried above.
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", ".", "-k", "not workers", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert re.search(r"[7-9] passed, 1 deselected", done.stdout), done.stdout


def test_a_few_generations_find_food_as_the_rule_does_and_random_turns_do_not(project: Path) -> None:
    run = nrl.evolve("forager", seed=1, generations=4, workers=1, out="default", progress=False)
    best, rule = run.champion.unseen, run.champion.simple_rule
    assert rule is not None
    assert best.mean_return > 5 * run.champion.random_policy.mean_return
    assert best.mean_return > 0.6 * rule.mean_return
