"""Files of figures."""

from pathlib import Path

import matplotlib.image
import pytest

from neurosim_rl.analysis.saving import save_figure
from neurosim_rl.analysis.style import new_figure
from neurosim_rl.errors import UnknownNameError


@pytest.mark.filterwarnings("error")
def test_a_character_that_the_font_lacks_is_no_warning_on_the_terminal(tmp_path: Path) -> None:
    figure = new_figure(2, 2)
    figure.suptitle("走る")
    assert matplotlib.image.imread(save_figure(figure, tmp_path / "figure.png")).min() < 0.5, "boxes"


def test_a_name_that_looks_like_a_formula_is_drawn_as_it_is(tmp_path: Path) -> None:
    figure = new_figure(2, 2)
    figure.suptitle(r"theirs $\frac{ \x1b $")
    assert matplotlib.image.imread(save_figure(figure, tmp_path / "figure.png")).min() < 0.5


@pytest.mark.parametrize(("file_format", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_the_end_of_the_name_gives_the_format(file_format: str, start: bytes, tmp_path: Path) -> None:
    figure = new_figure(2, 2)
    path = save_figure(figure, tmp_path / f"figure.{file_format}")
    assert path.read_bytes().startswith(start)
    assert b"Date" not in path.read_bytes()


def test_an_unknown_format_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown figure format 'pgn'.*'png'"):
        save_figure(new_figure(2, 2), tmp_path / "figure.pgn")
    assert list(tmp_path.iterdir()) == []
