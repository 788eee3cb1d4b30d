"""The closed loop, with a simulator and an environment that can be followed on paper."""

import time
from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Discrete

from neurosim_rl.bridge import Currents
from neurosim_rl.bridge.decoders import WinnerTakesAll
from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, GymnasiumBatch, Step
from neurosim_rl.loop.rollout import TimeLimitError, rollout, rollout_policy
from neurosim_rl.records.episodes import Episodes
from tests.toys import ObservationEncoder, ScriptedSimulator

LEFT, STAY, RIGHT = 0, 1, 2
SCRIPTS = [
    [RIGHT] * 4,  # from cell 0: arrives in window 4
    [LEFT, RIGHT, RIGHT, RIGHT, RIGHT],  # from cell 1: back to 0, arrives in window 5
    [RIGHT],  # from cell 3: arrives in window 1
    [STAY] * 6,  # from cell 2: cut after 6 windows
]
START_SEEDS = [0, 1, 3, 2]


def play(scripts: list[list[int]], seeds: list[int], traces: bool = True) -> tuple[Episodes, ScriptedSimulator]:
    simulator = ScriptedSimulator(scripts)
    spec = EnvironmentSpec.of(EnvironmentOptions(id="Corridor-v0"))
    encoder = ObservationEncoder(spec.observation_low, spec.observation_high, 20.0, 0.1)
    with GymnasiumBatch(spec, len(seeds), max_steps=6) as environments:
        episodes = rollout(
            simulator,
            environments,
            encoder,
            WinnerTakesAll(Discrete(3), 20.0),
            start_seeds=seeds,
            rngs=[],
            traces=traces,
        )
    return episodes, simulator


@pytest.fixture
def played(toys: None) -> tuple[Episodes, ScriptedSimulator]:
    return play(SCRIPTS, START_SEEDS)


def test_episodes_are_what_the_scripts_say(played: tuple[Episodes, ScriptedSimulator]) -> None:
    episodes, _ = played
    assert len(episodes) == 4
    assert episodes.start_seeds.tolist() == START_SEEDS
    assert episodes.lengths.tolist() == [4, 5, 1, 6]
    assert episodes.returns.tolist() == [-4, -5, -1, -6]
    assert episodes.terminated.tolist() == [True, True, True, False]
    assert episodes.truncated.tolist() == [False, False, False, True]


def test_the_largest_observation_counts_the_first_and_the_last(toys: None) -> None:
    episodes, _ = play([[LEFT] * 6, [RIGHT], [STAY] * 6], [2, 3, 1])
    assert episodes.observation_max.tolist() == [[2], [4], [1]]


def test_spikes_are_summed_for_each_output_neuron(played: tuple[Episodes, ScriptedSimulator]) -> None:
    episodes, _ = played
    # The winner of window k spikes k + 1 times.
    assert episodes.spikes.tolist() == [[0, 0, 10], [1, 0, 14], [0, 0, 1], [0, 21, 0]]


def test_an_element_that_has_ended_is_never_stepped_again(played: tuple[Episodes, ScriptedSimulator]) -> None:
    _, simulator = played
    assert [active for _, _, active in simulator.calls] == [
        [0, 1, 2, 3],
        [0, 1, 3],
        [0, 1, 3],
        [0, 1, 3],
        [1, 3],
        [3],
    ]
    assert {window_ms for _, window_ms, _ in simulator.calls} == {20.0}


def test_the_drive_of_a_window_follows_the_observation_before_it(played: tuple[Episodes, ScriptedSimulator]) -> None:
    _, simulator = played
    drives = [drive.pa.ravel().tolist() for drive, _, _ in simulator.calls if isinstance(drive, Currents)]
    assert drives == [[0, 1, 3, 2], [1, 0, 2], [2, 1, 2], [3, 2, 2], [3, 2], [2]]


def test_traces_are_padded_after_the_end(played: tuple[Episodes, ScriptedSimulator]) -> None:
    traces = played[0].traces
    assert traces is not None
    assert traces.observations.shape == (4, 7, 1)
    nan = np.nan
    np.testing.assert_array_equal(
        traces.observations[..., 0],
        [[0, 1, 2, 3, 4, nan, nan], [1, 0, 1, 2, 3, 4, nan], [3, 4, *[nan] * 5], [2] * 7],
    )
    np.testing.assert_array_equal(
        traces.actions[..., 0],
        [[2, 2, 2, 2, nan, nan], [0, 2, 2, 2, 2, nan], [2, *[nan] * 5], [1] * 6],
    )
    np.testing.assert_array_equal(traces.rewards[1], [-1, -1, -1, -1, -1, nan])
    assert traces.counts[2].tolist() == [[0, 0, 1], *[[-1, -1, -1]] * 5]
    assert traces.counts[3, 4].tolist() == [0, 5, 0]


def test_an_element_plays_alone_as_in_the_batch(toys: None, played: tuple[Episodes, ScriptedSimulator]) -> None:
    together, _ = played
    for element, (script, seed) in enumerate(zip(SCRIPTS, START_SEEDS, strict=True)):
        alone, _ = play([script], [seed])
        assert alone.returns[0] == together.returns[element]
        assert alone.lengths[0] == together.lengths[element]
        assert alone.spikes[0].tolist() == together.spikes[element].tolist()


def test_without_traces_there_are_none(toys: None) -> None:
    assert play(SCRIPTS, START_SEEDS, traces=False)[0].traces is None


