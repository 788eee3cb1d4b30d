from dataclasses import replace

import numpy as np
import pytest

from neurosim_rl.analysis import Labels, draw_episode
from neurosim_rl.records.recording import Recording


def test_there_is_a_named_panel_for_each_variable_each_neuron_and_the_action(
    recording: Recording, labels: Labels
) -> None:
    figure = draw_episode(recording, labels, window_ms=20.0)
    assert [ax.get_ylabel() for ax in figure.axes] == [
        "position (m)",
        "velocity (m/s)",
        "firing rate,\nleft (Hz)",
        "firing rate,\nnone (Hz)",
        "firing rate,\nright (Hz)",
        "action",
    ]


@pytest.mark.parametrize(("episode", "length"), [(0, 4), (1, 6)])
def test_panels_show_the_recorded_values_of_the_chosen_episode_without_padding(
    recording: Recording, labels: Labels, episode: int, length: int
) -> None:
    axes = draw_episode(recording, labels, window_ms=20.0, episode=episode).axes
    observed = recording.traces.observations[episode, : length + 1]
    assert np.array_equal(np.asarray(axes[1].lines[0].get_ydata()), observed[:, 1])
    rates_hz = axes[2].patches[-1].get_data().values  # type: ignore[attr-defined]
    assert np.array_equal(rates_hz, np.arange(length) % 3 * 50.0)  # one spike in 20 ms is 50 Hz
    assert axes[0].get_xlim() == (0.0, length)


def test_all_firing_rates_share_a_scale(recording: Recording, labels: Labels) -> None:
    axes = draw_episode(recording, labels, window_ms=20.0).axes[2:5]
    assert {ax.get_ylim() for ax in axes} == {(0.0, 210.0)}


def test_time_is_given_in_steps_and_in_seconds(recording: Recording, labels: Labels) -> None:
    figure = draw_episode(recording, labels, window_ms=25.0)
    figure.draw_without_rendering()
    (above,) = figure.axes[0].child_axes
    assert figure.axes[-1].get_xlabel() == "environment step (each is 25 ms of biological time)"
    assert above.get_xlabel() == "biological time (s)"
    assert above.get_xlim() == pytest.approx((0.0, 0.1))


def test_outputs_that_do_not_spike_have_no_rates_but_biological_time(recording: Recording, labels: Labels) -> None:
    figure = draw_episode(recording, replace(labels, outputs=()), window_ms=25.0)
    assert not [ax for ax in figure.axes if "firing rate" in ax.get_ylabel()]
    assert figure.axes[-1].get_xlabel() == "environment step (each is 25 ms of biological time)"


def test_the_title_tells_which_episode_it_is(recording: Recording, labels: Labels) -> None:
    assert draw_episode(recording, labels, window_ms=20.0, episode=1).get_suptitle() == (
        "Episode 2 of 2 recorded: start seed 12, 6 steps, return 6"
    )


def test_a_part_of_the_time_and_of_the_variables_is_drawn(recording: Recording, labels: Labels) -> None:
    figure = draw_episode(recording, labels, window_ms=20.0, episode=1, steps=(2, 5), variables=(1,))
    assert [ax.get_ylabel() for ax in figure.axes][:2] == ["velocity (m/s)", "firing rate,\nleft (Hz)"]
    velocity, left = figure.axes[0], figure.axes[1]
    assert np.array_equal(np.asarray(velocity.lines[0].get_xdata()), [2, 3, 4, 5])
    assert np.array_equal(np.asarray(velocity.lines[0].get_ydata()), recording.traces.observations[1, 2:6, 1])
    assert np.array_equal(left.patches[-1].get_data().values, [100.0, 0.0, 50.0])  # type: ignore[attr-defined]
    assert velocity.get_xlim() == (2.0, 5.0)
    assert "steps 2 to 5 of 6" in figure.get_suptitle()


def test_many_variables_and_neurons_share_panels_of_coloured_rows(recording: Recording, labels: Labels) -> None:
    traces = recording.traces
    crowd = replace(
        traces, observations=np.tile(traces.observations, (1, 1, 5)), counts=np.tile(traces.counts, (1, 1, 3))
    )
    names = replace(
        labels,
        observations=tuple(f"angle {k} (rad)" for k in range(10)),
        outputs=tuple(f"output {k}" for k in range(9)),
    )
    figure = draw_episode(replace(recording, traces=crowd), names, window_ms=20.0)
    ylabels = [ax.get_ylabel() for ax in figure.axes]
    ylabels = [label.replace("\n", " ") for label in ylabels]
    assert ylabels[:3] == ["observed variable, and its lowest and highest value", "output neuron", "action"]
    assert "firing rate (Hz)" in ylabels
    shares = figure.axes[0].collections[0].get_array()
    assert shares is not None
    assert shares.min() == 0.0
    assert shares.max() <= 1.0


def test_rows_of_many_variables_keep_their_units_and_ranges(recording: Recording, labels: Labels) -> None:
    traces = replace(recording.traces, observations=np.tile(recording.traces.observations, (1, 1, 5)))
    names = replace(labels, observations=(*(f"angle {k} (rad)" for k in range(9)), "height"))
    rows = draw_episode(replace(recording, traces=traces), names, window_ms=20.0).axes[0]
    (right,) = [axis for axis in rows.child_axes if axis.yaxis.get_tick_params()["right"]]
    ranges = [tick.get_text() for tick in right.get_yticklabels()]
    # The first episode has 4 steps of 1/6 from 0, and of -1/3 from 1.
    assert ranges[:2] == ["0 to 0.67 rad", "-0.33 to 1 rad"]
    assert ranges[-1] == "-0.33 to 1"
    assert [tick.get_text() for tick in rows.get_yticklabels()][-2:] == ["angle 8", "height"]
