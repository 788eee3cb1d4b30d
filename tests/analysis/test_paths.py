"""Paths of the vehicle: driven again as recorded, and drawn in metres."""

import gymnasium
import numpy as np
import pytest

from neurosim_rl.analysis import draw_paths, plot_path
from neurosim_rl.environments import EnvironmentOptions
from neurosim_rl.environments.vehicle import ID
from neurosim_rl.environments.vehicle_paths import VehiclePath, path_of_actions
from neurosim_rl.environments.vehicle_rule import approach_target, reach_target
from neurosim_rl.errors import ShapeError


def pose(env: gymnasium.Env) -> np.ndarray:  # type: ignore[type-arg]
    """Return where the vehicle is, in metres."""
    return np.array(env.unwrapped.pose[:2])  # type: ignore[attr-defined]


def recorded(rule, seed: int, n_steps: int = 400) -> tuple[np.ndarray, np.ndarray, dict]:  # type: ignore[no-untyped-def,type-arg]
    """Return actions, places and the last info of an episode."""
    with gymnasium.make(ID) as env:
        observation, info = env.reset(seed=seed)
        actions: list[np.ndarray] = []
        places, over = [pose(env)], False
        while not over and len(actions) < n_steps:
            actions.append(rule(observation[None].astype(np.float64))[0])
            observation, _, over, _, info = env.step(actions[-1].astype(np.float32))
            places.append(pose(env))
    return np.array(actions), np.array(places), info


@pytest.fixture(scope="module")
def paths() -> dict[str, VehiclePath]:
    """Return a path of each outcome."""
    found = {}
    for rule in (reach_target, approach_target):
        for seed in range(6):
            path = path_of_actions(EnvironmentOptions(ID), seed, recorded(rule, seed)[0])
            found[path.outcome] = path
    found["late"] = path_of_actions(EnvironmentOptions(ID), 0, np.zeros((20, 2)))
    return found


@pytest.mark.parametrize("rule", [reach_target, approach_target])
def test_recorded_actions_lead_the_same_way_to_the_same_end(rule) -> None:  # type: ignore[no-untyped-def]
    actions, places, info = recorded(rule, 4)
    padded = np.vstack([actions, np.full((7, 2), np.nan)])
    path = path_of_actions(EnvironmentOptions(ID), 4, padded)
    np.testing.assert_array_equal(path.trail, places)
    assert (path.reached, path.collided) == (info["reached"], info["collided"])


def test_actions_of_another_shape_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"actions"):
        path_of_actions(EnvironmentOptions(ID), 0, np.zeros((3, 1)))


def test_every_outcome_has_its_colour_and_axes_are_in_metres(paths: dict[str, VehiclePath]) -> None:
    assert set(paths) == {"reached", "collided", "late"}
    colours = set()
    for path in paths.values():
        ax = plot_path(path)
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("x (m)", "y (m)")
        np.testing.assert_array_equal(ax.lines[1].get_xydata(), path.trail)
        colours.add(ax.patches[-1].get_edgecolor())
    assert len(colours) == 3


def test_a_figure_has_a_panel_for_each_path_and_counts_arrivals(paths: dict[str, VehiclePath]) -> None:
    shown = [paths["reached"], paths["reached"], paths["collided"], paths["late"], paths["late"], paths["reached"]]
    figure = draw_paths(shown, range(6), step_s=0.1, window_ms=20.0)
    titles = [ax.get_title() for ax in figure.axes]
    assert len(titles) == 6
    assert titles[3] == "3: late after 2.0 s"
    assert "Paths from 6 start seeds" in figure.get_suptitle()
    assert "100 ms an environment step, which is 20 ms of biological time" in figure.get_suptitle()
    assert "3 reach it" in figure.get_suptitle()
