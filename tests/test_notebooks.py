from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

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


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_runs_from_top_to_bottom_and_its_sliders_move(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(MOVE_EVERY_SLIDER))
    NotebookClient(notebook, timeout=None, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = outputs_of_widgets(notebook)
    assert shown
    assert all(any("image/png" in o.get("data", {}) for o in outputs) for outputs in shown)
    assert not [o for outputs in shown for o in outputs if o["output_type"] == "error"]
    assert not list(tmp_path.iterdir()), "a notebook left files where it was started"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
