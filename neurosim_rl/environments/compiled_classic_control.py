"""Compiled steps of Gymnasium's classic tasks: its arithmetic, operation by operation, for many elements at once.

Each function repeats the expressions of ``gymnasium.envs.classic_control`` in their order, because the last bit of a
sum depends on it. Two kinds of function must come from the same library as there: cosines of `math` from the C library,
which numba calls too, and cosines of NumPy from NumPy itself, where the last bit depends on the processor: they
are arguments here. A square that NumPy takes by ``x ** 2`` of a number is the C library's ``pow``: the exponent is an
argument, since the compiler would replace a constant one by a product.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neurosim_rl.compilation import compiled


@compiled
def step_mountain_car(
    state: Any, active: Any, actions: Any, constants: Any, observations: Any, terminated: Any
) -> None:
    """Step ``MountainCarEnv``.

    Parameters
    ----------
    state : float64 array, shape (2, n_batch)
        Position and velocity; changed.
    active : int64 array, shape (n_rows,)
    actions : int64 array, shape (n_rows,)
    constants : (float, ...)
        Force, gravity, largest speed, lowest and highest position, position and velocity of the goal.
    observations : float32 array, shape (n_rows, 2)
        Result.
    terminated : bool array, shape (n_rows,)
        Result.
    """
    force, gravity, max_speed, lowest, highest, goal, goal_velocity = constants
    for row in range(len(active)):
        i = active[row]
        position, velocity = state[0, i], state[1, i]
        velocity += (actions[row] - 1) * force + math.cos(3 * position) * (-gravity)
        velocity = min(max(velocity, -max_speed), max_speed)
        position += velocity
        position = min(max(position, lowest), highest)
        if position == lowest and velocity < 0:
            velocity = 0.0
        terminated[row] = position >= goal and velocity >= goal_velocity
        state[0, i], state[1, i] = position, velocity
        observations[row, 0], observations[row, 1] = position, velocity


@compiled
def _roll(position: Any, velocity: Any, push: Any, max_speed: Any, lowest: Any, highest: Any) -> Any:
    """Return position and velocity of ``Continuous_MountainCarEnv`` after a push, in the precision of the arguments."""
    velocity += push
    if velocity > max_speed:
        velocity = max_speed
    if velocity < -max_speed:
        velocity = -max_speed
    position += velocity
    if position > highest:
        position = highest
    if position < lowest:
        position = lowest
    if position == lowest and velocity < 0:
        velocity = type(velocity)(0)
    return position, velocity


@compiled
def step_continuous_mountain_car(
    state: Any,
    is_first: Any,
    active: Any,
    actions: Any,
    constants: Any,
    observations: Any,
    rewards: Any,
    terminated: Any,
    two: Any,
) -> None:
    """Step ``Continuous_MountainCarEnv``: its state is float64 at the start of an episode and float32 afterwards.

    Parameters
    ----------
    state, active, observations, terminated
        See `step_mountain_car`.
    is_first : bool array, shape (n_rows,)
        Whether this is the first step of the episode.
    actions : float32 array, shape (n_rows,)
        Force, within its bounds.
    constants : (float, ...)
        Power, largest speed, lowest and highest position, position and velocity of the goal.
    rewards : float64 array, shape (n_rows,)
        Result.
    two : float
        2.0.
    """
    power, max_speed, lowest, highest, goal, goal_velocity = constants
    f32 = np.float32
    for row in range(len(active)):
        i = active[row]
        force = actions[row]
        if is_first[row]:
            position, velocity = state[0, i], state[1, i]
            push = force * f32(power) - f32(0.0025 * math.cos(3 * position))
            position, velocity = _roll(position, velocity, np.float64(push), max_speed, lowest, highest)
            terminated[row] = position >= goal and velocity >= goal_velocity
        else:
            low_position, low_velocity = f32(state[0, i]), f32(state[1, i])
            push = force * f32(power) - f32(0.0025 * math.cos(np.float64(f32(3) * low_position)))
            low_position, low_velocity = _roll(
                low_position, low_velocity, push, f32(max_speed), f32(lowest), f32(highest)
            )
            terminated[row] = low_position >= f32(goal) and low_velocity >= f32(goal_velocity)
            position, velocity = np.float64(low_position), np.float64(low_velocity)
        rewards[row] = (100.0 if terminated[row] else 0.0) - np.float64(force) ** two * 0.1
        observations[row, 0], observations[row, 1] = position, velocity
        state[0, i], state[1, i] = observations[row, 0], observations[row, 1]


@compiled
def step_cart_pole(
    state: Any, active: Any, actions: Any, cosine: Any, sine: Any, constants: Any, observations: Any, terminated: Any
) -> None:
    """Step ``CartPoleEnv``.

    Parameters
    ----------
    state : float64 array, shape (4, n_batch)
        Position and velocity of the cart, angle and angular velocity of the pole; changed.
    active, actions, observations, terminated
        See `step_mountain_car`.
    cosine, sine : float64 array, shape (n_rows,)
        Of the pole's angles.
    constants : (float, ...)
        Gravity, mass of the pole, of both, half the length of the pole, mass times length, size of the force, time
        step, limits of position and angle, and 1 for the Euler method or 0 for the semi-implicit one.
    """
    gravity, pole, total, length, pole_length, size, tau, x_limit, angle_limit, is_euler = constants
    for row in range(len(active)):
        i = active[row]
        x, x_dot, theta, theta_dot = state[0, i], state[1, i], state[2, i], state[3, i]
        force = size if actions[row] == 1 else -size
        c, s = cosine[row], sine[row]
        temp = (force + pole_length * (theta_dot * theta_dot) * s) / total
        theta_acc = (gravity * s - c * temp) / (length * (4.0 / 3.0 - pole * (c * c) / total))
        x_acc = temp - pole_length * theta_acc * c / total
        if is_euler != 0:
            x = x + tau * x_dot
            x_dot = x_dot + tau * x_acc
            theta = theta + tau * theta_dot
            theta_dot = theta_dot + tau * theta_acc
        else:
            x_dot = x_dot + tau * x_acc
            x = x + tau * x_dot
            theta_dot = theta_dot + tau * theta_acc
            theta = theta + tau * theta_dot
        terminated[row] = x < -x_limit or x > x_limit or theta < -angle_limit or theta > angle_limit
        state[0, i], state[1, i], state[2, i], state[3, i] = x, x_dot, theta, theta_dot
        observations[row, 0], observations[row, 1] = x, x_dot
        observations[row, 2], observations[row, 3] = theta, theta_dot


@compiled
def step_pendulum(
    state: Any, active: Any, torques: Any, angles: Any, sine: Any, constants: Any, rewards: Any, two: Any
) -> None:
    """Step ``PendulumEnv``.

    Parameters
    ----------
    state : float64 array, shape (2, n_batch)
        Angle and angular velocity; changed.
    active : int64 array, shape (n_rows,)
    torques : float32 array, shape (n_rows,)
    angles : float64 array, shape (n_rows,)
        Angles between -pi and pi.
    sine : float64 array, shape (n_rows,)
        Of the angles.
    constants : (float, ...)
        Largest torque and speed, ``3 g / (2 l)``, ``3 / (m l^2)``, time step.
    rewards : float64 array, shape (n_rows,)
        Result.
    two : float
        2.0.
    """
    max_torque, max_speed, pull, push, dt = constants
    f32 = np.float32
    for row in range(len(active)):
        i = active[row]
        theta, speed = state[0, i], state[1, i]
        torque = min(max(torques[row], f32(-max_torque)), f32(max_torque))
        cost = f32(0.001) * torque ** f32(two)
        rewards[row] = -(angles[row] ** two + 0.1 * speed**two + np.float64(cost))
        speed = speed + (pull * sine[row] + np.float64(f32(push) * torque)) * dt
        speed = min(max(speed, -max_speed), max_speed)
        state[0, i], state[1, i] = theta + speed * dt, speed


@compiled
def acrobot_accelerations(
    angles_and_speeds: Any,
    torque: Any,
    cosine_2: Any,
    sine_2: Any,
    cosine_1: Any,
    cosine_12: Any,
    constants: Any,
    derivative: Any,
    two: Any,
) -> None:
    """Compute the derivative of the states of ``AcrobotEnv`` (the equations of the book).

    Parameters
    ----------
    angles_and_speeds : float64 array, shape (4, n_rows)
        Both angles and both angular velocities.
    torque : float64 array, shape (n_rows,)
    cosine_2, sine_2 : float64 array, shape (n_rows,)
        Of the second angle.
    cosine_1, cosine_12 : float64 array, shape (n_rows,)
        Of the first angle, and of the sum of both, less pi / 2.
    constants : (float, ...)
        Masses of both links, length of the first, distances of both centres of mass, moment of inertia.
    derivative : float64 array, shape (4, n_rows)
        Result.
    two : float
        2.0.
    """
    m1, m2, l1, lc1, lc2, inertia = constants
    g = 9.8
    for row in range(len(torque)):
        speed_1, speed_2 = angles_and_speeds[2, row], angles_and_speeds[3, row]
        c2, s2 = cosine_2[row], sine_2[row]
        d1 = m1 * lc1**two + m2 * (l1**two + lc2**two + 2 * l1 * lc2 * c2) + inertia + inertia
        d2 = m2 * (lc2**two + l1 * lc2 * c2) + inertia
        phi2 = m2 * lc2 * g * cosine_12[row]
        phi1 = (
            -m2 * l1 * lc2 * speed_2**two * s2
            - 2 * m2 * l1 * lc2 * speed_2 * speed_1 * s2
            + (m1 * lc1 + m2 * l1) * g * cosine_1[row]
            + phi2
        )
        acceleration_2 = (torque[row] + d2 / d1 * phi1 - m2 * l1 * lc2 * speed_1**two * s2 - phi2) / (
            m2 * lc2**two + inertia - d2**two / d1
        )
        derivative[0, row], derivative[1, row] = speed_1, speed_2
        derivative[2, row] = -(d2 * acceleration_2 + phi1) / d1
        derivative[3, row] = acceleration_2


@compiled
def limit_acrobot(state: Any, max_speed_1: Any, max_speed_2: Any) -> None:
    """Wrap the angles to [-pi, pi] and bound the speeds; ``state``: shape (4, n_rows), changed."""
    for row in range(state.shape[1]):
        for k in range(2):
            while state[k, row] > math.pi:
                state[k, row] -= 2 * math.pi
            while state[k, row] < -math.pi:
                state[k, row] += 2 * math.pi
        state[2, row] = min(max(state[2, row], -max_speed_1), max_speed_1)
        state[3, row] = min(max(state[3, row], -max_speed_2), max_speed_2)
