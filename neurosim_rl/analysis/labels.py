"""What figures call a task's observed variables, actions and output neurons."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from gymnasium.spaces import Discrete

from neurosim_rl.bridge.decoder import Decoder
from neurosim_rl.bridge.decoders import RateDifference, WinnerTakesAll
from neurosim_rl.bridge.tuned_encoders import TunedEncoder

if TYPE_CHECKING:
    from neurosim_rl.optimizees import ClosedLoop

SWEEP_POINTS = 1000
"""Enough to meet every bin of a one-hot tuning."""


@dataclass(frozen=True)
class Labels:
    """Names for figures.

    Parameters
    ----------
    observations : tuple of str
        Name and unit of each observed variable.
    actions : tuple of str
        Discrete: the name of each action. Box: name and unit of each dimension.
    inputs : tuple of str
        For each input neuron, the observed variable that it responds to; empty where each responds to all.
    outputs : tuple of str
        Name of each output neuron: what its spikes speak for; empty where outputs are read by their membranes. A policy
        without neurons has neither.
    discrete : bool
        Whether an action is one of a few.
    first_action : int
        Number of the first discrete action.
    """

    observations: tuple[str, ...]
    actions: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    discrete: bool
    first_action: int = 0

    @classmethod
    def of(cls, optimizee: ClosedLoop) -> Labels:
        """Return a task's labels; what the task does not name is numbered."""
        space = optimizee.environment.action_space
        discrete = isinstance(space, Discrete)
        n_actions = int(space.n) if isinstance(space, Discrete) else math.prod(space.shape or ())
        actions = _named(optimizee.action_labels, "action", n_actions)
        observations = _named(optimizee.observation_labels, "observation", len(optimizee.environment.observation_low))
        inputs: tuple[str, ...] = ()
        outputs: tuple[str, ...] = ()
        if optimizee.has_neurons:
            if isinstance(optimizee.encoder, TunedEncoder):
                inputs = tuple(without_unit(observations[k]) for k in driving_variables(optimizee.encoder))
            outputs = _output_names(optimizee.decoder, actions)
        return cls(
            observations=observations,
            actions=actions,
            inputs=inputs,
            outputs=outputs,
            discrete=discrete,
            first_action=int(space.start) if isinstance(space, Discrete) else 0,
        )


def without_unit(label: str) -> str:
    """Return a label without the unit in parentheses at its end.

    Examples
    --------
    >>> without_unit("pole angle (rad)")
    'pole angle'
    """
    return label.rpartition(" (")[0] or label


def driving_variables(encoder: TunedEncoder) -> np.ndarray:
    """Return the index of the observed variable that moves each input neuron most, shape (n_inputs,).

    Each variable is swept over its bounds while the others stay in the middle of theirs.
    """
    swings = []
    for k in range(len(encoder.low)):
        sweep = np.tile((encoder.low + encoder.high) / 2, (SWEEP_POINTS, 1))
        sweep[:, k] = np.linspace(encoder.low[k], encoder.high[k], SWEEP_POINTS)
        swings.append(np.ptp(encoder.activity(sweep), axis=0))
    return np.argmax(swings, axis=0)


def _named(labels: tuple[str, ...], kind: str, n: int) -> tuple[str, ...]:
    return labels if len(labels) == n else tuple(f"{kind} {k}" for k in range(n))


def _output_names(decoder: Decoder, actions: tuple[str, ...]) -> tuple[str, ...]:
    if decoder.reads_membrane:
        return ()
    if isinstance(decoder, WinnerTakesAll):
        return _repeated(actions, decoder.neurons_per_action)
    if isinstance(decoder, RateDifference):
        sides = tuple(f"{verb} {without_unit(a)}" for a in actions for verb in ("raises", "lowers"))
        return _repeated(sides, decoder.neurons_per_side)
    return tuple(f"output {k}" for k in range(decoder.n_outputs))


def _repeated(names: tuple[str, ...], times: int) -> tuple[str, ...]:
    return names if times == 1 else tuple(f"{name} #{k}" for name in names for k in range(1, times + 1))
