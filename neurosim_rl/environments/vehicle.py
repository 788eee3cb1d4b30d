"""A two-wheeled robot that drives to a target among obstacles, as a Gymnasium environment."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, hypot, sin, sqrt
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box

from neurosim_rl.environments.vehicle_geometry import clearance, drive, ray_lengths
from neurosim_rl.environments.vehicle_scene import ROBOT_RADIUS_M, TARGET_RADIUS_M, Scene, random_scene
from neurosim_rl.errors import ConfigurationError, DecodingError
from neurosim_rl.settings.checks import check_shape, unknown_name
from neurosim_rl.settings.options import option, read_options

ID = "neurosim_rl/TargetReachingVehicle-v0"
"""Gymnasium id of the environment."""

WHEEL_BASE_M = 0.33
"""Distance between the wheels of a Pioneer P3-DX."""

TIME_STEP_S = 0.1

ARRIVAL_REWARD = 10.0
COLLISION_REWARD = -10.0

SENSOR_ANGLES_DEG = (75.0, 45.0, 15.0, -15.0, -45.0, -75.0)
"""Directions of six sensors, from left to right, over the whole front.

If all lie within 50 degrees, a controller without memory touches obstacles at its sides in about 6 % of scenes.
"""


@dataclass(frozen=True)
class VehicleOptions:
    """Keyword arguments of `TargetReachingVehicleEnv`."""

    n_obstacles: int = option(8, "number of obstacles, round or rectangular with equal probability", low=0)
    arena_m: float = option(8.0, "side of the square arena in m", low=3.0)
    gap_m: float = option(0.6, "smallest gap in m between obstacles, and between obstacles and walls", low=0.0)
    sensor_angles_deg: tuple = option(
        SENSOR_ANGLES_DEG, "directions of range sensors in degrees to the left of the heading", low=-180.0, high=180.0
    )
    sensor_range_m: float = option(2.0, "largest range of a sensor in m", low=0.1)
    noise_m: float = option(0.0, "standard deviation in m of Gaussian noise on each range", low=0.0)
    max_speed_m_s: float = option(0.5, "speed in m/s of a wheel at an action of 1", low=0.01, high=2.0)


class TargetReachingVehicleEnv(gymnasium.Env):
    """``neurosim_rl/TargetReachingVehicle-v0``: reach a target in an arena with obstacles, on two driven wheels.

    The robot is a disc of radius 0.25 m with wheels 0.33 m apart. In each step of 0.1 s, each wheel turns at the speed
    of the action, and the robot moves exactly along the resulting arc. Each reset draws a new scene: start, heading,
    target and obstacles; a grid search ensures that a way exists. Lengths are in m.

    Observation
    -----------
    ``Box``, float32, shape (n_sensors + 3,): the ranges, 0 to 2 m, from the robot's rim to the nearest obstacle at 75,
    45, 15, -15, -45 and -75 degrees from the heading (left is positive); sine and cosine of the target's bearing, its
    angle from the heading; and the distance of the target from the robot's centre, 0 to the diagonal of the arena.

    Action
    ------
    ``Box``, float32, shape (2,): speeds of the left and the right wheel, in [-1, 1] of 0.5 m/s; speeds beyond are
    clipped.

    Reward
    ------
    The decrease of the distance to the target in this step, in m; plus 10 on arrival, or minus 10 for a collision.

    Episode end
    -----------
    Terminated by a collision, if an obstacle or a wall is closer to the centre than the radius at the end of a step, or
    by arrival, if the target is within 0.3 m of the centre. ``info["collided"]`` and ``info["reached"]`` hold the
    reason. Both at once is a collision. Truncated after 400 steps, 40 s.

    Parameters
    ----------
    render_mode : None or "rgb_array"
    n_obstacles : int, default 8
        Number of obstacles: round (radius 0.25 to 0.5 m) or rectangular (sides 0.4 to 1 m) with equal probability.
    arena_m : float, default 8
        Side of the square arena, at least 3 m.
    gap_m : float, default 0.6
        Smallest gap between obstacles, and between obstacles and walls; the robot is 0.5 m wide.
    sensor_angles_deg : sequence of float, default (75, 45, 15, -15, -45, -75)
        Direction of each range sensor, to the left of the heading.
    sensor_range_m : float, default 2
        Range of a sensor without an obstacle nearby.
    noise_m : float, default 0
        Standard deviation of Gaussian noise on each range, drawn from the environment's generator; the result is
        clipped to the sensor's range.
    max_speed_m_s : float, default 0.5
        Speed of a wheel at an action of 1; at most 2, so that a step is never longer than the robot's radius.

    Raises
    ------
    ConfigurationError
        For an unknown or impossible option.

    Notes
    -----
    ``reset(options={"scene": scene})`` starts in a given `Scene`. The controller `vehicle_rule.reach_target` reaches
    the target in nearly all scenes.

    Source
    ------
    The task of Bing et al. 2019, Front. Neurorobot. 13:18, who simulated a Pioneer P3-DX with six sonars. Sizes of
    arena and obstacles, ranges and rewards are not published; they were chosen here.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": round(1.0 / TIME_STEP_S)}
    dt = TIME_STEP_S

    def __init__(self, *, render_mode: str | None = None, **options: Any) -> None:
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise unknown_name("render_mode of TargetReachingVehicle", str(render_mode), self.metadata["render_modes"])
        self.render_mode = render_mode
        self.options = VehicleOptions(**read_options(VehicleOptions, options, "TargetReachingVehicle"))
        if not self.options.sensor_angles_deg:
            raise ConfigurationError(
                "TargetReachingVehicle.sensor_angles_deg is empty; expected one angle for each sensor. Set one."
            )
        self._angles = np.radians(np.array(self.options.sensor_angles_deg, dtype=np.float64))
        n_sensors = len(self._angles)
        diagonal_m = sqrt(2.0) * self.options.arena_m
        low = np.array([0.0] * n_sensors + [-1.0, -1.0, 0.0], np.float32)
        high = np.array([self.options.sensor_range_m] * n_sensors + [1.0, 1.0, diagonal_m], np.float32)
        self.observation_space = Box(low, high, dtype=np.float32)
        self.action_space = Box(-1.0, 1.0, (2,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start in a new scene, or in ``options["scene"]``; return the observation and info.

        Raises
        ------
        UnknownNameError
            For another option.
        ConfigurationError
            When the option is not a scene, or its arena has another size.
        EnvironmentSetupError
            When the obstacles do not fit into the arena.
        """
        super().reset(seed=seed)
        self.scene = self._scene(options or {})
        self.pose = self.scene.start
        self.trail = [self.pose[:2]]
        observation, self._distance_m = self._observe()
        return observation, {"reached": False, "collided": False}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Drive for one time step; return observation, reward, terminated, truncated (never) and info.

        Raises
        ------
        ShapeError
            When the number of speeds is not 2.
        DecodingError
            For NaN.
        """
        check_shape("action", action, (2,))
        if np.isnan(action).any():
            raise DecodingError(
                f"action is {np.asarray(action).tolist()}; expected two speeds in [-1, 1], not nan. Check the decoder."
            )
        scale = TIME_STEP_S * self.options.max_speed_m_s
        left_m, right_m = [scale * min(max(float(speed), -1.0), 1.0) for speed in action]
        self.pose = drive(*self.pose, left_m, right_m, WHEEL_BASE_M)
        self.trail.append(self.pose[:2])
        before = self._distance_m
        observation, self._distance_m = self._observe()
        collided = clearance(*self.pose[:2], self.scene.circles, self.scene.segments) < ROBOT_RADIUS_M
        reached = not collided and self._distance_m <= TARGET_RADIUS_M
        reward = before - self._distance_m + COLLISION_REWARD * collided + ARRIVAL_REWARD * reached
        return observation, reward, collided or reached, False, {"reached": reached, "collided": collided}

    def render(self) -> np.ndarray | None:  # type: ignore[override]
        """Return the scene, the robot and its trail as an image, shape (480, 480, 3), uint8; None without a mode."""
        if self.render_mode is None:
            return None
        from neurosim_rl.environments.vehicle_drawing import image

        return image(self.scene, self.pose, self.trail, self._angles, self._ranges)

    def _scene(self, options: dict[str, Any]) -> Scene:
        for key in options:
            if key != "scene":
                raise unknown_name("reset option", key, ["scene"])
        scene = options.get("scene")
        if scene is None:
            own = self.options
            return random_scene(self.np_random, n_obstacles=own.n_obstacles, arena_m=own.arena_m, gap_m=own.gap_m)
        if not isinstance(scene, Scene):
            raise ConfigurationError(
                f"the reset option 'scene' is a {type(scene).__name__}; expected a Scene. Pass a "
                "neurosim_rl.environments.vehicle_scene.Scene."
            )
        if scene.arena_m != self.options.arena_m:
            raise ConfigurationError(
                f"the scene's arena has a side of {scene.arena_m:g} m; expected {self.options.arena_m:g} m. "
                "Set arena_m."
            )
        return scene

    def _observe(self) -> tuple[np.ndarray, float]:
        """Return the observation, and the distance to the target in m."""
        x, y, heading = self.pose
        lengths = ray_lengths(x, y, heading, self._angles, self.scene.circles, self.scene.segments) - ROBOT_RADIUS_M
        if self.options.noise_m:
            lengths += self.np_random.normal(0.0, self.options.noise_m, len(lengths))
        self._ranges = np.clip(lengths, 0.0, self.options.sensor_range_m)
        to_x, to_y = self.scene.target[0] - x, self.scene.target[1] - y
        bearing, distance_m = atan2(to_y, to_x) - heading, hypot(to_x, to_y)
        observation = np.empty(len(lengths) + 3, np.float32)
        observation[:-3] = self._ranges
        observation[-3:] = sin(bearing), cos(bearing), distance_m
        return observation, distance_m
