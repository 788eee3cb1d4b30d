"""Pictures of chosen steps, small pictures, and the physical time of a step, for films."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from neurosim_rl.environments import EnvironmentOptions
from neurosim_rl.environments.pictures import drawn_small, pictures, step_s
from neurosim_rl.environments.vehicle import ID as VEHICLE
from tests.tasks import NEEDS_MUJOCO

CART = EnvironmentOptions(id="CartPole-v1")


def test_only_the_pictures_of_the_chosen_steps_are_drawn() -> None:
    actions = np.array([[0.0], [1.0], [1.0], [0.0], [1.0], [0.0]])
    whole = list(pictures(CART, 7, actions))
    assert len(whole) == 7
    chosen = list(pictures(CART, 7, actions, steps={2, 5}))
    np.testing.assert_array_equal(chosen, [whole[2], whole[5]])


def test_a_picture_without_a_display_prints_nothing() -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "SDL_VIDEODRIVER")
    surroundings = {name: value for name, value in os.environ.items() if name not in hidden}
    code = (
        "import numpy as np\n"
        "from neurosim_rl.environments import EnvironmentOptions\n"
        "from neurosim_rl.environments.pictures import pictures\n"
        "print(len(list(pictures(EnvironmentOptions(id='CartPole-v1'), 0, np.ones((2, 1))))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=surroundings, capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CartPole-v1", 0.02),
        ("Pendulum-v1", 0.05),
        ("Acrobot-v1", 0.2),
        (VEHICLE, 0.1),
        ("MountainCar-v0", None),
        pytest.param("Hopper-v5", 0.008, marks=NEEDS_MUJOCO),
    ],
)
def test_the_time_of_a_step_is_that_of_the_equations_of_motion(name: str, expected: float | None) -> None:
    assert step_s(EnvironmentOptions(id=name)) == pytest.approx(expected)


def test_under_a_wrapper_the_time_of_a_step_is_not_known() -> None:
    options = EnvironmentOptions.read({"id": "CartPole-v1", "wrappers": ["NormalizeObservation"]}, "environment")
    assert step_s(options) is None


@pytest.mark.mujoco
@NEEDS_MUJOCO[1]
def test_mujoco_is_asked_for_small_pictures_and_others_are_not() -> None:
    assert drawn_small(CART, 100) == CART
    small = drawn_small(EnvironmentOptions(id="Swimmer-v5"), 100)
    assert (small.kwargs["width"], small.kwargs["height"]) == (100, 100)
    assert drawn_small(small, 50) == small
