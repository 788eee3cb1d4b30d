from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import EventCollection
from matplotlib.figure import Figure

from neurosim_rl.analysis import Labels, draw_raster, plot_raster
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.records.recording import Recording


def rows_of(ax: Axes) -> dict[float, list[float]]:
    """Return the drawn spike times in s by row."""
    rows = [c for c in ax.collections if isinstance(c, EventCollection)]
    return {row.get_lineoffset(): sorted(row.get_positions()) for row in rows}


def test_every_spike_stands_in_its_neurons_row_at_its_time_in_seconds(
    recording: Recording, network: Network, labels: Labels
) -> None:
    rows = rows_of(plot_raster(recording.spikes.of(0), network, labels))
    assert rows[0] == pytest.approx([0.002, 0.08])  # steps 10 and 400 of 0.2 ms
    assert rows[5] == pytest.approx([0.006])
    assert rows[8] == pytest.approx([0.004])
    assert sum(map(len, rows.values())) == 4


def test_the_given_axes_are_returned_with_a_unit(recording: Recording, network: Network, labels: Labels) -> None:
    ax = Figure().subplots()
    assert plot_raster(recording.spikes.of(0), network, labels, ax=ax) is ax
    assert ax.get_xlabel() == "biological time (s)"


def test_populations_are_named_at_their_middle_and_differ_in_colour(
    recording: Recording, network: Network, labels: Labels
) -> None:
    ax = plot_raster(recording.spikes.of(0), network, labels)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["input (4)", "hidden 1 (2)", "output (3)"]
    assert ax.get_yticks().tolist() == [1.5, 4.5, 7.0]
    colours = {row.get_lineoffset(): tuple(row.get_color()) for row in ax.collections}  # type: ignore[attr-defined]
    assert colours[0] == colours[3]
    assert len({colours[0], colours[4], colours[6]}) == 3


def test_inputs_are_named_by_variable_and_outputs_by_action(
    recording: Recording, network: Network, labels: Labels
) -> None:
    (right,) = plot_raster(recording.spikes.of(0), network, labels).child_axes
    names = {tick.get_text(): at for tick, at in zip(right.get_yticklabels(), right.get_yticks(), strict=True)}
    assert names == {"position": 0.5, "velocity": 2.5, "left": 6.0, "none": 7.0, "right": 8.0}


def test_rows_too_narrow_for_a_name_stay_nameless(recording: Recording, labels: Labels) -> None:
    network = Network((Population("input", 400), Population("output", 3)), (), input="input", output="output")
    names = replace(labels, inputs=("position",) * 200 + ("velocity",) * 200)
    (right,) = plot_raster(recording.spikes.of(0), network, names).child_axes
    assert [tick.get_text() for tick in right.get_yticklabels()] == ["position", "velocity"]


@pytest.mark.parametrize("observed", [0, 1])
def test_the_figure_sets_an_observed_variable_and_the_action_above_the_spikes(
    recording: Recording, network: Network, labels: Labels, observed: int
) -> None:
    figure = draw_raster(recording, network, labels, window_ms=20.0, observed=observed)
    top, middle, raster = figure.axes
    assert top.get_ylabel() == labels.observations[observed]
    assert np.asarray(top.lines[0].get_xdata()) == pytest.approx([0.0, 0.02, 0.04, 0.06, 0.08])
    assert middle.get_ylabel() == "action"
    assert len(rows_of(raster)) == network.n_neurons


def test_only_the_chosen_episodes_spikes_are_drawn(recording: Recording, network: Network, labels: Labels) -> None:
    rows = rows_of(draw_raster(recording, network, labels, window_ms=20.0, episode=1).axes[-1])
    assert {row: times for row, times in rows.items() if times} == {3: pytest.approx([0.01])}


@pytest.mark.parametrize(
    ("window_ms", "end_s", "title"), [(20.0, 0.08, "seed 11): 0.08 s"), (2000.0, 5.0, "the first 5 s of 8 s")]
)
def test_a_long_episode_is_cut_and_the_title_says_so(
    recording: Recording, network: Network, labels: Labels, window_ms: float, end_s: float, title: str
) -> None:
    figure = draw_raster(recording, network, labels, window_ms=window_ms)
    assert figure.axes[-1].get_xlim() == pytest.approx((0.0, end_s))
    assert figure.get_suptitle().endswith(title)
