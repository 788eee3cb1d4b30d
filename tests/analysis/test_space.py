from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from mpl_toolkits.mplot3d.art3d import Line3DCollection

from neurosim_rl.analysis import space
from neurosim_rl.analysis.arrowheads import HEAD, heads_in_space
from neurosim_rl.analysis.space import plot_space
from neurosim_rl.analysis.style import BLUE, VERMILLION
from neurosim_rl.errors import ShapeError
from neurosim_rl.networks.grid import grid_positions
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection

GRIDS = [(8,), (4, 2), (2, 2, 2)]


def eight() -> Network:
    """Return eight neurons: an excitatory, an inhibitory, an absent synapse, and one onto itself."""
    pre, post, weight_pa = np.array([0, 1, 2, 3]), np.array([1, 2, 3, 3]), np.array([5.0, -9.0, 0.0, 5.0])
    synapses = Projection("neurons", "neurons", pre, post, weight_pa, np.ones(4))
    readout = np.zeros((8, 2))
    readout[7, 1] = 1.0
    population = Population("neurons", 8)
    return Network((population,), (synapses,), input="neurons", output="neurons", readout=readout)


RATE_HZ = np.array([0.0, 5.0, 10.0, 20.0, 0.0, 0.0, 0.0, 40.0])


@pytest.mark.parametrize("grid", GRIDS)
def test_synapses_are_lines_in_the_colour_of_their_sign(grid: tuple[int, ...]) -> None:
    ax = plot_space(eight(), grid_positions(grid), RATE_HZ)
    lines: Any
    lines, *_ = (c for c in ax.collections if isinstance(c, (LineCollection, Line3DCollection)))
    assert [to_hex(c).upper() for c in lines.get_edgecolor()] == [BLUE, VERMILLION]
    thin, wide = lines.get_linewidths()
    assert thin < wide
    assert ax.get_title().startswith("8 neurons, 3 synapses\n")
    assert "steps of the grid" in ax.get_xlabel()


@pytest.mark.parametrize("grid", GRIDS)
def test_neurons_are_coloured_by_rate_and_silent_ones_are_empty(grid: tuple[int, ...]) -> None:
    ax = plot_space(eight(), grid_positions(grid), RATE_HZ)
    firing: Any
    silent: Any
    *_, firing, silent = (c for c in ax.collections if isinstance(c, PathCollection))
    assert sorted(np.asarray(firing.get_array())) == [5.0, 10.0, 20.0, 40.0]
    assert firing.get_clim() == (0.0, 40.0)
    assert len(silent.get_offsets()) == 4
    assert to_hex(silent.get_facecolor()[0]) == "#ffffff"
    assert ax.figure.axes[-1].get_ylabel() == "mean firing rate (Hz)"


def test_lines_go_from_the_source_to_the_target() -> None:
    ax = plot_space(eight(), grid_positions((4, 2)), RATE_HZ)
    lines: Any
    (lines,) = (c for c in ax.collections if isinstance(c, LineCollection))
    ends = [(path[0].tolist(), path[-1].tolist()) for path in lines.get_segments()]
    assert ends == [([0.0, 0.0], [0.0, 1.0]), ([0.0, 1.0], [1.0, 0.0])]


def test_an_arrowhead_in_the_middle_of_each_synapse_points_to_its_target() -> None:
    ax = plot_space(eight(), grid_positions((4, 2)), RATE_HZ)
    lines: Any
    (lines,) = (c for c in ax.collections if isinstance(c, LineCollection))
    heads = [c for c in ax.collections if isinstance(c, PathCollection)][:2]  # one for each direction
    found = {}
    for head in heads:
        (place,) = np.asarray(head.get_offsets())
        corners = np.asarray(head.get_paths()[0].vertices)
        tip = corners[np.argmax(np.linalg.norm(corners[:3] - corners[:3].mean(axis=0), axis=1))]
        found[tuple(place.round(6))] = tip
    for points, target in zip(lines.get_segments(), ([0.0, 1.0], [1.0, 0.0]), strict=True):
        # A curve of 12 points has its middle between the sixth and the seventh.
        (nearest,) = [place for place in found if np.linalg.norm(points[5:7].mean(axis=0) - place) < 0.05]
        assert np.dot(found[nearest], np.asarray(target) - points[0]) > 0


@pytest.mark.parametrize("along", [[1.0, 0.0, 0.0], [0.0, 0.0, -2.0], [1.0, -1.0, 2.0]])
def test_heads_in_space_have_their_tip_at_the_middle_and_open_backwards(along: list[float]) -> None:
    middle, direction = np.array([[1.0, 2.0, 3.0]]), np.array([along])
    strokes = heads_in_space(middle, direction)
    assert strokes.shape == (2, 2, 3)
    for tip, back in strokes:
        assert tip == pytest.approx(middle[0])
        assert np.dot(back - tip, direction[0]) < 0
    left, right = strokes[:, 1] - middle
    assert left + right == pytest.approx(-2 * HEAD * direction[0] / np.linalg.norm(direction[0]))


def test_the_legend_gives_the_weights_of_the_thinnest_and_the_widest_line() -> None:
    legend = plot_space(eight(), grid_positions((4, 2)), RATE_HZ).get_legend()
    widths = {
        text.get_text(): line.get_linewidth() for text, line in zip(legend.get_texts(), legend.get_lines(), strict=True)
    }
    assert widths["weakest: 5 pA"] < widths["strongest: 9 pA"] == space.WIDTHS[1]


def test_a_synapse_onto_itself_is_a_round_arrow_and_no_ring() -> None:
    ax = plot_space(eight(), grid_positions((4, 2)), RATE_HZ)
    heads: list[Any]
    round_arrow: Any
    *heads, round_arrow, _, _ = [c for c in ax.collections if isinstance(c, PathCollection)]
    assert len(round_arrow.get_offsets()) == 1
    assert to_hex(round_arrow.get_facecolor()[0]).upper() == BLUE
    assert len(heads) == 2


def test_of_many_synapses_only_the_strongest_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "MOST_LINES", 1)
    ax = plot_space(eight(), grid_positions((4, 2)), RATE_HZ)
    lines: Any
    (lines,) = (c for c in ax.collections if isinstance(c, LineCollection))
    assert [to_hex(c).upper() for c in lines.get_edgecolor()] == [VERMILLION]
    assert ax.get_title().startswith("8 neurons, the strongest 1 of 3 synapses\n")


def test_a_silent_network_without_synapses_is_drawn() -> None:
    network = Network((Population("neurons", 4),), (), input="neurons", output="neurons")
    ax = plot_space(network, grid_positions((2, 2)), np.zeros(4))
    assert ax.get_title() == "4 neurons, 0 synapses"


def test_rates_of_another_network_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"rate_hz has shape \(5,\); expected \(8,\)"):
        plot_space(eight(), grid_positions((4, 2)), np.zeros(5))


def test_the_title_says_where_read_in_and_read_out_are_to_be_seen() -> None:
    network = eight()
    assert (
        "see figure weights"
        not in plot_space(replace(network, readout=None), grid_positions((4, 2)), RATE_HZ).get_title()
    )
    whole = replace(
        network, read_in=np.ones((2, len(network.input_neurons))), readout=np.ones((len(network.output_neurons), 2))
    )
    title = plot_space(whole, grid_positions((4, 2)), RATE_HZ).get_title()
    assert title.endswith("(without read-in and read-out: see figure weights)")
