"""Notebooks run from top to bottom, with the shorter settings that they name for the tests."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))

IN_THE_TESTS = re.compile(r"^(?P<name>\w+) = (?P<value>.+?)  # (?P<test>\S.*) in the tests$", re.M)
"""A line of a cell with the tag ``parameters``, such as ``GENERATIONS = 20  # 3 in the tests``."""

MOVE_EVERY_SLIDER = """
from ipywidgets import IntSlider

for slider in [value for value in globals().values() if isinstance(value, IntSlider)]:
    slider.value = slider.min if slider.value == slider.max else slider.max
"""


def code_of(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells with code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def parameter_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells that say how long the notebook works."""
    return [cell for cell in code_of(notebook) if "parameters" in cell.metadata.get("tags", ())]


def shorten(notebook: NotebookNode) -> None:
    """Give the parameters their values for the tests."""
    for cell in parameter_cells(notebook):
        cell.source = IN_THE_TESTS.sub(r"\g<name> = \g<test>", cell.source)


def outputs_of_widgets(notebook: NotebookNode) -> list[list[dict]]:
    """Return what each output widget shows in the end; an exception in it does not stop a notebook."""
    widgets = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
    return [w["state"]["outputs"] for w in widgets if w["model_name"] == "OutputModel"]


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_runs_from_top_to_bottom_and_its_sliders_move(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    shorten(notebook)
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
    code = code_of(notebook)
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_parameters_are_plain_values_and_shorter_ones_are_found(path: Path) -> None:
    for cell in parameter_cells(nbformat.read(path, as_version=4)):
        for statement in ast.parse(cell.source).body:
            assert isinstance(statement, ast.Assign), f"a parameter cell has only assignments: {ast.unparse(statement)}"
            ast.literal_eval(statement.value)
        assert len(IN_THE_TESTS.findall(cell.source)) == cell.source.count("in the tests")
        for _, value, shorter in IN_THE_TESTS.findall(cell.source):
            assert type(ast.literal_eval(value)) is type(ast.literal_eval(shorter))


def test_a_parameter_gets_its_value_for_the_tests() -> None:
    cell = nbformat.v4.new_code_cell("SEED = 3\nGENERATIONS = 20  # 2 in the tests", metadata={"tags": ["parameters"]})
    other = nbformat.v4.new_code_cell("GENERATIONS = 20  # 2 in the tests")
    notebook = nbformat.v4.new_notebook(cells=[cell, other])
    shorten(notebook)
    assert notebook.cells[0].source == "SEED = 3\nGENERATIONS = 2"
    assert notebook.cells[1].source == other.source
