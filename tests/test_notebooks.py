from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.distribution import each_day
from tests.notebook_client import executed

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))

MOVE_EVERY_SLIDER = """
from ipywidgets import IntSlider

for slider in [value for value in globals().values() if isinstance(value, IntSlider)]:
    slider.value = slider.min
    slider.value = slider.max
"""


def outputs_of_widgets(notebook: NotebookNode) -> list[list[dict]]:
    """Return what each output widget shows in the end; an exception in it does not stop a notebook."""
    widgets = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
    return [w["state"]["outputs"] for w in widgets if w["model_name"] == "OutputModel"]


BRIEF = {
    "01_mountain_car": "GENERATIONS, POPULATION, CELLS = 2, 4, 10",
    "02_which_optimizer": "DRAWS = 50",
    "03_plasticity": "TRIALS, EPISODES, LIVES, CELLS = 1, 3, 1, 8",
    "04_spatial_networks": "GENERATIONS, POPULATION, STEPS, ROBOTS = 2, 6, 20, ['swimmer']",
    "05_gradient_and_evolution": "HIDDEN, UPDATES, ENVIRONMENTS, GENERATIONS, POPULATION = 4, 2, 4, 2, 6",
}
"""Values for a test, by notebook; they follow its cell that is tagged ``parameters``."""


def shortened(path: Path) -> NotebookNode:
    """Return a notebook with values that make it quick."""
    notebook = nbformat.read(path, as_version=4)
    (number,) = [k for k, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
    notebook.cells.insert(number + 1, nbformat.v4.new_code_cell(BRIEF[path.stem]))
    notebook.cells.append(nbformat.v4.new_code_cell(MOVE_EVERY_SLIDER))
    return notebook


def imported(source: str) -> set[str]:
    """Return the packages that a cell imports."""
    lines = [line.split() for line in source.splitlines() if line.startswith(("import ", "from "))]
    return {words[1].split(".")[0] if words[1] != "neurosim_rl" else " ".join(words) for words in lines}


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.notebook
@pytest.mark.parametrize("path", each_day(NOTEBOOKS, NOTEBOOKS[0], NOTEBOOKS[4]), ids=lambda path: path.stem)
def test_every_notebook_runs_from_top_to_bottom_and_its_sliders_move(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(
        "MPLBACKEND", raising=False
    )  # EnvPool sets it when it is imported; a kernel would show no picture
    notebook = shortened(path)
    executed(notebook, str(tmp_path))
    shown = outputs_of_widgets(notebook)
    assert shown
    without_picture = [outputs for outputs in shown if not any("image/png" in o.get("data", {}) for o in outputs)]
    assert without_picture == []
    assert not [o for outputs in shown for o in outputs if o["output_type"] == "error"]
    assert {left.name for left in tmp_path.iterdir()} <= {"runs"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_use_the_front_door_alone(path: Path) -> None:
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    packages = set().union(*map(imported, cells))
    assert "import neurosim_rl as nrl" in packages
    assert packages <= {"import neurosim_rl as nrl", "ipywidgets", "matplotlib", "numpy", "pandas", "pathlib"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
