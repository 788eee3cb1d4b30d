"""Contract of decoders: actions of the space that depend on nothing but their own element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete, Space, Text

from neurosim_rl.bridge import Decoder
from neurosim_rl.bridge.decoder import NO_SPIKE
from neurosim_rl.errors import DecodingError, ShapeError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.testing.contract import Contract
from neurosim_rl.testing.making import first_of, maker_of, pickled

N_BATCH = 12
SPACES: tuple[Space, ...] = (
    Discrete(3),
    Box(np.array([[-1.0, 0.0], [-5.0, 2.0]]), np.array([[1.0, 10.0], [5.0, 3.0]]), dtype=np.float64),
)
"""Spaces of which a decoder takes at least one, where the caller names none."""
APART = "Keep one row for each element (index with active), and draw only from rngs[element]."


def check_decoder(
    decoder: type[Decoder] | Callable[[], Decoder],
    *,
    action_space: Space | None = None,
    window_ms: float = 20.0,
    **options: Any,
) -> None:
    """Raise unless a decoder keeps its contract.

    Checked are its options, that actions lie in the space for any counts, that a row alone equals the row in a batch,
    seeds, the reset between episodes, pickling into workers, that inputs are not changed, the mirror and the credit if
    there are any, and the errors for wrong shapes and unsuitable spaces.

    Parameters
    ----------
    decoder : type or callable
        A class derived from `neurosim_rl.bridge.Decoder`, or a function without arguments that returns a new one.
    action_space : gymnasium.spaces.Space or None
        None: a ``Discrete`` and a ``Box`` space are tried. A factory has its own.
    window_ms : float
    **options
        Options of a class.

    Raises
    ------
    ContractError
    """
    contract = Contract.of("check_decoder", decoder)
    make = _maker(contract, decoder, action_space, window_ms, options)
    first = first_of(contract, make, Decoder)  # type: ignore[type-abstract]
    n = first.n_outputs
    contract.expect(isinstance(n, int) and n >= 1, f"n_outputs is {n!r}; expected a whole number of at least 1")
    windows = _Windows(contract, first)
    together = windows.play(first, range(N_BATCH))
    for actions in together:
        _check_actions(contract, first.action_space, actions)
    again = windows.play(first, range(N_BATCH))
    contract.same("after start(), an episode is another one", together, again, "Forget earlier episodes in start().")
    contract.same("the same seeds give other actions", together, windows.play(make(), range(N_BATCH)), APART)
    copied = windows.play(pickled(contract, make)(), range(N_BATCH))
    contract.same("a worker's copy gives other actions", together, copied)
    for element in range(N_BATCH):
        alone = [actions[0] for actions in windows.play(make(), [element])]
        mine = [actions[element] for actions in together]
        contract.same(f"element {element} alone acts otherwise than in a batch of {N_BATCH}", mine, alone, APART)
    _check_refusals(contract, decoder, make, windows, window_ms, options)
    _check_mirror_and_credit(contract, first, together[0])


def _maker(
    contract: Contract, decoder: Any, space: Space | None, window_ms: float, options: dict[str, Any]
) -> Callable[[], Decoder]:
    """Return a maker for the given space, or for the first of `SPACES` that suits a class."""
    if not isinstance(decoder, type) or space is not None:
        context = {"action_space": space, "window_ms": window_ms}
        return maker_of(contract, decoder, "decoder", context, options)
    for one in SPACES:
        context = {"action_space": one, "window_ms": window_ms}
        make = maker_of(contract, decoder, "decoder", context, options)
        if contract.offers("making it", make) is not None:
            return make
    return contract.fail("it takes neither a Discrete nor a Box space", "Name its space: action_space=...")


class _Windows:
    """Made-up windows: few spikes, silence, many spikes; membranes or first steps where the decoder reads them."""

    def __init__(self, contract: Contract, decoder: Decoder) -> None:
        self.contract = contract
        rng, shape = np.random.default_rng(2), (N_BATCH, decoder.n_outputs)
        few, many = rng.integers(0, 3, shape), rng.integers(0, 10_000, shape)
        self.values: list[np.ndarray] = [few, np.zeros(shape, np.int64), many]
        if decoder.reads_membrane:
            self.values = [rng.normal(-60.0, 10.0, shape) for _ in range(3)]
        if decoder.reads_first_spikes:
            silent = np.full(shape, NO_SPIKE)
            self.values = [few + 1, silent, np.where(rng.random(shape) < 0.5, silent, many + 1)]

    def networks(self, decoder: Decoder) -> list[Network]:
        """Return a network for each element; they differ in the read-out weights that the decoder needs."""
        population, rng = Population("output", decoder.n_outputs), np.random.default_rng(5)
        networks = []
        for _ in range(N_BATCH):
            readout = None if decoder.readout_shape is None else rng.normal(size=decoder.readout_shape)
            networks.append(Network((population,), (), "output", "output", readout=readout))
        return networks

    def play(self, decoder: Decoder, chosen: Sequence[int]) -> list[np.ndarray]:
        """Return the actions of each window, when only the chosen elements share a batch."""
        networks, actions = self.networks(decoder), []
        rngs = [np.random.default_rng([3, element]) for element in chosen]
        active = np.arange(len(chosen))
        with self.contract.works("start() or decode()"):
            decoder.start([networks[element] for element in chosen])
            for values in self.values:
                given = values[list(chosen)]
                before = given.copy(), active.copy()
                actions.append(np.array(decoder.decode(given, active, rngs)))
                self.contract.same("decode() changes its arguments", before, (given, active), "Copy what you change.")
        return actions


def _check_actions(contract: Contract, space: Space, actions: np.ndarray) -> None:
    """Raise unless there is an action of the space for each row."""
    contract.expect(
        actions.ndim and len(actions) == N_BATCH,
        f"decode() gives shape {actions.shape} for {N_BATCH} rows; expected one action a row",
    )
    for row, action in enumerate(actions):
        one: Any = action
        if isinstance(space, Box):
            contract.expect(
                action.size == int(np.prod(space.shape)),
                f"decode() gives {action.size} values a row; expected {int(np.prod(space.shape))}, as {space} has",
            )
            one = action.reshape(space.shape).astype(space.dtype)
        contract.expect(space.contains(one), f"decode() gives {action} in row {row}; expected an action of {space}")


def _check_refusals(
    contract: Contract,
    decoder: Any,
    make: Callable[[], Decoder],
    windows: _Windows,
    window_ms: float,
    options: dict[str, Any],
) -> None:
    made = make()
    made.start(windows.networks(made))
    wider = np.concatenate([windows.values[0], windows.values[0][:, :1]], axis=1)
    rngs = [np.random.default_rng(row) for row in range(N_BATCH)]
    contract.refuses(
        f"an array of shape {wider.shape}",
        lambda: made.decode(wider, np.arange(N_BATCH), rngs),
        ShapeError,
        "has shape",
        "Use neurosim_rl.settings.checks.check_shape('counts', ...).",
    )
    if isinstance(decoder, type):
        space = Text(5)
        contract.refuses(
            "an action space of text",
            maker_of(contract, decoder, "decoder", {"action_space": space, "window_ms": window_ms}, options),
            DecodingError,
            str(space),
            "Check the space in __post_init__, and name another decoder.",
        )


def _check_mirror_and_credit(contract: Contract, decoder: Decoder, actions: np.ndarray) -> None:
    reflection = contract.offers("reflection()", decoder.reflection)
    if reflection is not None:
        contract.same(
            "the mirror of the mirror of an output is another output",
            np.arange(decoder.n_outputs),
            reflection.places[reflection.places],
        )
    credit = contract.offers("credit()", lambda: decoder.credit(actions))
    if credit is None:
        return
    shape = len(actions), decoder.n_outputs
    contract.expect(np.shape(credit) == shape, f"credit() has shape {np.shape(credit)}; expected {shape}")
    largest = float(np.abs(credit).max())
    contract.expect(largest <= 1.0, f"credit() reaches {largest:g}; expected values in [-1, 1]")
