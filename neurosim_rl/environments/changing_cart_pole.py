"""A pole on a cart with hidden properties that each trial draws anew, as a Gymnasium environment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.classic_control import CartPoleEnv

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.checks import unknown_name
from neurosim_rl.settings.options import option, read_options


@dataclass(frozen=True)
class ChangingCartPoleOptions:
    """Keyword arguments of `ChangingCartPoleEnv`."""

    half_length_m: tuple = option((0.25, 1.0), "smallest and largest half length of the pole in m", low=0.05, high=10.0)
    flip_probability: float = option(0.5, "probability that the two actions are exchanged", low=0, high=1)

    def __post_init__(self) -> None:
        """Check the range of lengths."""
        if len(self.half_length_m) != 2 or self.half_length_m[0] > self.half_length_m[1]:
            raise ConfigurationError(
                f"ChangingCartPole.half_length_m = {list(self.half_length_m)}; expected two numbers in rising order, "
                "such as [0.25, 1.0]."
            )


class ChangingCartPoleEnv(CartPoleEnv):
    """``neurosim_rl/ChangingCartPole-v0``: ``CartPole-v1`` with a hidden pole length and a hidden action order.

    A reset with a seed draws a world: half the length of the pole is log-uniform between 0.25 and 1 m (``CartPole-v1``:
    0.5 m; the mass stays 0.1 kg), and with probability 1/2 the two actions are exchanged. A reset without a seed begins
    another episode in the same world, from a new start. So in a trial of several episodes, a controller can find out
    properties that no observation contains. A controller without memory can be right in half of the worlds only.

    Observation
    -----------
    As in ``CartPole-v1``: cart position (m), cart velocity (m/s), pole angle (rad), pole angular velocity (rad/s).

    Action
    ------
    ``Discrete(2)``: 0 pushes left and 1 right. If actions are exchanged, 0 pushes right and 1 left.

    Reward
    ------
    1 for each step.

    Episode end
    -----------
    As in ``CartPole-v1``: terminated when the pole is beyond 12 degrees or the cart beyond 2.4 m, truncated after 500
    steps.

    Parameters
    ----------
    render_mode : None, "human" or "rgb_array"
    half_length_m : (float, float), default (0.25, 1.0)
        Smallest and largest half length of the pole in m; two equal numbers fix it.
    flip_probability : float, default 0.5
        Probability that the actions are exchanged.

    Raises
    ------
    ConfigurationError
        For an unknown or impossible option.

    Attributes
    ----------
    length : float
        Half the pole's length in this world, in m (Gymnasium's name).
    flipped : bool
        Whether the actions are exchanged in this world.

    Notes
    -----
    ``info`` of each reset holds ``half_length_m`` and ``flipped``, for analysis.
    """

    def __init__(self, *, render_mode: str | None = None, **options: Any) -> None:
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise unknown_name("render_mode of ChangingCartPole", str(render_mode), self.metadata["render_modes"])
        super().__init__(render_mode=render_mode)
        self.options = ChangingCartPoleOptions(**read_options(ChangingCartPoleOptions, options, "ChangingCartPole"))
        self.flipped = False
        self._has_world = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode: in a new world if a seed is given or no world exists yet, else in the same world.

        Options are those of ``CartPole-v1``: ``low`` and ``high``, the bounds of the start.
        """
        if seed is not None or not self._has_world:
            gymnasium.Env.reset(self, seed=seed)
            self._draw_world()
        observation, info = super().reset(options=options)
        return observation, {**info, "half_length_m": self.length, "flipped": self.flipped}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Push for one time step, in the opposite direction if actions are exchanged."""
        if self.flipped and action in (0, 1):
            action = 1 - action
        return super().step(action)

    def _draw_world(self) -> None:
        """Draw the length of the pole and the order of actions."""
        # The functions of Python's `math`: those of NumPy differ between processors with AVX512 and without.
        shortest, longest = map(math.log, self.options.half_length_m)
        self.length = math.exp(self.np_random.uniform(shortest, longest))
        self.polemass_length = self.masspole * self.length
        self.flipped = bool(self.np_random.random() < self.options.flip_probability)
        self._has_world = True
