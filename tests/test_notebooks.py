"""Tutorials: they run, their sliders move, and their stored outputs are whole and the same on every machine."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from docs.notebooks import FOLDERS, KEPT, NOTEBOOKS, shown, store, without_outputs
from tests.distribution import each_day
from tests.notebook_client import executed
from tests.slurm_cluster import missing_programs

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
BY_NAME = {path.stem: path for path in PATHS}

MOVE_EVERY_SLIDER = """
from ipywidgets import IntSlider

for slider in [value for value in globals().values() if isinstance(value, IntSlider)]:
    slider.value = slider.min
    slider.value = slider.max
"""

BRIEF = {
    "01_first_evolution": "GENERATIONS, POPULATION, CELLS = 2, 4, 8",
    "02_reading_the_figures": "CELLS = 8",
    "03_your_own_network": "GENERATIONS, POPULATION = 2, 4",
    "04_your_own_environment": "GENERATIONS, POPULATION = 2, 4",
    "05_learning_by_reward": "TRIALS, EPISODES, LIVES, CELLS = 1, 3, 1, 8",
    "06_training_by_gradients": "HIDDEN, UPDATES, ENVIRONMENTS, GENERATIONS, POPULATION = 4, 2, 4, 2, 6",
    "07_spatial_networks": "GENERATIONS, POPULATION, STEPS, ROBOTS = 2, 6, 20, ['swimmer']",
    "08_first_study": "GENERATIONS, SEEDS, DRAWS = 1, '1-2', 50",
    "09_first_slurm_job": "GENERATIONS, POPULATION = 3, 4",
}
"""Values for a test, by notebook; they follow its cell that is tagged ``parameters``."""

EACH_DAY = [BY_NAME[name] for name in ("03_your_own_network", "04_your_own_environment")]
MOST_BYTES = 400_000
A_NUMBER_THAT_VARIES = re.compile(r" at 0x[0-9a-f]+|\b\d+(\.\d+)? ?it/s\b")

tutorial = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def code(path: Path) -> list[NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def outputs(path: Path) -> list[NotebookNode]:
    return [output for cell in code(path) for output in cell.outputs]


def pictures(cell: NotebookNode) -> list[NotebookNode]:
    return [output for output in cell.outputs if "image/png" in output.get("data", {})]


def texts(path: Path) -> list[str]:
    """Return the stored outputs that are texts or tables."""
    found = []
    for output in outputs(path):
        data = output.get("data", {"text": output.get("text", "")})
        found += [text for kind, text in data.items() if kind != "image/png"]
    return found


def outputs_of_widgets(notebook: NotebookNode) -> list[list[dict]]:
    """Return what each output widget shows in the end; an exception in it does not stop a notebook."""
    state = notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {"state": {}})
    return [w["state"]["outputs"] for w in state["state"].values() if w["model_name"] == "OutputModel"]


def shortened(path: Path) -> NotebookNode:
    """Return a notebook with values that make it quick."""
    notebook = nbformat.read(path, as_version=4)
    without_outputs(notebook)
    (number,) = [k for k, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
    notebook.cells.insert(number + 1, nbformat.v4.new_code_cell(BRIEF[path.stem]))
    if "interactive_output" in nbformat.writes(notebook):
        notebook.cells.append(nbformat.v4.new_code_cell(MOVE_EVERY_SLIDER))
    return notebook


def imported(source: str) -> set[str]:
    """Return the packages that a cell imports."""
    lines = [line.split() for line in source.splitlines() if line.startswith(("import ", "from "))]
    return {words[1].split(".")[0] if words[1] != "neurosim_rl" else " ".join(words) for words in lines}


def test_there_are_nine_tutorials_in_reading_order() -> None:
    assert [path.stem.partition("_")[0] for path in PATHS] == [f"{number:02}" for number in range(1, len(PATHS) + 1)]
    assert len(PATHS) >= 9


@pytest.mark.notebook
@pytest.mark.parametrize("path", each_day(PATHS, *EACH_DAY), ids=lambda path: path.stem)
def test_every_notebook_runs_from_top_to_bottom_and_its_sliders_move(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # EnvPool sets it when it is imported; a kernel would show no picture.
    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook = shortened(path)
    if notebook.metadata.get("slurm"):
        monkeypatch.setenv("PATH", "")  # without a Slurm; the next test has one
    executed(notebook, str(tmp_path))
    seen = outputs_of_widgets(notebook)
    assert bool(seen) == ("interactive_output" in nbformat.writes(notebook))
    without_picture = [each for each in seen if not any("image/png" in o.get("data", {}) for o in each)]
    assert without_picture == []
    assert not [o for each in seen for o in each if o["output_type"] == "error"]
    left = {left.name for left in tmp_path.iterdir() if left.suffix not in (".toml", ".py", ".nir")}
    assert left <= {"runs", "__pycache__"}


@pytest.mark.slurm
@pytest.mark.notebook
@pytest.mark.thorough
@pytest.mark.skipif(bool(missing_programs()), reason=f"needs {', '.join(missing_programs())}")
def test_the_job_of_the_last_notebook_is_cancelled_and_resumed_to_the_same_champion(tmp_path: Path) -> None:
    path = tmp_path / "09_first_slurm_job.ipynb"
    nbformat.write(shortened(BY_NAME[path.stem]), path)
    store(path)
    printed = "".join(texts(path))
    assert "There is a Slurm here." in printed
    assert "\n job 1>" in printed
    assert "the same champion: True" in printed


@tutorial
def test_notebooks_use_the_front_door_alone(path: Path) -> None:
    packages = set().union(*(imported(cell.source) for cell in code(path)))
    assert "import neurosim_rl as nrl" in packages
    tools = {"gymnasium", "ipywidgets", "matplotlib", "numpy", "pandas", "pathlib", "shutil", "subprocess", "time"}
    inside = {line for cell in code(path) for line in cell.source.splitlines() if line.startswith("from neurosim_rl")}
    assert packages - tools <= {"import neurosim_rl as nrl", "neurosim_rl"}
    assert inside <= {"from neurosim_rl.testing import check_environment"}


@tutorial
def test_notebooks_end_with_exercises_and_folded_solutions(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    (exercises,) = [cell.source for cell in notebook.cells if "## Exercises" in cell.source]
    solutions = [cell.metadata for cell in notebook.cells if "solution" in cell.metadata.get("tags", [])]
    assert 2 <= len(re.findall(r"^\d\. ", exercises, re.MULTILINE)) == len(solutions)
    for number, metadata in enumerate(solutions, 1):
        assert "hide-cell" in metadata.tags
        assert metadata.jupyter == {"outputs_hidden": True, "source_hidden": True}
        assert metadata.mystnb.code_prompt_show == f"Show the solution of exercise {number}"


@tutorial
def test_notebooks_are_kept_with_outputs_that_do_not_vary(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert outputs(path), "python -m docs.notebooks stores outputs"
    for cell in code(path):
        assert cell.execution_count is None
        assert cell.outputs or "print(" not in cell.source or "if has_slurm" in cell.source
    for output in outputs(path):
        assert output.output_type in ("stream", "display_data"), "an error, or an output with a count of executions"
        assert output.get("name") != "stderr"
        assert set(output.get("data", {})) <= set(KEPT)
    assert [cell.id for cell in notebook.cells] == [str(number) for number in range(len(notebook.cells))]
    assert set(notebook.metadata) <= {"kernelspec", "language_info", "slurm"}
    assert [text for text in texts(path) if A_NUMBER_THAT_VARIES.search(text)] == []


@tutorial
def test_stored_outputs_hold_no_path_of_a_machine(path: Path) -> None:
    found = {each for text in texts(path) for each in re.findall(r"(?<![\w.~$\"/-])/[\w.-]+/[\w./-]+", text)}
    known = (*FOLDERS.values(), "/usr/bin/env", "/bin/bash", "/dev/null")
    assert [each for each in found if not each.startswith(known)] == []


@tutorial
def test_stored_pictures_are_small_and_have_an_alternative_text(path: Path) -> None:
    assert path.stat().st_size <= MOST_BYTES
    with_pictures = [cell for cell in code(path) if pictures(cell)]
    assert with_pictures
    for cell in with_pictures:
        assert len(cell.metadata.mystnb.image.alt) >= 15, cell.source


@pytest.mark.notebook
def test_storing_keeps_what_a_widget_shows_and_leaves_out_what_varies(tmp_path: Path) -> None:
    source = """
import os, sys
import ipywidgets
from IPython.display import Markdown, display

def show(number):
    print("number", number)
    display({"text/plain": "kept", "text/latex": "left out"}, raw=True)

slider = ipywidgets.IntSlider(3, min=0, max=5)
print("progress", file=sys.stderr)
print("in", os.getcwd())
ipywidgets.VBox([slider, ipywidgets.interactive_output(show, {"number": slider})])
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="one")])
    stored = []
    for name in ("first.ipynb", "second.ipynb"):
        nbformat.write(notebook, tmp_path / name)
        store(tmp_path / name)
        stored.append((tmp_path / name).read_text())
    assert stored[0] == stored[1]
    printed, displayed = nbformat.reads(stored[0], as_version=4).cells[0].outputs
    assert printed.text == f"in {FOLDERS['working folder']}\nnumber 3\n"
    assert displayed.data == {"text/plain": "kept"}


def test_an_error_in_a_widget_is_not_stored() -> None:
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[error])])
    with pytest.raises(RuntimeError, match="a widget failed: ValueError: no"):
        shown(notebook, {})
