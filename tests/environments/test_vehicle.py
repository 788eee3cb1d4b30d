"""The target-reaching vehicle: kinematics, ranges, how episodes end, scenes, pictures, and its rule."""

import subprocess
import sys
import warnings
from math import asin, cos, hypot, inf, pi, sin, sqrt
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.vehicle import ID, play
from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, GymnasiumBatch
from neurosim_rl.environments.vehicle import TargetReachingVehicleEnv
from neurosim_rl.environments.vehicle_geometry import clearance, drive, ray_lengths
from neurosim_rl.environments.vehicle_rule import approach_target, avoid_obstacles, reach_target
from neurosim_rl.environments.vehicle_scene import (
    ENDS_APART,
    ENDS_CLEARANCE_M,
    Scene,
    is_solvable,
    random_scene,
    rectangle_corners,
)
from neurosim_rl.errors import ConfigurationError, DecodingError, EnvironmentSetupError, ShapeError, UnknownNameError

FULL, BACK, STILL = (np.full(2, speed, np.float32) for speed in (1.0, -1.0, 0.0))


def scene(
    start: tuple[float, float, float] = (4.0, 4.0, 0.0),
    target: tuple[float, float] = (7.0, 4.0),
    circles: Any = (),
    rectangles: Any = (),
    arena_m: float = 8.0,
) -> Scene:
    return Scene(start, target, np.array(circles), np.array(rectangles), arena_m)


def placed(where: Scene, **options: Any) -> tuple[TargetReachingVehicleEnv, np.ndarray]:
    """Return the environment in a scene, and the first observation."""
    env = TargetReachingVehicleEnv(arena_m=where.arena_m, **options)
    return env, env.reset(seed=0, options={"scene": where})[0]


def rollout(env: gymnasium.Env, seed: int, n_steps: int = 60) -> list[np.ndarray]:
    """Return what a random policy of this seed observes, and its rewards, until the episode ends."""
    env.action_space.seed(seed)
    seen = [env.reset(seed=seed)[0]]
    for _ in range(n_steps):
        observation, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        seen.append(np.array([*observation, reward]))
        if terminated or truncated:
            break
    return seen


def row(ranges_m: list[float], bearing: float = 0.0, distance_m: float = 5.0) -> np.ndarray:
    return np.array([[*ranges_m, sin(bearing), cos(bearing), distance_m]])


# --- the contract ---


@pytest.mark.parametrize(
    "options", [{}, {"noise_m": 0.1}, {"sensor_angles_deg": [0, 180], "arena_m": 5.0, "n_obstacles": 1}]
)
def test_gymnasium_s_checker_has_nothing_to_say(options: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(ID, render_mode="rgb_array", **options).unwrapped)