def test_joined_episodes_stand_in_order(toys: None, played: tuple[Episodes, ScriptedSimulator]) -> None:
    one, other = play(SCRIPTS[:1], START_SEEDS[:1])[0], play(SCRIPTS[2:], START_SEEDS[2:])[0]
    joined = Episodes.join([one, other])
    assert joined.lengths.tolist() == [4, 1, 6]
    assert joined.start_seeds.tolist() == [0, 3, 2]
    assert joined.observation_max.tolist() == [[4], [4], [2]]
    assert joined.traces is None


# --- trials of several episodes ---


class Notes:
    """A learner that learns nothing and notes what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[list, list, list, list]] = []

    def learn(
        self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, counts: np.ndarray, step: Step
    ) -> None:
        self.told.append((active.tolist(), observations.ravel().tolist(), actions.tolist(), step.ended.tolist()))


def play_trials(n_episodes: int, learner: Notes | None = None) -> Episodes:
    """Play trials from cells 3 and 2; later episodes begin in cell 0."""
    scripts = [[RIGHT] * 5, [STAY, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT]]
    simulator, spec = ScriptedSimulator(scripts), EnvironmentSpec.of(EnvironmentOptions(id="Corridor-v0"))
    encoder = ObservationEncoder(spec.observation_low, spec.observation_high, 20.0, 0.1)
    with GymnasiumBatch(spec, 2, max_steps=6) as environments:
        return rollout(
            simulator,
            environments,
            encoder,
            WinnerTakesAll(Discrete(3), 20.0),
            start_seeds=[3, 2],
            rngs=[],
            n_episodes=n_episodes,
            learner=learner,
            traces=True,
        )


def test_a_trial_has_a_row_for_each_episode_element_by_element(toys: None) -> None:
    episodes = play_trials(2)
    assert episodes.start_seeds.tolist() == [3, 3, 2, 2]
    assert episodes.lengths.tolist() == [1, 4, 3, 4]
    assert episodes.returns.tolist() == [-1, -4, -3, -4]
    assert episodes.observation_max.ravel().tolist() == [4, 4, 4, 4]
    assert episodes.terminated.all()


def test_traces_of_a_trial_go_through_its_episodes(toys: None) -> None:
    traces = play_trials(2).traces
    assert traces is not None
    nan = np.nan
    np.testing.assert_array_equal(
        traces.observations[..., 0], [[3, 0, 1, 2, 3, 4, nan, nan], [2, 2, 3, 0, 1, 2, 3, 4]]
    )  # 0 is what the next episode begins with; the last one's end, 4, is not kept


def test_a_learner_sees_every_window_with_the_end_of_its_episode(toys: None) -> None:
    notes = Notes()
    play_trials(2, notes)
    assert len(notes.told) == 7
    assert notes.told[0] == ([0, 1], [3.0, 2.0], [RIGHT, STAY], [True, False])
    assert notes.told[1] == ([0, 1], [0.0, 2.0], [RIGHT, RIGHT], [False, False])
    assert notes.told[-1] == ([1], [3.0], [RIGHT], [True])


def test_the_step_limit_is_that_of_an_episode(toys: None) -> None:
    simulator, spec = ScriptedSimulator([[STAY] * 12]), EnvironmentSpec.of(EnvironmentOptions(id="Corridor-v0"))
    with GymnasiumBatch(spec, 1, max_steps=6) as environments:
        episodes = rollout(
            simulator,
            environments,
            ObservationEncoder(spec.observation_low, spec.observation_high, 20.0, 0.1),
            WinnerTakesAll(Discrete(3), 20.0),
            start_seeds=[0],
            rngs=[],
            n_episodes=2,
        )
    assert episodes.lengths.tolist() == [6, 6]
    assert episodes.truncated.all()


# --- without neurons ---


def play_policy(seeds: list[int], **options: Any) -> tuple[Episodes, list[tuple[list, list]]]:
    """Play a policy that steps right below cell 2, stays there when it is element 1, and else goes on."""
    seen = []

    def act(observations: np.ndarray, active: np.ndarray) -> np.ndarray:
        seen.append((observations.ravel().tolist(), active.tolist()))
        return np.where((observations[:, 0] == 2) & (active == 1), STAY, RIGHT)

    spec = EnvironmentSpec.of(EnvironmentOptions(id="Corridor-v0"))
    with GymnasiumBatch(spec, len(seeds), max_steps=6) as environments:
        return rollout_policy(act, environments, start_seeds=seeds, **options), seen


def test_a_policy_sees_the_running_elements_and_its_episodes_have_no_spikes(toys: None) -> None:
    episodes, seen = play_policy([0, 1, 3], traces=True)
    assert seen == [
        ([0, 1, 3], [0, 1, 2]),
        ([1, 2], [0, 1]),
        ([2, 2], [0, 1]),
        ([3, 2], [0, 1]),
        ([2], [1]),
        ([2], [1]),
    ]
    assert episodes.returns.tolist() == [-4, -6, -1]
    assert episodes.truncated.tolist() == [False, True, False]
    assert episodes.spikes.shape == (3, 0)
    assert episodes.traces is not None
    assert episodes.traces.counts.shape == (3, 6, 0)
    assert episodes.traces.actions[1, :, 0].tolist() == [RIGHT, *[STAY] * 5]


def test_a_policy_is_given_up_after_its_deadline(toys: None) -> None:
    with pytest.raises(TimeLimitError, match="not done in time: 2 episodes were still running"):
        play_policy([0, 1], deadline=time.monotonic() - 1.0)
