import numpy as np
import pytest
from matplotlib.collections import PathCollection

from neurosim_rl.analysis.intervals import LEAST_INTERVALS, draw_intervals, plot_variation, spike_intervals, variation
from neurosim_rl.networks.network import Network
from neurosim_rl.records.spikes import Spikes


def of(trains: dict[int, list[int]], resolution_ms: float = 0.5) -> Spikes:
    """Return spikes of one element: steps by neuron."""
    neuron = np.concatenate([np.full(len(steps), k) for k, steps in trains.items()])
    step = np.concatenate([np.array(steps) for steps in trains.values()])
    return Spikes.sorted(np.zeros(len(step), np.int64), neuron, step, resolution_ms)


def test_intervals_are_the_times_between_spikes_of_one_neuron() -> None:
    found = spike_intervals(of({0: [2, 6, 16], 2: [9], 3: [4, 5]}), 4)
    assert [own.tolist() for own in found] == [[2.0, 5.0], [], [], [0.5]]


def test_regular_spikes_have_no_variation_and_those_of_a_poisson_process_have_one() -> None:
    assert variation(np.full(50, 7.0)) == 0.0
    rng = np.random.default_rng(1)
    # The standard error of the coefficient of variation of n exponential intervals is about 1 / sqrt(n).
    assert variation(rng.exponential(20.0, 40_000)) == pytest.approx(1.0, abs=4 / np.sqrt(40_000))
    # Gamma intervals of shape k have 1 / sqrt(k).
    assert variation(rng.gamma(4.0, 5.0, 40_000)) == pytest.approx(0.5, abs=0.02)


def test_few_intervals_have_no_coefficient() -> None:
    assert np.isnan(variation(np.ones(LEAST_INTERVALS - 1)))
    assert variation(np.ones(LEAST_INTERVALS)) == 0.0


def test_shares_of_a_population_sum_to_one_and_the_axes_have_units(network: Network) -> None:
    spikes = of({0: [1, 3, 9, 20], 1: [5, 80], 8: [2, 4, 6, 8, 10, 12, 14]})
    distribution, cv = draw_intervals(spikes, network).axes
    shares = {str(p.get_label()): p.get_data().values for p in distribution.patches}  # type: ignore[attr-defined]
    assert set(shares) == {"input (4 intervals)", "output (6 intervals)"}
    assert [share.sum() for share in shares.values()] == pytest.approx([1.0, 1.0])
    assert distribution.get_xlabel() == "interval between spikes (ms)"
    assert (cv.get_xlabel(), cv.get_ylabel()) == ("mean interval between spikes (ms)", "coefficient of variation (1)")


def test_each_neuron_is_a_dot_and_those_with_too_few_intervals_are_counted(network: Network) -> None:
    ax = plot_variation(of({0: [1, 3], 4: [2, 4, 6, 8, 10, 12], 8: [1, 2, 4, 5, 7, 8, 10]}), network)
    dots = [c for c in ax.collections if isinstance(c, PathCollection)]
    (regular,), (uneven,) = (np.asarray(c.get_offsets()) for c in dots)
    assert regular == pytest.approx([1.0, 0.0])
    assert uneven == pytest.approx([0.75, 1 / 3])  # intervals of 0.5 and 1 ms in turn
    assert ax.get_title() == "2 of 9 neurons have 5 intervals or more"
