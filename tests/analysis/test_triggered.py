from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neurosim_rl.analysis import Labels
from neurosim_rl.analysis.triggered import (
    LEAST_SPIKES,
    action_signals,
    changing_signals,
    draw_triggered,
    triggered_means,
)
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.records.spikes import Spikes


def test_an_action_that_follows_each_spike_by_two_windows_is_found_at_that_lag() -> None:
    rng = np.random.default_rng(3)
    counts = rng.poisson(0.5, size=(1, 20_000))
    signal = np.roll(counts[0], 2).astype(float)[:, None]
    (means,) = triggered_means(counts, signal, n_lags=4)
    # The mean of a Poisson count given that a spike was there, weighted by spikes, is 1 + lambda: 1 above the mean.
    assert means[:, 0] == pytest.approx([0, 0, 0, 0, 0, 0, 1, 0, 0], abs=0.06)


def test_the_mean_is_that_over_spikes_by_hand() -> None:
    counts = np.zeros((2, 12), int)
    counts[0, [3, 5]] = 6, 6
    signal = np.arange(12.0)[:, None]
    means = triggered_means(counts, signal, n_lags=1)
    assert means[0, :, 0] == pytest.approx([4 - 1 - 5.5, 4 - 5.5, 4 + 1 - 5.5])
    assert np.isnan(means[1]).all()  # a silent neuron


def test_windows_outside_of_the_episode_do_not_count() -> None:
    counts = np.zeros((1, 5), int)
    counts[0, [0, 2]] = LEAST_SPIKES, LEAST_SPIKES
    means = triggered_means(counts, np.array([0.0, 0, 10, 0, 0])[:, None], n_lags=2)
    assert means[0, :, 0] == pytest.approx([-2, -2, 3, -2, 3])  # two windows before window 0 there is none


def test_discrete_actions_are_whether_they_are_taken(labels: Labels) -> None:
    numbered = replace(labels, first_action=-1)
    assert action_signals(np.array([[-1.0], [1.0], [1.0]]), numbered).tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 1]]
    assert changing_signals(action_signals(np.array([[-1.0], [1.0], [1.0]]), numbered)) == [0, 2]


def test_an_action_that_is_never_taken_has_no_panel(labels: Labels) -> None:
    network = Network((Population("neurons", 3),), (), input="neurons", output="neurons")
    steps = np.arange(1, 41) * 50
    spikes = Spikes(np.zeros(40, np.int64), np.arange(40) % 2, steps, resolution_ms=0.2)
    actions = (2.0 * (np.arange(20) % 2))[:, None]
    figure = draw_triggered(spikes, actions, network, labels, window_ms=20.0, title="an episode")
    panels = [ax for ax in figure.axes if ax.get_title()]
    assert [ax.get_title() for ax in panels] == ["probability of left", "probability of right"]
    assert "without a change: none" in figure.get_suptitle()
    assert panels[0].get_xlabel() == "time after the spike (windows of 20 ms)"
    shown: Any = np.ma.asarray(panels[0].collections[0].get_array())
    assert shown.mask[2].all()  # neuron 2 is silent
    low, high = panels[0].collections[0].get_clim()
    assert low == -high


def test_outputs_that_are_read_by_their_membranes_have_no_empty_rows(labels: Labels) -> None:
    populations = (Population("neurons", 2), Population("output", 3))
    network = Network(populations, (), input="neurons", output="output")
    steps = np.arange(1, 41) * 50
    spikes = Spikes(np.zeros(40, np.int64), np.arange(40) % 2, steps, resolution_ms=0.2)
    actions = (2.0 * (np.arange(20) % 2))[:, None]
    for outputs, n_rows in (((), 2), (labels.outputs, 5)):
        figure = draw_triggered(spikes, actions, network, replace(labels, outputs=outputs), window_ms=20.0)
        shown: Any = next(ax for ax in figure.axes if ax.get_title()).collections[0].get_array()
        assert len(shown) == n_rows


def test_the_title_of_a_single_panel_stays_in_the_figure(box_labels: Labels) -> None:
    network = Network((Population("neurons", 2),), (), input="neurons", output="neurons")
    spikes = Spikes(np.zeros(40, np.int64), np.arange(40) % 2, np.arange(1, 41) * 50, resolution_ms=0.2)
    actions = np.sin(np.arange(20.0))[:, None]
    title = "Episode 1 of 10 recorded: start seed 1000000, 200 steps, return -124.8"
    figure = draw_triggered(spikes, actions, network, box_labels, window_ms=20.0, title=title)
    figure.draw_without_rendering()
    box = figure.texts[0].get_window_extent()
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
    assert title in figure.get_suptitle().replace("\n", " ")
