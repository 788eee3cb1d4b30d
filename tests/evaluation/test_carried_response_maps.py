"""Maps of many steps: one network plays the episode once, and each map is that of networks that play it anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurosim_rl.evaluation import carried_response_maps as maps
from neurosim_rl.evaluation.carried_response_maps import carried_response_maps
from neurosim_rl.evaluation.carried_responses import carried_responses
from neurosim_rl.evaluation.replay import record
from neurosim_rl.optimizees import ClosedLoop, create_optimizee
from neurosim_rl.records.carried_responses import CarriedResponses
from neurosim_rl.records.recording import Recording
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.configure import configure

Played = tuple[ClosedLoop, np.ndarray, Recording]
WINDOWS, PAIRS = [0, 3, 4, 7], [(0, 1), (1, 0)]


def champion(name: str) -> Played:
    found = read_champion(f"champion:{name}")
    return found.optimizee(), found.vector, found.recording


def drawn(task: str, **settings: Any) -> Played:
    """Return a network of a task with random genes, and its recorded episode."""
    optimizee = create_optimizee(configure(task, {"environment": {"max_steps": 9}, **settings}))
    vector = optimizee.parameters.sample(np.random.default_rng(5))
    return optimizee, vector, record(optimizee, vector, [1_000_003])


CASES = {
    "feed-forward": lambda: champion("mountain-car"),
    "a state in each wave": lambda: drawn("cart-pole-sensorimotor"),
    "membranes as outputs": lambda: drawn(
        "cart-pole",
        model={"name": "lif"},
        encoder={"name": "pulses", "n_neurons": 0},
        decoder={"name": "membrane"},
    ),
    "random spikes": lambda: drawn("mountain-car", encoder={"name": "poisson"}),
    "changes of observations": lambda: drawn("cart-pole", encoder={"name": "delta"}),
    "a background": lambda: drawn("cart-pole", background={"name": "poisson"}),
    "first spikes": lambda: drawn("cart-pole", decoder={"name": "first-spike", "tie": "first"}),
    "no neurons": lambda: champion("cart-pole-linear"),
}


def bounds_of(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    seen = recording.traces.observations[0]
    seen = seen[np.isfinite(seen).all(axis=1)]
    return seen.min(axis=0) - 0.1, seen.max(axis=0) + 0.1


def assert_equal(one: CarriedResponses, other: CarriedResponses) -> None:
    assert (one.window, one.n_before, one.axes) == (other.window, other.n_before, other.axes)
    for name in ("x", "y", "observation", "action", "answer", "counts", "actions"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    for name in ("element", "neuron", "step"):
        np.testing.assert_array_equal(getattr(one.spikes, name), getattr(other.spikes, name), err_msg=name)


@pytest.mark.parametrize("case", CASES)
def test_maps_equal_those_of_networks_that_play_the_episode_anew(case: str) -> None:
    optimizee, vector, recording = CASES[case]()
    options: dict[str, Any] = {"bounds": bounds_of(recording), "n_grid": 5}
    windows = [window for window in WINDOWS if window < recording.lengths[0]]
    assert len(windows) >= 3
    made = carried_response_maps(optimizee, vector, recording, windows, PAIRS, **options)
    assert [(one.window, one.axes) for one in made] == [(window, pair) for window in windows for pair in PAIRS]
    assert all(one.agrees for one in made)
    for one in made:
        alone = carried_responses(optimizee, vector, recording, one.window, axes=one.axes, **options)
        assert_equal(one, alone)


def test_the_episode_is_played_once(monkeypatch: pytest.MonkeyPatch) -> None:
    optimizee, vector, recording = champion("mountain-car")
    windows = []
    advance = maps._OneForAll.advance
    monkeypatch.setattr(maps._OneForAll, "advance", lambda *given: windows.append(1) or advance(*given))  # type: ignore[func-returns-value]
    monkeypatch.delattr(maps, "carried_responses")
    carried_response_maps(optimizee, vector, recording, WINDOWS, PAIRS, bounds=bounds_of(recording), n_grid=2)
    assert len(windows) == WINDOWS[-1]


def test_nest_copies_no_states_and_plays_the_episode_for_each_map() -> None:
    optimizee, vector, recording = champion("cart-pole")
    in_nest = create_optimizee(optimizee.config.replace(simulator="nest"))
    options: dict[str, Any] = {"bounds": bounds_of(recording), "n_grid": 2}
    for window, most, n_before in ((3, None, 3), (3, 1, 1)):
        (made,) = carried_response_maps(in_nest, vector, recording, [window], [(0, 2)], most_before=most, **options)
        assert made.n_before == n_before
        if most is None:
            (compiled,) = carried_response_maps(optimizee, vector, recording, [window], [(0, 2)], **options)
            assert_equal(made, compiled)