def test_it_is_registered_by_importing_the_environments_and_loads_nothing_heavy_then() -> None:
    code = (
        "import sys, gymnasium, neurosim_rl.environments; "
        "loaded = {'matplotlib', 'numba'} & set(sys.modules); "
        f"print(sorted(loaded), gymnasium.make({ID!r}).spec.max_episode_steps, 'matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[] 400 False", done.stderr


def test_a_configuration_can_name_it_and_set_its_options() -> None:
    table = {"id": ID, "kwargs": {"sensor_angles_deg": [45, 0, -45], "sensor_range_m": 1.5, "arena_m": 6}}
    spec = EnvironmentSpec.of(EnvironmentOptions.read(table, "environment"))
    assert spec.step_limit == 400
    np.testing.assert_allclose(spec.observation_low, [0, 0, 0, -1, -1, 0])
    np.testing.assert_allclose(spec.observation_high, [1.5, 1.5, 1.5, 1, 1, 6 * sqrt(2)], rtol=1e-6)
    with GymnasiumBatch(spec, 2) as batch:
        first = batch.reset([5, 5])
        step = batch.step(np.array([0, 1]), np.array([[1.0, 1.0], [1.0, 0.5]]))
    assert first[0].tolist() == first[1].tolist()
    assert step.observations[0].tolist() != step.observations[1].tolist()


def test_an_episode_is_truncated_after_400_steps() -> None:
    env = gymnasium.make(ID)
    env.reset(seed=1)
    ends = [env.step(STILL)[2:4] for _ in range(400)]
    assert ends[:-1] == [(False, False)] * 399
    assert ends[-1] == (False, True)


# --- determinism ---


@pytest.mark.parametrize("noise_m", [0.0, 0.2])
def test_a_seed_gives_one_episode(noise_m: float) -> None:
    one, two = TargetReachingVehicleEnv(noise_m=noise_m), TargetReachingVehicleEnv(noise_m=noise_m)
    rollout(two, seed=3)  # what it did before must not matter
    for a, b in zip(rollout(one, seed=8), rollout(two, seed=8), strict=True):
        assert a.tolist() == b.tolist()


def test_seeds_and_resets_without_a_seed_give_new_scenes() -> None:
    env = TargetReachingVehicleEnv()
    starts = [env.reset(seed=1)[0], env.reset(seed=2)[0], env.reset()[0], env.reset()[0]]
    assert len({tuple(start) for start in starts}) == 4


# --- kinematics ---


def test_equal_wheels_drive_straight() -> None:
    assert drive(1.0, 2.0, pi / 6, 0.4, 0.4, 0.33) == pytest.approx((1 + 0.4 * cos(pi / 6), 2.2, pi / 6), abs=1e-15)


def test_opposite_wheels_turn_on_the_spot() -> None:
    quarter = 0.33 * pi / 4
    assert drive(1.0, 2.0, 0.3, -quarter, quarter, 0.33) == pytest.approx((1, 2, 0.3 + pi / 2), abs=1e-15)


def test_a_quarter_of_a_circle_ends_where_geometry_says() -> None:
    """Around (0, 1) with radius 1: the wheels run on circles of radius 1 -+ half the base."""
    left, right = ((1 + side * 0.165) * pi / 2 for side in (-1, 1))
    assert drive(0.0, 0.0, 0.0, left, right, 0.33) == pytest.approx((1, 1, pi / 2), abs=1e-15)


def test_a_standing_wheel_is_the_centre_of_the_arc() -> None:
    assert drive(0.0, 0.0, 0.0, 0.0, 0.33 * pi, 0.33) == pytest.approx((0, 0.33, pi), abs=1e-15)


speeds = st.floats(-1.0, 1.0)


@given(speeds, speeds, st.integers(2, 20))
def test_an_arc_in_parts_is_the_arc(left: float, right: float, n_parts: int) -> None:
    pose = (0.5, -0.25, 1.0)
    for _ in range(n_parts):
        pose = drive(*pose, left / n_parts, right / n_parts, 0.33)
    assert pose == pytest.approx(drive(0.5, -0.25, 1.0, left, right, 0.33), abs=1e-12)


def test_a_step_lasts_a_tenth_of_a_second() -> None:
    env, _ = placed(scene(), max_speed_m_s=0.8)
    env.step(FULL)
    assert env.pose == pytest.approx((4.08, 4.0, 0.0))
    env.step(5 * FULL)  # clipped
    assert env.pose == pytest.approx((4.16, 4.0, 0.0))


def test_a_speed_that_is_nan_is_refused_and_nothing_moves() -> None:
    env, _ = placed(scene())
    with pytest.raises(DecodingError, match=r"action is \[0\.0, nan\]; expected two speeds in \[-1, 1\], not nan"):
        env.step(np.array([0.0, np.nan], np.float32))
    assert env.pose == (4.0, 4.0, 0.0)


# --- what it observes ---


def test_ranges_in_an_empty_arena_are_the_distances_to_its_walls() -> None:
    env, observation = placed(scene((1.0, 2.0, pi / 2)), sensor_angles_deg=[90, 0, -90, 180, 45], sensor_range_m=7.0)
    np.testing.assert_allclose(observation[:5], [1 - 0.25, 6 - 0.25, 7 - 0.25, 2 - 0.25, sqrt(2) - 0.25], rtol=1e-6)
    env.step(np.array([-1.0, 1.0], np.float32))
    assert env.pose[2] == pytest.approx(pi / 2 + 0.1 / 0.33)


def test_ranges_of_round_and_rectangular_obstacles_by_hand() -> None:
    """Ahead a circle 2 m away of radius 0.5; to the left one that the ray meets 0.3 beside its centre, at 0.4 of its
    radius 0.5; to the right a square of side sqrt(2), a corner of which points here from 1.5 m."""
    obstacles = scene(
        circles=[[6.0, 4.0, 0.5], [4.3, 6.0, 0.5]],
        rectangles=[[4.0, 1.5, sqrt(2.0), sqrt(2.0), pi / 4]],
    )
    _, observation = placed(obstacles, sensor_angles_deg=[0, 90, -90, 180], sensor_range_m=3.0)
    np.testing.assert_allclose(observation[:4], [1.5 - 0.25, 1.6 - 0.25, 1.5 - 0.25, 3.0], rtol=1e-6)


def test_a_ray_sees_only_what_lies_ahead_of_it() -> None:
    circle, segment = np.array([[2.0, 0.0, 0.5]]), np.array([[2.0, -1.0, 2.0, 1.0]])
    none = np.empty((0, 3)), np.empty((0, 4))
    ahead_and_behind = np.array([0.0, pi])
    assert ray_lengths(0, 0, 0, ahead_and_behind, circle, none[1]).tolist() == [1.5, inf]
    assert ray_lengths(0, 0, 0, ahead_and_behind, none[0], segment).tolist() == [2.0, inf]
    assert ray_lengths(2.1, 0, 0, ahead_and_behind, circle, none[1]).tolist() == [0.0, 0.0]  # from inside


@given(st.floats(0.3, 4.0), st.floats(-pi, pi), st.floats(0.05, 0.25))
def test_a_circle_is_seen_within_its_half_angle_and_not_beyond(away: float, bearing: float, radius: float) -> None:
    circle = np.array([[away * cos(bearing), away * sin(bearing), radius]])
    half = asin(radius / away)
    angles = bearing + half * np.array([0.0, 0.999, -0.999, 1.001, -1.001])
    lengths = ray_lengths(0.0, 0.0, 0.0, angles, circle, np.empty((0, 4)))
    assert lengths[0] == pytest.approx(away - radius)
    assert np.isfinite(lengths).tolist() == [True, True, True, False, False]


def test_target_direction_and_distance() -> None:
    _, observation = placed(scene((4.0, 4.0, pi / 2), target=(7.0, 4.0)))
    np.testing.assert_allclose(observation[-3:], [-1.0, 0.0, 3.0], atol=1e-6)  # to the right


@given(st.integers(0, 2**31), st.sampled_from([0.0, 0.5]))
def test_observations_stay_within_their_bounds(seed: int, noise_m: float) -> None:
    env = TargetReachingVehicleEnv(noise_m=noise_m)
    for observation in rollout(env, seed, n_steps=40):
        assert env.observation_space.contains(observation[:9].astype(np.float32))


def test_noise_has_the_given_spread_and_leaves_the_target_alone() -> None:
    env, first = placed(scene(), sensor_angles_deg=[0], sensor_range_m=6.0, noise_m=0.1)
    ranges = np.array([env.step(STILL)[0] for _ in range(2000)])
    assert ranges[:, 0].mean() == pytest.approx(3.75, abs=0.01)
    assert ranges[:, 0].std() == pytest.approx(0.1, rel=0.1)
    assert (ranges[:, 1:] == first[1:]).all()


# --- rewards, and how an episode ends ---


def test_the_reward_is_the_distance_gained() -> None:
    env, _ = placed(scene())
    _, reward, terminated, truncated, info = env.step(FULL)
    assert (terminated, truncated, info) == (False, False, {"reached": False, "collided": False})
    assert reward == pytest.approx(0.05)
    assert env.step(BACK)[1] == pytest.approx(-0.05)


def test_arrival_ends_the_episode_with_a_bonus() -> None:
    env, _ = placed(scene(target=(4.34, 4.0)))
    _, reward, terminated, truncated, info = env.step(FULL)  # from 0.34 to 0.29 m
    assert (terminated, truncated, info) == (True, False, {"reached": True, "collided": False})
    assert reward == pytest.approx(10.05)


@pytest.mark.parametrize(
    "obstacles",
    [
        {"circles": [[4.79, 4.0, 0.5]]},
        {"rectangles": [[4.79, 4.0, 1.0, 1.0, 0.0]]},
        {"start": (7.71, 4.0, 0.0), "target": (4.0, 4.0)},
    ],
    ids=["circle", "rectangle", "wall"],
)
def test_a_collision_ends_the_episode_with_a_penalty(obstacles: dict[str, Any]) -> None:
    """0.04 m are free, and a step at half speed takes 0.025."""
    env, _ = placed(scene(**obstacles))
    assert not env.step(0.5 * FULL)[2]
    gained = 0.025 if "start" not in obstacles else -0.025
    _, reward, terminated, truncated, info = env.step(0.5 * FULL)
    assert (terminated, truncated, info) == (True, False, {"reached": False, "collided": True})
    assert reward == pytest.approx(gained - 10.0)


def test_arriving_in_an_obstacle_is_a_collision() -> None:
    env, _ = placed(scene(target=(4.32, 4.0), circles=[[4.57, 4.0, 0.3]]))
    assert env.step(FULL)[4] == {"reached": False, "collided": True}


def test_clearance_of_circles_segments_and_ends() -> None:
    circles, segments = np.array([[0.0, 3.0, 1.0]]), np.array([[1.0, -1.0, 1.0, 1.0]])
    assert clearance(0.0, 0.0, circles, segments) == 1.0
    assert clearance(0.0, 1.5, circles, segments) == 0.5
    assert clearance(4.0, 5.0, circles[:0], segments) == 5.0  # to the end (1, 1)
    assert clearance(0.0, 3.0, circles, segments) == -1.0


# --- scenes ---


def test_a_scene_keeps_its_distances() -> None:
    for seed in range(30):
        drawn = random_scene(np.random.default_rng(seed), n_obstacles=8, arena_m=8.0, gap_m=0.6)
        assert len(drawn.circles) + len(drawn.rectangles) == 8
        ends = drawn.start[:2], drawn.target
        assert hypot(*np.subtract(*ends)) >= ENDS_APART * 8.0
        assert min(clearance(*end, drawn.circles, drawn.segments) for end in ends) >= ENDS_CLEARANCE_M
        around = [(*c[:2], c[2]) for c in drawn.circles] + [(*r[:2], hypot(*r[2:4]) / 2) for r in drawn.rectangles]
        for k, (x, y, reach) in enumerate(around):
            assert min(x, y, 8.0 - x, 8.0 - y) - reach >= 0.6
            assert all(hypot(x - a, y - b) - reach - other >= 0.6 - 1e-12 for a, b, other in around[:k])


def wall(gap: float) -> list[list[float]]:
    """Return two rectangles that cross an arena of 8 m at x = 4, but for a gap in the middle."""
    length = 4.0 - gap / 2
    return [[4.0, length / 2, 0.4, length, 0.0], [4.0, 8.0 - length / 2, 0.4, length, 0.0]]


@pytest.mark.parametrize(("gap", "solvable"), [(0.0, False), (0.45, False), (1.0, True), (2.0, True)])
def test_a_wall_with_a_gap_is_solvable_where_the_robot_fits(gap: float, solvable: bool) -> None:
    assert is_solvable(scene((1.0, 1.0, 0.0), (7.0, 7.0), rectangles=wall(gap))) is solvable


def test_a_target_where_the_robot_does_not_fit_is_not_solvable() -> None:
    assert is_solvable(scene(target=(7.0, 4.0)))
    assert not is_solvable(scene(target=(7.9, 4.0)))
    assert not is_solvable(scene(start=(0.1, 4.0, 0.0), target=(7.9, 4.0)))
    assert not is_solvable(scene(target=(6.0, 4.0), rectangles=[[6.0, 4.0, 2.0, 2.0, 0.0]]))  # inside


def test_a_random_scene_is_one_that_is_solvable(monkeypatch) -> None:
    """The first three drawn are a closed wall; the fourth is open."""
    drawn = [scene((1.0, 1.0, 0.0), (7.0, 7.0), rectangles=wall(gap)) for gap in (0.0, 0.0, 0.0, 2.0)]
    open_one = drawn[-1]
    monkeypatch.setattr("neurosim_rl.environments.vehicle_scene._attempt", lambda *_: drawn.pop(0))
    assert random_scene(np.random.default_rng(0), n_obstacles=2, arena_m=8.0, gap_m=0.0) is open_one


def test_rectangles_that_touch_are_drawn_only_where_there_is_a_way() -> None:
    for seed in range(20):
        assert is_solvable(random_scene(np.random.default_rng(seed), n_obstacles=20, arena_m=8.0, gap_m=0.0))


def test_corners_of_a_turned_rectangle() -> None:
    corners = rectangle_corners(1.0, 2.0, 4.0, 2.0, pi / 2)
    np.testing.assert_allclose(corners, [[2, 0], [2, 4], [0, 4], [0, 0]], atol=1e-12)


# --- pictures ---


def test_a_picture_shows_obstacles_target_robot_and_trail() -> None:
    where = scene((2.0, 4.0, 0.0), (6.0, 6.0), circles=[[6.0, 2.0, 0.5]])
    env, _ = placed(where, render_mode="rgb_array")
    for _ in range(20):
        env.step(FULL)
    image = env.render()
    assert image is not None
    assert (image.shape, image.dtype) == ((480, 480, 3), np.uint8)

    def share(colour: tuple[int, int, int]) -> float:
        return float((image == colour).all(axis=2).mean())

    per_m2 = 0.8 / 64  # axes fill some 0.8 of the picture
    assert share((0x99, 0x99, 0x99)) == pytest.approx(pi * 0.5**2 * per_m2, rel=0.2)
    assert share((0x00, 0x72, 0xB2)) == pytest.approx(pi * 0.25**2 * per_m2, rel=0.5)  # with its trail
    assert share((0x00, 0x9E, 0x73)) > 0
    env.reset(seed=0, options={"scene": scene((3.0, 4.0, 0.0), (6.0, 6.0), circles=where.circles)})
    without_trail = env.render()
    assert without_trail is not None
    rows, columns = np.nonzero((image != without_trail).any(axis=2))
    assert np.ptp(rows) < 5
    assert np.ptp(columns) == pytest.approx(0.75 * 0.9 * 480 / 8, rel=0.1)  # 1 m, but for what the robot covers


def test_without_a_render_mode_there_is_no_picture() -> None:
    env, _ = placed(scene())
    assert env.render() is None


# --- mistakes ---


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_obstacle": 3}, "unknown key in .TargetReachingVehicle. 'n_obstacle'. Did you mean 'n_obstacles'"),
        ({"n_obstacles": -1}, "TargetReachingVehicle.n_obstacles = -1 is out of range; expected at least 0"),
        ({"arena_m": 1.0}, "TargetReachingVehicle.arena_m = 1.0 is out of range; expected at least 3"),
        ({"noise_m": float("nan")}, "TargetReachingVehicle.noise_m = nan: expected a finite number"),
        ({"sensor_angles_deg": []}, "sensor_angles_deg is empty; expected one angle for each sensor"),
        ({"sensor_angles_deg": [0, 200]}, "sensor_angles_deg = 200 is out of range; expected -180 to 180"),
        ({"max_speed_m_s": 5.0}, "max_speed_m_s = 5.0 is out of range; expected 0.01 to 2"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        gymnasium.make(ID, **options)


def test_an_unknown_render_mode_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown render_mode .* 'human'. Valid: rgb_array"):
        TargetReachingVehicleEnv(render_mode="human")


def test_more_obstacles_than_there_is_place_for_are_refused() -> None:
    with pytest.raises(
        EnvironmentSetupError, match=r"no solvable scene found with 50 obstacles .* arena of 3 m.* Set a smaller"
    ):
        TargetReachingVehicleEnv(n_obstacles=50, arena_m=3.0).reset(seed=0)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"scenes": None}, UnknownNameError, "unknown reset option 'scenes'. Did you mean 'scene'"),
        ({"scene": 3}, ConfigurationError, "reset option 'scene' is a int; expected a Scene"),
        ({"scene": scene(arena_m=9.0)}, ConfigurationError, "arena has a side of 9 m; expected 8 m. Set arena_m"),
    ],
)
def test_bad_reset_options_are_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        TargetReachingVehicleEnv().reset(options=options)


