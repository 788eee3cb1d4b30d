"""The contract of an environment: one start and the same actions give one episode, whatever was played before.

Results depend on it: a batch plays many episodes in one environment, and side by side with others.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

import gymnasium
import numpy as np

from neurosim_rl.environments import create_batch
from neurosim_rl.environments.action_parts import sampled
from neurosim_rl.environments.batch import EnvironmentBatch
from neurosim_rl.environments.spec import EnvironmentSpec, setup_errors
from neurosim_rl.errors import EnvironmentSetupError

COMPARED_STEPS = 50
"""Steps of the episode that is played three times."""
BETWEEN_STEPS = 200
"""Most steps of the other episode."""
START, OTHER_START = 1, 2
"""Seeds of the two episodes."""
ADVICE = (
    "Results would depend on the batch size and the number of workers. In reset(), call super().reset(seed=seed) and "
    "set every attribute anew; draw from self.np_random only."
)


@dataclass(frozen=True)
class _Moment:
    """Outcome of a reset (step 0) or of a step."""

    observation: np.ndarray
    reward: float = 0.0
    terminated: bool = False
    truncated: bool = False


def check_contract(spec: EnvironmentSpec, *, restarts: bool = False) -> None:
    """Raise unless an environment keeps the contract, in a few hundred steps of random actions.

    An episode is played alone. Then it is played in a second environment, step by step beside another episode in the
    first one. At last the first environment plays it again. The three must be equal to the last bit: observations,
    rewards, and ends. With the engine ``envpool``, both engines are tried.

    What an environment does decides, also where it is registered as nondeterministic: one that repeats its episodes is
    accepted, and one that does not is refused, because a run of it could be neither repeated nor resumed.

    Parameters
    ----------
    spec : EnvironmentSpec
    restarts : bool
        Whether the run has trials of several episodes: a reset without a seed must continue the random stream of the
        last seed.

    Raises
    ------
    EnvironmentSetupError
        When the environment is not the same twice, refuses a random action of its action space, or returns values that
        the loop cannot use.
    """
    for training in (False, True) if spec.options.engine == "envpool" else (False,):
        with create_batch(spec, 2, training=training) as batch:
            _check(batch, restarts)


def _check(batch: EnvironmentBatch, restarts: bool) -> None:
    actions = _random_actions(batch.spec, START, COMPARED_STEPS)
    others = _random_actions(batch.spec, OTHER_START, BETWEEN_STEPS)
    # Both environments are reset each time, because an environment may keep its state where all of them see it.
    alone = _play(batch, (START, OTHER_START), {0: actions}, restarts)[0]
    beside = _play(batch, (OTHER_START, START), {0: others, 1: actions}, restarts)[1]
    after = _play(batch, (START, OTHER_START), {0: actions}, restarts)[0]
    _compare(batch.spec, alone, after, "after another episode")
    _compare(batch.spec, alone, beside, "in a second environment, beside another episode")


def _random_actions(spec: EnvironmentSpec, seed: int, n: int) -> np.ndarray:
    space = deepcopy(spec.action_space)
    space.seed(seed)
    return sampled([space] * n)


def _play(
    batch: EnvironmentBatch, seeds: tuple[int, int], actions: Mapping[int, np.ndarray], restarts: bool
) -> dict[int, list[_Moment]]:
    """Return the episode of each environment that acts; environments without actions are only reset."""
    first = batch.reset(seeds)
    episodes = {element: [_Moment(first[element])] for element in actions}
    running = list(actions)
    for step in range(max(map(len, actions.values()))):
        running = [element for element in running if step < len(actions[element])]
        if not running:
            break
        try:
            with setup_errors(f"{batch.spec.options.id} refuses a random action", "Correct its action space."):
                found = batch.step(np.array(running), np.stack([actions[element][step] for element in running]))
        except EnvironmentSetupError:
            # Later errors may be those of physics that random actions drive apart. In a run, the individual fails.
            if step == 0:
                raise
            return episodes
        for row, element in enumerate(running):
            ends = bool(found.terminated[row]), bool(found.truncated[row])
            episodes[element].append(_Moment(found.observations[row], float(found.rewards[row]), *ends))
        running = [element for row, element in enumerate(running) if not found.ended[row]]
    if restarts:
        for element, episode in episodes.items():
            episode.append(_Moment(batch.restart(np.array([element]))[0]))
    return episodes


def _compare(spec: EnvironmentSpec, first: list[_Moment], again: list[_Moment], where: str) -> None:
    # An error may have ended one of them early, so only the common part is compared.
    for step, (one, other) in enumerate(zip(first, again, strict=False)):
        different = np.flatnonzero(one.observation != other.observation)
        if len(different):
            k = different[0]
            _refuse(spec, f"observation[{k}]", one.observation[k], other.observation[k], step, where)
        for name in ("reward", "terminated", "truncated"):
            if getattr(one, name) != getattr(other, name):
                _refuse(spec, name, getattr(one, name), getattr(other, name), step, where)


def _refuse(spec: EnvironmentSpec, what: str, one: object, other: object, step: int, where: str) -> None:
    registered = gymnasium.registry.get(spec.options.id.rpartition(":")[2])
    declared = ""
    if registered is not None and registered.nondeterministic:
        declared = " (it is registered as nondeterministic)"
    raise EnvironmentSetupError(
        f"{spec.options.id} is not the same twice{declared}: from one seed and with the same actions, {what} after "
        f"step {step} is {one} at first, and {other} {where}; expected equal episodes. {ADVICE}"
    )
