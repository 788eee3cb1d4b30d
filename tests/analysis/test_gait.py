from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import EventCollection

from neurosim_rl.analysis import Labels, raster
from neurosim_rl.analysis.gait import draw_gait, gait_period
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.records.episodes import Traces
from neurosim_rl.records.recording import Recording
from neurosim_rl.records.spikes import Spikes


def walk(period: float, n_steps: int = 200) -> np.ndarray:
    """Return a movement of two joints with a first and a second harmonic, shape (n_steps, 2)."""
    phase = 2 * np.pi * np.arange(n_steps) / period
    return np.stack([np.sin(phase) + 0.4 * np.sin(2 * phase), 3.0 + np.cos(phase)], axis=1)


@given(st.integers(4, 80))
def test_the_period_of_a_movement_is_found(period: int) -> None:
    assert gait_period(walk(period)) == period


def test_a_joint_that_stands_still_has_no_say() -> None:
    assert gait_period(np.column_stack([walk(20), np.full(200, 7.0)])) == 20


@pytest.mark.parametrize(
    "signals",
    [
        np.ones((100, 2)),
        np.random.default_rng(1).normal(size=(300, 5)),
        np.linspace(0, 1, 200)[:, None],
        np.sqrt(np.arange(200.0))[:, None] + 1e-3 * walk(5)[:, :1],
        walk(20)[:4],
    ],
    ids=["still", "noise", "drift", "ripple on a drift", "too short"],
)
def test_what_does_not_repeat_itself_has_no_period(signals: np.ndarray) -> None:
    assert gait_period(signals) is None


def record(observations: np.ndarray) -> Recording:
    n_steps = len(observations) - 1
    traces = Traces(
        observations=observations[None],
        actions=observations[None, :-1, :1],
        counts=np.zeros((1, n_steps, 3), np.int64),
        rewards=np.ones((1, n_steps)),
    )
    step = np.arange(1, n_steps + 1) * 100  # one spike at the end of each window of 20 ms, of 0.2 ms a step
    spikes = Spikes(np.zeros(n_steps, np.int64), np.arange(n_steps) % 3, step, resolution_ms=0.2)
    lengths = np.array([n_steps])
    return Recording("nest", np.array([5]), lengths.astype(float), lengths, lengths[:, None], traces, spikes)


@pytest.fixture
def three() -> Network:
    return Network((Population("neurons", 3),), (), input="neurons", output="neurons")


def test_two_cycles_from_a_maximum_on_are_drawn_above_actions_and_the_variable(
    three: Network, box_labels: Labels
) -> None:
    observations = walk(24, 201)
    figure = draw_gait(record(observations), three, box_labels, window_ms=20.0, observed=1)
    variable, action, raster = figure.axes
    first, last = (round(edge / 0.02) for edge in raster.get_xlim())
    assert last - first == 48
    assert observations[first, 1] == observations[:, 1].max()
    rows = [c for c in raster.collections if isinstance(c, EventCollection)]
    shown_s = np.concatenate([row.get_positions() for row in rows])
    assert len(shown_s) == 48
    assert first * 0.02 < shown_s.min() <= shown_s.max() <= last * 0.02 + 1e-9
    assert variable.lines[0].get_ydata() == pytest.approx(observations[first : last + 1, 1])
    assert action.get_ylabel().startswith("torque")
    assert "24 environment steps" in figure.get_suptitle()
    assert "(s)" in raster.get_xlabel()


@pytest.mark.parametrize("n_steps", [96, 97, 120])
def test_two_cycles_fit_into_every_episode_with_a_gait(three: Network, box_labels: Labels, n_steps: int) -> None:
    figure = draw_gait(record(walk(16, n_steps + 1)), three, box_labels, window_ms=20.0, observed=1)
    first, last = (round(edge / 0.02) for edge in figure.axes[0].get_xlim())
    assert 0 <= first < last <= n_steps
    assert last - first == 32


def test_an_episode_without_a_gait_is_refused(three: Network, box_labels: Labels) -> None:
    noise = np.random.default_rng(2).normal(size=(151, 2))
    with pytest.raises(ConfigurationError, match="no movement of the episode repeats itself"):
        draw_gait(record(noise), three, box_labels, window_ms=20.0)


def test_where_spikes_would_run_into_one_another_rates_are_drawn(
    three: Network, box_labels: Labels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raster, "MOST_SPIKES", 4)
    figure = draw_gait(record(walk(24, 201)), three, box_labels, window_ms=20.0, observed=1)
    rates = figure.axes[2].collections[0].get_array()
    assert rates is not None
    assert rates.shape == (3, 48)
    np.testing.assert_allclose(rates.sum(axis=0), 50.0)  # one of them spikes in each step of 20 ms
    np.testing.assert_allclose(rates.max(axis=0), 50.0)
    assert any("(Hz)" in ax.get_ylabel() for ax in figure.axes)


def test_outputs_that_are_read_by_their_membranes_have_no_empty_rows(box_labels: Labels) -> None:
    populations = (Population("neurons", 3), Population("output", 4))
    network = Network(populations, (), input="neurons", output="output")
    silent = replace(box_labels, outputs=())
    raster = draw_gait(record(walk(24, 201)), network, silent, window_ms=20.0).axes[-1]
    assert raster.get_ylim() == (-0.5, 2.5)