def test_scenes_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"Scene.circles has shape \(1, 4\); expected \(n, 3\)"):
        scene(circles=[[1, 2, 3, 4]])
    with pytest.raises(ConfigurationError, match="outside the arena; expected x and y from 0 to 8 m"):
        scene(target=(9.0, 1.0))


@pytest.mark.parametrize("action", [np.zeros(3, np.float32), np.float32(0.5)])
def test_an_action_of_the_wrong_shape_is_refused(action: Any) -> None:
    env, _ = placed(scene())
    with pytest.raises(ShapeError, match=r"action has shape .*; expected \(2,\)"):
        env.step(action)


# --- the rule ---

FAR = [2.0] * 6


def test_without_obstacles_the_rule_drives_at_the_target() -> None:
    np.testing.assert_allclose(reach_target(row(FAR)), [[1.0, 1.0]])
    np.testing.assert_allclose(avoid_obstacles(row(FAR, bearing=1.0)), [[1.0, 1.0]])
    left, right = reach_target(row(FAR, bearing=0.5))[0]
    assert right == 1.0  # the outer wheel at full speed
    assert right - left > 0.3
    np.testing.assert_allclose(reach_target(row(FAR, bearing=-0.5)), [[right, left]])
    behind = reach_target(row(FAR, bearing=3.0))[0]
    assert behind[1] == -behind[0] == 1.0  # on the spot


