"""Files of figures."""

from pathlib import Path

import matplotlib.image
import pytest

from neurosim_rl.analysis.saving import save_figure
from neurosim_rl.analysis.style import new_figure


@pytest.mark.filterwarnings("ignore:Glyph")
def test_a_name_that_looks_like_a_formula_is_drawn_as_it_is(tmp_path: Path) -> None:
    figure = new_figure(2, 2)
    figure.suptitle(r"theirs $\frac{ \x1b $")
    assert matplotlib.image.imread(save_figure(figure, tmp_path / "figure.png")).min() < 0.5
