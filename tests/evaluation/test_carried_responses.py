from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.evaluation.carried_responses import carried_responses
from neurosim_rl.evaluation.replay import record
from neurosim_rl.models.policy import Policy
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.configure import configure

BOUNDS = np.array([-2.4, -3.0, -0.21, -3.0]), np.array([2.4, 3.0, 0.21, 3.0])


def champion_of(name: str):  # type: ignore[no-untyped-def]
    champion = read_champion(f"champion:{name}")
    return champion.optimizee(), champion.vector, champion.recording


@pytest.mark.parametrize("window", [0, 1, 7])
@pytest.mark.parametrize("name", ["cart-pole", "cart-pole-linear"])
def test_the_recorded_observation_gets_the_recorded_action(name: str, window: int) -> None:
    optimizee, vector, recording = champion_of(name)
    made = carried_responses(optimizee, vector, recording, window, axes=(0, 2), bounds=BOUNDS, n_grid=2)
    assert made.n_before == window
    np.testing.assert_array_equal(made.answer, recording.traces.actions[0, window])
    assert made.agrees


def test_spikes_of_a_cell_at_the_recorded_observation_are_those_of_the_recording() -> None:
    optimizee, vector, recording = champion_of("cart-pole")
    window = 5
    here = recording.traces.observations[0, window]
    reach = np.array([0.1, 0.1, 0.1, 0.1])
    # Of three cells on each axis, the middle one is the recorded observation itself.
    made = carried_responses(
        optimizee, vector, recording, window, axes=(1, 3), bounds=(here - reach, here + reach), n_grid=3
    )
    np.testing.assert_allclose([made.x[1], made.y[1]], here[[1, 3]], atol=1e-12)
    cell = made.spikes.of(4)
    own = recording.spikes.of(0)
    per_window = round(optimizee.config.window_ms / own.resolution_ms)
    mine = (own.step > window * per_window) & (own.step <= (window + 1) * per_window)
    np.testing.assert_array_equal(cell.neuron, own.neuron[mine])
    np.testing.assert_array_equal(cell.step, own.step[mine] - window * per_window)
    np.testing.assert_array_equal(made.counts[1, 1], recording.traces.counts[0, window])


def test_state_matters_the_network_at_rest_answers_with_other_spikes() -> None:
    optimizee, vector, recording = champion_of("cart-pole")
    options: dict[str, Any] = {"axes": (0, 2), "bounds": BOUNDS, "n_grid": 4}
    carried = carried_responses(optimizee, vector, recording, 9, **options)
    resting = carried_responses(optimizee, vector, recording, 9, most_before=0, **options)
    assert resting.n_before == 0
    assert not np.array_equal(carried.counts, resting.counts)


def test_rows_are_y_and_columns_are_x() -> None:
    optimizee, vector, recording = champion_of("cart-pole-linear")
    made = carried_responses(optimizee, vector, recording, 3, axes=(2, 3), bounds=BOUNDS, n_grid=4)
    policy = optimizee.model
    assert isinstance(policy, Policy)
    act = policy.act([policy.parameters.to_genome(vector)], [0])
    for row in range(4):
        for column in range(4):
            observation = recording.traces.observations[0, 3].copy()
            observation[2], observation[3] = made.x[column], made.y[row]
            alone = act(optimizee.normalisation.apply(observation[None]), np.arange(1))
            assert made.actions[row, column] == np.ravel(alone)


def test_random_encoders_draw_what_they_drew_in_the_episode() -> None:
    options = {"encoder": {"name": "poisson"}, "environment": {"max_steps": 6}, "generations": 1}
    short = create_optimizee(configure("mountain-car", options))
    vector = np.full(short.parameters.size, 0.3)
    recording = record(short, vector, [1_000_003])
    low, high = short.environment.observation_low, short.environment.observation_high
    made = carried_responses(short, vector, recording, 4, axes=(0, 1), bounds=(low, high), n_grid=2)
    assert made.agrees
    # Another stream gives other spikes.
    other = replace(recording, start_seeds=np.array([1_000_004]))
    drawn_anew = carried_responses(short, vector, other, 4, axes=(0, 1), bounds=(low, high), n_grid=2)
    assert not np.array_equal(made.spikes.step, drawn_anew.spikes.step)


def test_a_network_that_learns_while_it_plays_is_refused() -> None:
    optimizee, vector, recording = champion_of("cart-pole-plastic")
    if not optimizee.learns(training=False):
        optimizee = create_optimizee(optimizee.config.replace(learning={"when": "always"}))
    with pytest.raises(ConfigurationError, match="learns while it plays"):
        carried_responses(optimizee, vector, recording, 0, axes=(0, 2), bounds=BOUNDS)
