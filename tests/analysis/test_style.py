import subprocess
import sys

import matplotlib
import pytest
from matplotlib import _pylab_helpers
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from neurosim_rl.analysis.style import STYLE, axes_or_new, axis_above, colours, legend_beside, new_figure, paler, styled


def test_the_style_holds_inside_a_plotting_function_and_not_after_it() -> None:
    before = {key: matplotlib.rcParams[key] for key in STYLE}

    @styled
    def inside() -> float:
        return matplotlib.rcParams["axes.labelsize"]

    assert inside() == STYLE["axes.labelsize"]
    assert {key: matplotlib.rcParams[key] for key in STYLE} == before
    assert before != STYLE


def test_a_new_figure_is_unknown_to_pyplot() -> None:
    before = len(_pylab_helpers.Gcf.figs)
    figure = new_figure(3.0, 2.0)
    assert figure.get_size_inches() == pytest.approx([3.0, 2.0])
    assert len(_pylab_helpers.Gcf.figs) == before


def test_given_axes_are_used_and_missing_ones_are_made() -> None:
    ax = Figure().subplots()
    assert axes_or_new(ax) is ax
    assert axes_or_new(None) is not ax


@pytest.mark.parametrize("n", range(1, 8))
def test_up_to_seven_colours_differ(n: int) -> None:
    assert len(set(colours(n))) == n


def test_more_colours_than_the_palette_has_are_repeated() -> None:
    assert len(colours(20)) == 20


def test_a_paler_colour_lies_half_way_to_white() -> None:
    assert paler("#000000") == pytest.approx((0.5, 0.5, 0.5))
    assert paler("#FF0000") == pytest.approx((1.0, *to_rgb("#808080")[1:]), abs=0.01)


def test_the_axis_above_converts_both_ways() -> None:
    figure = Figure()
    ax = figure.subplots()
    ax.set_xlim(0.0, 10.0)
    axis_above(ax, "time (s)", scale=0.02, offset=1.0)
    (above,) = ax.child_axes
    figure.draw_without_rendering()
    assert above.get_xlim() == pytest.approx((1.0, 1.2))
    assert above.get_xlabel() == "time (s)"


def test_a_legend_stands_beside_the_axes_and_breaks_long_entries() -> None:
    figure = new_figure(8.0, 3.0)
    ax = figure.subplots()
    ax.plot([0, 1], label="a very long name that no legend should show on a single line")
    legend_beside(ax)
    figure.draw_without_rendering()
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_window_extent().x0 > ax.get_window_extent().x1
    assert "\n" in legend.get_texts()[0].get_text()


def test_analysis_loads_neither_nest_nor_l2l_nor_pyplot() -> None:
    code = "import sys, neurosim_rl.analysis; print({'nest', 'l2l', 'matplotlib.pyplot'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "set()"
