"""Contract of critics: rewards of each element's own window, for the network and for each output neuron."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete

from neurosim_rl.bridge.decoders import RateDifference, WinnerTakesAll
from neurosim_rl.environments import Step
from neurosim_rl.learning.critics import Critic, Verdict
from neurosim_rl.testing.contract import Contract
from neurosim_rl.testing.making import first_of, maker_of, pickled

N_BATCH = 4
STAYS = (np.arange(N_BATCH), np.arange(N_BATCH), np.array([0, 2, 3]), np.array([2, 3]))
"""Running elements of each window of a batch in which elements end."""
DECODERS = (
    WinnerTakesAll(Discrete(3), 20.0, neurons_per_action=2),
    RateDifference(Box(-1.0, 2.0, (2,), np.float64), 20.0),
)
"""Decoders that credit output neurons, for both kinds of actions."""
APART = "Keep one value for each element (index with active)."


def check_critic(critic: type[Critic] | Callable[[], Critic], *, n_observations: int = 2, **options: Any) -> None:
    """Raise unless a critic keeps its contract, in made-up windows of a batch in which elements end.

    Checked are its options, the shapes of its rewards, that these are finite, that an element alone is judged as in a
    batch, the reset between trials, pickling into workers, and that inputs are not changed.

    Parameters
    ----------
    critic : type or callable
        A class derived from `neurosim_rl.learning.critics.Critic`, which is tried with choices and with continuous
        actions; or a function without arguments that returns a new one.
    n_observations : int
        Number of observed variables of the made-up windows.
    **options
        Options of a class.

    Raises
    ------
    ContractError
    """
    contract = Contract.of("check_critic", critic)
    for decoder in DECODERS if isinstance(critic, type) else DECODERS[:1]:
        context = {"decoder": decoder, "teach": _Pusher(decoder.action_space)}
        make = maker_of(contract, critic, "learning.critic", context, options)
        made = first_of(contract, make, Critic)  # type: ignore[type-abstract]
        trial = _Trial(contract, made.decoder, n_observations)
        together = trial.judged(made, range(N_BATCH))
        contract.same(
            "after start(), a trial is judged otherwise",
            together,
            trial.judged(made, range(N_BATCH)),
            "Forget earlier trials in start().",
        )
        copied = pickled(contract, make)()
        contract.same("a worker's copy judges otherwise", together, trial.judged(copied, range(N_BATCH)))
        for element in range(N_BATCH):
            mine = [row for k, row in zip(_elements(), together, strict=True) if k == element]
            what = f"element {element} alone is judged otherwise than in a batch of {N_BATCH}"
            contract.same(what, mine, trial.judged(made, [element]), APART)


class _Pusher:
    """A hand-written controller: the first action where the first variable is negative, the last one elsewhere.

    Parameters
    ----------
    space : gymnasium.spaces.Discrete or gymnasium.spaces.Box
    """

    def __init__(self, space: Any) -> None:
        is_choice = isinstance(space, Discrete)
        self._low: Any = 0 if is_choice else space.low
        self._high: Any = int(space.n) - 1 if is_choice else space.high

    def __call__(self, observations: np.ndarray) -> np.ndarray:
        """Return an action for each row of observations."""
        return np.array([self._low if row[0] < 0 else self._high for row in observations])


def _elements() -> list[int]:
    """Return the element of each row of a whole trial."""
    return [int(element) for stay in STAYS for element in stay]


class _Trial:
    """Made-up windows, which a critic judges alone or together."""

    def __init__(self, contract: Contract, decoder: Any, n_observations: int) -> None:
        self._contract, self._decoder = contract, decoder
        rng, shape = np.random.default_rng(1), (len(STAYS), N_BATCH)
        self._before, self._after = rng.normal(0, 1, (2, *shape, n_observations))
        self._rewards = rng.normal(0, 1, shape)
        self._ended = rng.random((2, *shape)) < 0.3
        space = decoder.action_space
        self._actions: np.ndarray
        if isinstance(space, Discrete):
            self._actions = int(space.start) + rng.integers(0, int(space.n), shape)
        else:
            self._actions = rng.uniform(space.low, space.high, (*shape, *space.shape))

    def judged(self, critic: Critic, chosen: Sequence[int]) -> list[np.ndarray]:
        """Return the reward of each running element in each window, followed by those of its output neurons."""
        rows: list[np.ndarray] = []
        with self._contract.works("start() or assess()"):
            critic.start(len(chosen))
            for window, stay in enumerate(STAYS):
                active = np.array([row for row, element in enumerate(chosen) if element in stay], np.int64)
                if active.size:
                    rows += self._window(critic, window, active, np.array(chosen)[active])
        return rows

    def _window(self, critic: Critic, window: int, active: np.ndarray, own: np.ndarray) -> list[np.ndarray]:
        terminated, truncated = self._ended[:, window, own]
        step = Step(self._after[window, own], self._rewards[window, own], terminated, truncated)
        observations, actions = self._before[window, own], self._actions[window, own]
        given = [active, observations, actions, step.observations, step.rewards]
        copies = [array.copy() for array in given]
        verdict = critic.assess(active, observations, actions, step)
        self._contract.same("assess() changes its arguments", copies, given, "Copy what you change.")
        return self._rows(verdict, len(active))

    def _rows(self, verdict: Verdict, n_rows: int) -> list[np.ndarray]:
        contract, n_outputs = self._contract, self._decoder.n_outputs
        contract.expect(isinstance(verdict, Verdict), f"assess() returned {type(verdict).__name__}; expected a Verdict")
        overall, outputs = np.asarray(verdict.overall), np.asarray(verdict.outputs)
        for name, array, shape in (("overall", overall, (n_rows,)), ("outputs", outputs, (n_rows, n_outputs))):
            contract.expect(array.shape == shape, f"{name} has shape {array.shape}; expected {shape}")
            contract.expect(np.isfinite(array).all(), f"{name} has rewards that are not finite")
        return list(np.column_stack([overall, outputs]))
