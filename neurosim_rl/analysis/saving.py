"""Files of figures."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.text import Text

from neurosim_rl.analysis.style import DPI
from neurosim_rl.errors import RunFolderError
from neurosim_rl.runs.files import writing


def make_folder(out: Path) -> None:
    """Make a folder if it does not exist.

    Raises
    ------
    RunFolderError
        When it cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFolderError(f"cannot make {out}: {error}. Choose another folder with --out.") from error


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG, complete or not at all; return its path.

    Raises
    ------
    RunFolderError
        When it cannot be written.
    """
    with writing(path) as temporary:
        try:
            figure.savefig(temporary, format="png", dpi=DPI)
        except ValueError:
            # A name from a file may look like a formula and be none: then all text is drawn as it is.
            for text in figure.findobj(Text):
                text.set_parse_math(False)
            figure.savefig(temporary, format="png", dpi=DPI)
    return path
