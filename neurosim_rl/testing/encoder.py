"""Contract of encoders: a drive that fits, depends on nothing but its own element, and refuses NaN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from neurosim_rl.bridge import Currents, Encoder, SpikeTrains
from neurosim_rl.bridge.drive import Drive
from neurosim_rl.errors import EncodingError, ShapeError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.simulators.checks import check_drive
from neurosim_rl.testing.contract import Contract
from neurosim_rl.testing.making import first_of, maker_of, pickled

N_BATCH = 5
STAYS = (np.arange(N_BATCH), np.array([0, 2, 3, 4]), np.array([2, 4]))
"""Running elements of each window of a batch in which elements end."""
APART = "Keep one row for each element (index with active), and draw only from rngs[element]."
RESET = "Forget earlier episodes in start()."


def check_encoder(
    encoder: type[Encoder] | Callable[[], Encoder],
    *,
    low: Sequence[float] = (-1.2, 0.0),
    high: Sequence[float] = (0.6, 10.0),
    window_ms: float = 20.0,
    resolution_ms: float = 0.2,
    **options: Any,
) -> None:
    """Raise unless an encoder keeps its contract.

    Checked are its options, the form of its drive, that a row alone equals the row in a batch, seeds, the reset
    between episodes, pickling into workers, that inputs are not changed, the mirror if there is one, and the errors
    for NaN and wrong shapes.

    Parameters
    ----------
    encoder : type or callable
        A class derived from `neurosim_rl.bridge.Encoder`, or a function without arguments that returns a new one.
    low, high : sequence of float
        Bounds of the observed variables.
    window_ms, resolution_ms : float
        Context of a class. A factory has its own, and `low` and `high` must be its bounds.
    **options
        Options of a class.

    Raises
    ------
    ContractError
        One line: what is checked, what was expected, and what came.
    """
    contract = Contract.of("check_encoder", encoder)
    bounds = np.asarray(low, np.float64), np.asarray(high, np.float64)
    contract.expect(
        bounds[0].ndim == 1 and bounds[0].shape == bounds[1].shape and (bounds[0] < bounds[1]).all(),
        f"low is {low!r} and high is {high!r}; expected two sequences of one length, with low below high everywhere",
    )
    context = {"low": bounds[0], "high": bounds[1], "window_ms": window_ms, "resolution_ms": resolution_ms}
    make = maker_of(contract, encoder, "encoder", context, options)
    episodes = _Episodes(contract, np.random.default_rng(1).uniform(*bounds, (len(STAYS), N_BATCH, len(bounds[0]))))
    first = first_of(contract, make, Encoder)  # type: ignore[type-abstract]
    _check_form(contract, first, episodes, bounds)
    together = episodes.play(first, range(N_BATCH))
    contract.same("after start(), an episode is another one", together, episodes.play(first, range(N_BATCH)), RESET)
    contract.same("the same seeds give another drive", together, episodes.play(make(), range(N_BATCH)), APART)
    copied = episodes.play(pickled(contract, make)(), range(N_BATCH))
    contract.same("a worker's copy gives another drive", together, copied)
    for element in range(N_BATCH):
        alone = episodes.play(make(), [element])
        mine = [drive for k, drive in zip(episodes.elements(range(N_BATCH)), together, strict=True) if k == element]
        contract.same(f"element {element} alone gets another drive than in a batch of {N_BATCH}", mine, alone, APART)
    _check_refusals(contract, make, episodes)
    _check_mirror(contract, make, episodes)


class _Episodes:
    """Made-up episodes of a batch, played with an encoder alone or together."""

    def __init__(self, contract: Contract, observations: np.ndarray) -> None:
        self.contract = contract
        self.observations = observations

    def networks(self, encoder: Encoder) -> list[Network]:
        """Return a network for each element; they differ in the read-in weights that the encoder needs."""
        n, source = encoder.n_inputs, encoder.drives_spikes
        populations = Population("input", n, SPIKE_SOURCE if source else "iaf_psc_alpha"), Population("output", 1)
        rng, networks = np.random.default_rng(2), []
        for _ in range(N_BATCH):
            read_in = None if encoder.read_in_shape is None else rng.normal(0, 100, encoder.read_in_shape)
            networks.append(
                Network(populations, (), "input", "output", resolution_ms=encoder.resolution_ms, read_in=read_in)
            )
        return networks

    def elements(self, chosen: Sequence[int]) -> list[int]:
        """Return the element of each drive of `play`."""
        return [int(element) for stay in STAYS for element in stay if element in chosen]

    def play(self, encoder: Encoder, chosen: Sequence[int]) -> list[list[np.ndarray]]:
        """Return the drive of each running element in each window, when only the chosen ones share a batch."""
        networks = self.networks(encoder)
        rngs = [np.random.default_rng([3, element]) for element in chosen]
        drives: list[list[np.ndarray]] = []
        with self.contract.works("start() or encode()"):
            encoder.start([networks[element] for element in chosen])
            for observations, stay in zip(self.observations, STAYS, strict=True):
                active = np.array([row for row, element in enumerate(chosen) if element in stay], np.int64)
                if active.size:
                    drives += self._encoded(encoder, observations[list(chosen)][active], active, rngs)
        return drives

    def _encoded(
        self, encoder: Encoder, observations: np.ndarray, active: np.ndarray, rngs: list[np.random.Generator]
    ) -> list[list[np.ndarray]]:
        given = observations.copy(), active.copy()
        drive = encoder.encode(observations, active, rngs)
        self.contract.same("encode() changes its arguments", given, (observations, active), "Copy what you change.")
        return [rows_of_drive(drive, row) for row in range(len(active))]


def rows_of_drive(drive: Drive, row: int) -> list[np.ndarray]:
    """Return copies of what a drive holds for one row."""
    if isinstance(drive, Currents):
        return [drive.pa[row].copy()]
    mine = drive.row == row
    return [drive.input[mine], drive.step[mine]]


def _check_form(
    contract: Contract, encoder: Encoder, episodes: _Episodes, bounds: tuple[np.ndarray, np.ndarray]
) -> None:
    n = encoder.n_inputs
    contract.expect(isinstance(n, int) and n >= 1, f"n_inputs is {n!r}; expected a whole number of at least 1")
    networks, active = episodes.networks(encoder)[:2], np.arange(2)
    rngs = [np.random.default_rng(row) for row in range(2)]
    with contract.works("encode() of both bounds"):
        encoder.start(networks)
        drive = encoder.encode(np.stack(bounds), active, rngs)
    wanted = SpikeTrains if encoder.drives_spikes else Currents
    contract.expect(
        isinstance(drive, wanted),
        f"drives_spikes is {encoder.drives_spikes}, so the drive is {wanted.__name__}; got {type(drive).__name__}",
    )
    phases = encoder.phases(drive)
    total_ms = sum(part_ms for _, part_ms in phases)
    contract.expect(
        abs(total_ms - encoder.window_ms) < 1e-9,
        f"phases() last {total_ms:g} ms together; expected the window, {encoder.window_ms:g} ms",
    )
    for part, part_ms in phases:
        with contract.works("a simulator refuses the drive: it"):
            check_drive(part, networks[0], 2, round(part_ms / encoder.resolution_ms))
    before = [rows_of_drive(drive, row) for row in range(2)]
    encoder.encode(np.stack(bounds[::-1]), active, rngs)
    after = [rows_of_drive(drive, row) for row in range(2)]
    contract.same("the next encode() changes an earlier drive", before, after, "Return a new array each time.")


def _check_refusals(contract: Contract, make: Callable[[], Encoder], episodes: _Episodes) -> None:
    good = episodes.observations[0, :2]
    bad = good.copy()
    bad[1, -1] = np.nan

    def encode(observations: np.ndarray) -> object:
        encoder = make()
        encoder.start(episodes.networks(encoder)[:2])
        return encoder.encode(observations, np.arange(2), [np.random.default_rng(row) for row in range(2)])

    index = good.shape[1] - 1
    advice = "A spiking network would get no input, or any, without a word. Name the observation and its value."
    contract.refuses("NaN", lambda: encode(bad), EncodingError, f"observation[{index}] is nan", advice)
    wider = np.concatenate([good, good[:, :1]], axis=1)
    contract.refuses(
        f"observations of shape {wider.shape}",
        lambda: encode(wider),
        ShapeError,
        "observations has shape",
        "Use neurosim_rl.settings.checks.check_shape('observations', ...).",
    )


def _check_mirror(contract: Contract, make: Callable[[], Encoder], episodes: _Episodes) -> None:
    """Check the reflection of the variables whose bounds are symmetric, if the encoder offers one."""
    encoder = make()
    variables = np.flatnonzero(encoder.low == -encoder.high).tolist()
    reflection = contract.offers("reflection()", lambda: encoder.reflection(variables)) if variables else None
    if reflection is None:
        return
    contract.expect(
        len(reflection) == encoder.n_inputs,
        f"reflection() has {len(reflection)} values; expected one for each of {encoder.n_inputs} inputs",
    )
    twice = reflection.places[reflection.places]
    contract.same("the mirror of the mirror of an input is another input", np.arange(len(reflection)), twice)
    if encoder.drives_spikes or encoder.read_in_shape is not None:
        return  # random draws, and weights of the genome, have mirrors of their own
    signs = np.ones(len(encoder.low))
    signs[variables] = -1
    observations = episodes.observations[0]
    one, other = (_currents_pa(encoder, values, episodes) for values in (observations, observations * signs))
    mirrored = np.allclose(reflection.apply(one), other, rtol=1e-9, atol=1e-6)
    contract.expect(mirrored, "a mirrored observation does not give the mirrored drive that reflection() promises")


def _currents_pa(encoder: Encoder, observations: np.ndarray, episodes: _Episodes) -> np.ndarray:
    """Return the currents of the first window of new episodes, shape (N_BATCH, n_inputs)."""
    encoder.start(episodes.networks(encoder))
    rngs = [np.random.default_rng([3, element]) for element in range(N_BATCH)]
    drive = encoder.encode(observations, np.arange(N_BATCH), rngs)
    assert isinstance(drive, Currents)
    return drive.pa
