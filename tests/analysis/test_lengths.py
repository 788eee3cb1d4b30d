import numpy as np
import pytest
from matplotlib.figure import Figure

from neurosim_rl.analysis.lengths import Lengths, draw_lengths, plot_lengths, plot_shares
from neurosim_rl.models.grid import Edges, mean_probability
from neurosim_rl.networks.grid import grid_positions, pair_distances
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection


def on(grid: tuple[int, ...], pre: np.ndarray, post: np.ndarray, weight_pa: np.ndarray) -> Lengths:
    n = int(np.prod(grid))
    synapses = Projection("neurons", "neurons", pre, post, weight_pa, np.ones(len(pre)))
    network = Network((Population("neurons", n),), (synapses,), input="neurons", output="neurons")
    return Lengths.of(network, grid_positions(grid))


@pytest.mark.parametrize("grid", [(7,), (3, 4), (2, 3, 2)])
def test_pairs_and_expectation_are_those_of_all_pairs(grid: tuple[int, ...]) -> None:
    positions = grid_positions(grid)
    distance = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    found, n_pairs = pair_distances(grid)
    assert n_pairs.sum() == distance.size
    for value in np.unique(distance):
        assert n_pairs[np.isclose(found, value)].sum() == np.isclose(distance, value).sum()
    lengths = on(grid, np.array([0]), np.array([0]), np.array([1.0]))
    edges = Edges.on_grid(grid, 0.0)
    assert lengths.expected.sum() == pytest.approx(edges.probability.sum())
    assert lengths.expected.sum() == pytest.approx(mean_probability(grid) * distance.size)
    assert lengths.expected[0] == pytest.approx(len(positions) * np.exp(-2))


def test_synapses_are_counted_by_length_and_sign() -> None:
    # On a line: onto itself, one step twice (one of them inhibitory), three steps, and one that is not there.
    pre, post = np.array([0, 0, 2, 1, 0]), np.array([0, 1, 1, 4, 4])
    lengths = on((5,), pre, post, np.array([1.0, 2.0, -3.0, 4.0, 0.0]))
    at = {
        float(x): (int(e), int(i))
        for x, e, i in zip(lengths.length, lengths.excitatory, lengths.inhibitory, strict=True)
    }
    assert {x: pair for x, pair in at.items() if pair != (0, 0)} == {0.0: (1, 0), 1.0: (1, 1), 3.0: (1, 0)}
    assert lengths.pairs[:3].tolist() == [5, 0, 8]


def test_drawn_networks_follow_the_rule() -> None:
    edges = Edges.on_grid((24, 24), 0.0).drawn(np.random.default_rng(1))
    lengths = on((24, 24), edges.source, edges.target, np.ones(len(edges)))
    many = lengths.expected > 60
    assert many.sum() >= 3
    deviation = (lengths.synapses - lengths.expected)[many] / np.sqrt(lengths.expected[many])
    assert (np.abs(deviation) < 4).all()


def test_bars_stand_for_synapses_and_lines_for_the_rule() -> None:
    lengths = on((3, 3), np.array([0, 1, 4]), np.array([1, 2, 4]), np.array([1.0, -1.0, 1.0]))
    ax = Figure().subplots()
    assert plot_lengths(lengths, ax=ax) is ax
    assert sum(bar.get_height() for bar in ax.patches) == 3  # type: ignore[attr-defined]
    expected, scaled = (np.asarray(line.get_ydata()) for line in ax.lines)
    assert expected.sum() == pytest.approx(lengths.expected.sum())
    assert scaled.sum() == pytest.approx(3)
    assert "steps of the grid" in ax.get_xlabel()


def test_shares_are_synapses_over_pairs() -> None:
    lengths = on((3, 3), np.array([0, 1, 4]), np.array([1, 2, 4]), np.array([1.0, -1.0, 1.0]))
    ax = plot_shares(lengths)
    rule, network, none = ax.lines
    # Of the distances 0, 1, sqrt 2, 2, sqrt 5 and sqrt 8, only 0 and 1 have synapses.
    assert np.asarray(none.get_xdata()).tolist() == [1.5, 2.0, 3.0]  # bins of sqrt 2, of 2 and sqrt 5, of sqrt 8
    assert set(np.asarray(none.get_ydata())) == {ax.get_ylim()[0]}
    assert "share 0" in str(none.get_label())
    assert "in bins of 0.5" in ax.get_xlabel()
    assert np.asarray(network.get_ydata()) == pytest.approx([1 / 9, 2 / 24])
    assert np.asarray(rule.get_ydata())[:2] == pytest.approx([np.exp(-2), np.exp(-2)])
    assert len(draw_lengths(lengths, title="A network").axes) == 2