@pytest.mark.parametrize(("sensor", "side"), [(0, -1), (1, -1), (2, -1), (3, 1), (4, 1), (5, 1)])
def test_it_turns_away_from_the_side_that_is_near(sensor: int, side: int) -> None:
    ranges = [0.15 if k == sensor else 2.0 for k in range(6)]
    for bearing in (-0.4, 0.0, 0.4):
        left, right = avoid_obstacles(row(ranges, bearing))[0]
        assert np.sign(right - left) == side


def test_before_a_wall_it_turns_to_the_side_of_the_target() -> None:
    near = [2.0, 0.3, 0.2, 0.2, 0.3, 2.0]
    for bearing, side in ((0.5, 1), (-0.5, -1), (0.0, 1)):
        left, right = reach_target(row(near, bearing))[0]
        assert np.sign(right - left) == side


def test_what_lies_beyond_the_target_is_no_obstacle() -> None:
    near = row([2.0, 2.0, 0.5, 0.5, 2.0, 2.0], distance_m=0.4)
    np.testing.assert_array_equal(reach_target(near), approach_target(near))


@given(st.lists(st.tuples(st.lists(st.floats(0, 2), min_size=6, max_size=6), st.floats(-pi, pi)), min_size=1))
def test_the_rule_is_an_action_for_any_observation_whatever_else_is_in_the_batch(rows) -> None:
    observations = np.vstack([row(ranges, bearing) for ranges, bearing in rows])
    actions = reach_target(observations)
    assert actions.shape == (len(rows), 2)
    assert np.abs(actions).max() <= 1.0 + 1e-12
    assert [reach_target(one[None])[0].tolist() for one in observations] == actions.tolist()


def test_the_rule_refuses_observations_of_other_sensors() -> None:
    with pytest.raises(ShapeError, match=r"observations has shape \(1, 9\); expected \(n_rows, 5\)"):
        reach_target(row(FAR), sensor_angles_deg=(30.0, -30.0))


@pytest.mark.parametrize(
    ("rule", "low", "high"), [(reach_target, 97, 100), (approach_target, 10, 60)], ids=["avoiding", "straight"]
)
def test_obstacles_matter_and_the_rule_solves_nearly_all_scenes(rule: Any, low: float, high: float) -> None:
    played = play(rule)
    assert low <= played["reached_percent"] <= high
    assert sum(played[f"{end}_percent"] for end in ("reached", "collided", "late")) == pytest.approx(100)
