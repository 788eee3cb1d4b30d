"""The tutorials with what they show: ``python -m docs.notebooks`` executes them and stores their outputs.

``make notebooks`` does so for all, ``python -m docs.notebooks NAME ...`` for some. Stored outputs are texts, tables and
pictures alone, and the same each time: widgets become the pictures that they show first; progress bars, counts of
executions, versions and states of widgets are left out; folders of this machine get the names in ``FOLDERS``.
"""

from __future__ import annotations

import base64
import io
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from PIL import Image

from tests.notebook_client import executed
from tests.slurm_cluster import SlurmCluster, missing_programs

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
FOLDERS = {"working folder": "/home/you/tutorials", "Python": "/home/you/.venv", "checkout": "/home/you/neurosim-rl"}
"""What stands in stored outputs for the folders of this machine."""
KEPT = ("text/plain", "text/html", "image/png")
"""Kinds of outputs that every viewer of notebooks shows."""
WIDGET, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
SETTINGS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": None, "COLUMNS": "100", "NO_COLOR": "1"}
"""Environment variables of a notebook's kernel; None: not set."""
TIMEOUT_S = 3600
"""Longest time for one cell, also on a machine whose cores are busy."""


def store(path: Path) -> None:
    """Execute a notebook in a folder of its own, and store its outputs in its file.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        When a cell fails; the file is not changed.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder, _environment(SETTINGS), _slurm(notebook):
        without_outputs(notebook)
        executed(notebook, folder, timeout_s=TIMEOUT_S)
        names = {os.path.realpath(folder): FOLDERS["working folder"], folder: FOLDERS["working folder"]}
    names |= {sys.prefix: FOLDERS["Python"], str(ROOT): FOLDERS["checkout"]}
    nbformat.write(shown(notebook, names), path)


def without_outputs(notebook: NotebookNode) -> None:
    """Remove all outputs and counts of executions."""
    for cell in _code(notebook):
        cell.outputs, cell.execution_count = [], None


def shown(notebook: NotebookNode, names: Mapping[str, str]) -> NotebookNode:
    """Return an executed notebook with those outputs alone that do not vary.

    Parameters
    ----------
    notebook : NotebookNode
        With the state of its widgets.
    names : mapping of str to str
        What to write for each folder of this machine.
    """
    state = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    for number, cell in enumerate(notebook.cells):
        cell.id = str(number)  # as nbstripout numbers them
    for cell in _code(notebook):
        outputs = [output for each in cell.outputs for output in _unfolded(each, state)]
        cell.outputs = _joined(_constant(output, names) for output in outputs if output.get("name") != "stderr")
        cell.execution_count = None
        cell.metadata.pop("execution", None)  # when the cell ran
    notebook.metadata = nbformat.from_dict(METADATA | _marks(notebook))
    return notebook


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _marks(notebook: NotebookNode) -> dict[str, Any]:
    """Return the notebook's own mark."""
    return {"slurm": True} if notebook.metadata.get("slurm") else {}


def _unfolded(output: NotebookNode, state: Mapping[str, Any]) -> list[NotebookNode]:
    """Return an output, or, in place of a widget, what the widgets within it show."""
    view = output.get("data", {}).get(WIDGET)
    return [output] if view is None else list(_within(view["model_id"], state))


def _within(model: str, state: Mapping[str, Any]) -> Iterator[NotebookNode]:
    """Give the outputs of a widget and of its children."""
    values = state[model]["state"]
    yield from map(nbformat.from_dict, values.get("outputs", ()))
    for child in values.get("children", ()):
        yield from _within(child.removeprefix("IPY_MODEL_"), state)


def _joined(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Return outputs with successive texts as one: where a kernel cuts them varies."""
    joined: list[NotebookNode] = []
    for output in outputs:
        if joined and output.output_type == joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _constant(output: NotebookNode, names: Mapping[str, str]) -> NotebookNode:
    """Return an output without what varies."""
    if output.output_type == "stream":
        return nbformat.v4.new_output("stream", name="stdout", text=_renamed(output.text, names))
    if output.output_type == "error":  # of a widget: nbclient raises those of cells
        raise RuntimeError(f"a widget failed: {output.ename}: {output.evalue}")
    data = {kind: output.data[kind] for kind in KEPT if kind in output.data}
    if "image/png" in data:
        data = {"image/png": small_picture(data["image/png"])}  # without the figure's size in words
    else:
        data = {kind: _renamed(text, names) for kind, text in data.items()}
    return nbformat.v4.new_output("display_data", data)


def small_picture(encoded: str) -> str:
    """Return a PNG picture in base64 with at most 256 colours, which takes a third of the room."""
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as picture:
        opaque = Image.new("RGB", picture.size, "white")
        opaque.paste(picture, mask=picture.convert("RGBA").getchannel("A"))
    buffer = io.BytesIO()
    opaque.quantize(256, dither=Image.Dither.NONE).save(buffer, "png", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _renamed(text: str, names: Mapping[str, str]) -> str:
    for folder, name in names.items():
        text = text.replace(folder, name)
    return text


@contextmanager
def _environment(settings: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables for a while."""
    before = dict(os.environ)
    os.environ.update({key: value for key, value in settings.items() if value is not None})
    for key in settings:
        if settings[key] is None:
            os.environ.pop(key, None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _slurm(notebook: NotebookNode) -> Iterator[None]:
    """Start a Slurm of our own for a notebook whose metadata ask for one."""
    if not notebook.metadata.get("slurm"):
        yield
        return
    if missing_programs():
        raise RuntimeError(f"this notebook needs a Slurm to store its outputs; not installed: {missing_programs()}.")
    with SlurmCluster(nodes=1, cpus=2) as cluster, _environment(cluster.environment):
        yield


def main(names: list[str]) -> None:
    """Store the outputs of the named notebooks, or of all."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not names or path.stem in names:
            print(path.relative_to(ROOT), flush=True)
            store(path)


if __name__ == "__main__":
    main(sys.argv[1:])
