"""Files of figures."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text

from neurosim_rl.analysis.style import DPI
from neurosim_rl.runs.files import make_folder as make_folder  # whoever saves figures may need one
from neurosim_rl.runs.files import writing
from neurosim_rl.settings.checks import lookup

FORMATS = ("png", "pdf", "svg")
"""Formats of files, by their ends; the last two have no pixels, for print."""
_WITHOUT_DATE: dict[str, dict[str, None]] = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}
"""Entries of a file that would differ between two drawings of the same data."""


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure, complete or not at all; return its path.

    Parameters
    ----------
    figure : Figure
    path : path
        Its end, one of `FORMATS`, gives the format.

    Raises
    ------
    UnknownNameError
        For another end.
    RunFolderError
        When it cannot be written.
    """
    file_format = path.suffix.removeprefix(".")
    lookup("figure format", file_format, dict.fromkeys(FORMATS))
    options: dict[str, Any] = {"format": file_format, "dpi": DPI, "metadata": _WITHOUT_DATE[file_format]}
    with writing(path) as temporary, warnings.catch_warnings():
        # A character of a name that the font lacks, such as a Chinese one, is drawn as a box.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        try:
            figure.savefig(temporary, **options)
        except ValueError:
            # A name from a file may look like a formula and be none: then all text is drawn as it is.
            for text in figure.findobj(Text):
                text.set_parse_math(False)
            figure.savefig(temporary, **options)
    return path
