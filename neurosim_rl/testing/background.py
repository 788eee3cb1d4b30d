"""Contract of backgrounds: sources beside the network, and spikes of each element's own."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from neurosim_rl.bridge import Background, Currents, SpikeTrains
from neurosim_rl.bridge.drive import Drive
from neurosim_rl.networks.network import Network
from neurosim_rl.simulators import create_simulator
from neurosim_rl.simulators.checks import check_drive, share_layout
from neurosim_rl.testing.contract import Contract
from neurosim_rl.testing.learning_trial import N_IN, small_network
from neurosim_rl.testing.making import first_of, maker_of, pickled

N_BATCH = 4
STAYS = (np.arange(N_BATCH), np.array([0, 2, 3]), np.array([2, 3]))
"""Running elements of each window of a batch in which elements end."""
PARTS_MS = (0.1, 19.9)
"""Durations of the parts of a window, as an encoder with pulses gives them."""
APART = "Keep one row for each element (index with active), and draw only from rngs[element]."
Window = list[tuple[Drive, float]]


def check_background(background: type[Background] | Callable[[], Background], **options: Any) -> None:
    """Raise unless a background keeps its contract, with small networks of 0.1 ms resolution.

    Checked are its options, that it adds sources and changes nothing else of a network, that networks with other
    weights share a batch, that the drive of the encoder stays as it is, the form of the spikes, that an element alone
    gets the spikes that it gets in a batch, the reset between episodes, seeds, pickling into workers, and that NEST and
    the compiled simulator play the same.

    Parameters
    ----------
    background : type or callable
        A class derived from `neurosim_rl.bridge.Background`, or a function without arguments that returns a new one.
    **options
        Options of a class.

    Raises
    ------
    ContractError
    """
    contract = Contract.of("check_background", background)
    make = maker_of(contract, background, "background", {"resolution_ms": 0.1}, options)
    made = first_of(contract, make, Background)
    own = [small_network(seed) for seed in range(N_BATCH)]
    # One layout for all, as those of a model have that differ in weights only.
    own = [own[0].with_weights([p.weight_pa for p in one.projections]) for one in own]
    with contract.works("added_to()"):
        networks = [made.added_to(network) for network in own]
    _check_networks(contract, made, own, networks)
    together = _episode(contract, made, networks, range(N_BATCH))
    again = _episode(contract, made, networks, range(N_BATCH))
    contract.same("after start(), an episode is another one", together, again, "Forget earlier episodes in start().")
    copied = pickled(contract, make)()
    others = [copied.added_to(network) for network in own]
    contract.same("a worker's copy gives other spikes", together, _episode(contract, copied, others, range(N_BATCH)))
    for element in range(N_BATCH):
        alone = _episode(contract, made, networks, [element])
        mine = [spikes for k, spikes in zip(_elements(range(N_BATCH)), together, strict=True) if k == element]
        contract.same(f"element {element} alone gets other spikes than in a batch of {N_BATCH}", mine, alone, APART)
    _check_simulators(contract, made, networks)


def _check_networks(contract: Contract, made: Background, own: list[Network], networks: list[Network]) -> None:
    """Raise unless networks get sources behind what they have, and still share a batch."""
    for before, after in zip(own, networks, strict=True):
        contract.expect(isinstance(after, Network), f"added_to() returned {type(after).__name__}; expected a Network")
        n_populations, n_projections = len(before.populations), len(before.projections)
        kept = (*after.populations[:n_populations], *after.projections[:n_projections])
        whole = (*before.populations, *before.projections)
        contract.expect(
            len(kept) == len(whole) and all(map(operator.is_, kept, whole)),
            "added_to() changes populations or projections of the network",
            "Append yours to its own.",
        )
        contract.expect((after.inputs, after.outputs) == (before.inputs, before.outputs), "added_to() changes the ends")
        contract.expect(
            made.is_silent == (after.background is None),
            f"is_silent is {made.is_silent}, and Network.background is {after.background!r}; expected the name of the "
            "sources unless it is silent",
        )
        sources = after.populations[n_populations:]
        contract.expect(
            made.is_silent or [p.name for p in sources if p.is_source] == [after.background],
            f"added_to() adds {[p.name for p in sources]}; expected one population of spike sources, "
            f"{after.background!r}",
        )
    contract.expect(
        share_layout(networks),
        "networks that differ in weights only get different sources, so that no batch can hold them",
        "Let the sources depend on the populations only.",
    )


def _elements(chosen: Sequence[int]) -> list[int]:
    """Return the element of each row of spikes that `_episode` gives."""
    return [int(element) for stay in STAYS for _ in PARTS_MS for element in stay if element in chosen]


def _episode(
    contract: Contract, made: Background, networks: Sequence[Network], chosen: Sequence[int]
) -> list[list[np.ndarray]]:
    """Return source and step of the spikes of each running element in each part of each window."""
    rngs = [np.random.default_rng([3, element]) for element in chosen]
    found: list[list[np.ndarray]] = []
    with contract.works("start() or phases()"):
        made.start([networks[element] for element in chosen])
        for stay in STAYS:
            active = np.array([row for row, element in enumerate(chosen) if element in stay], np.int64)
            if active.size:
                window = _window(len(active))
                phases = made.phases(list(window), active, rngs)
                found += _checked(contract, window, phases, networks[0])
    return found


def _window(n_rows: int) -> Window:
    """Return the drives of an encoder in a window, each with its duration in ms."""
    return [(Currents(np.full((n_rows, N_IN), 900.0)), PARTS_MS[0]), (Currents(np.zeros((n_rows, N_IN))), PARTS_MS[1])]


def _checked(contract: Contract, before: Window, after: Window, network: Network) -> list[list[np.ndarray]]:
    """Return the spikes of each row of each part, after checks of their form."""
    expected, got = [part_ms for _, part_ms in before], [part_ms for _, part_ms in after]
    contract.same("phases() changes the durations of the parts", np.array(expected), np.array(got))
    rows = []
    for (drive, part_ms), (given, _) in zip(after, before, strict=True):
        contract.expect(
            isinstance(drive, Currents) and np.array_equal(drive.pa, _pa(given)),
            "phases() changes the drive of the encoder",
            "Add spikes by dataclasses.replace(drive, background=spikes).",
        )
        with contract.works("the form of the spikes", "Sort them by row, then source, then step, from 1 on."):
            check_drive(drive, network, given.n_rows, round(part_ms / network.resolution_ms))
        rows += [_of_row(drive.background, row) for row in range(given.n_rows)]
    return rows


def _of_row(spikes: SpikeTrains | None, row: int) -> list[np.ndarray]:
    """Return source and step of the spikes of a row."""
    if spikes is None:
        return [np.zeros(0, np.int64)] * 2
    return [spikes.input[spikes.row == row], spikes.step[spikes.row == row]]


def _pa(drive: Drive) -> np.ndarray:
    assert isinstance(drive, Currents)
    return drive.pa


def _check_simulators(contract: Contract, made: Background, networks: list[Network]) -> None:
    """Raise unless NEST and the compiled simulator play the same spikes."""
    played: list[list[np.ndarray]] = []
    for name in ("nest", "compiled"):
        rngs, active = [np.random.default_rng([3, k]) for k in range(N_BATCH)], np.arange(N_BATCH)
        with contract.works(f"playing in the simulator {name!r}"), create_simulator(name) as simulator:
            simulator.build(networks, record_spikes=True)
            made.start(networks)
            for drive, part_ms in made.phases(_window(N_BATCH), active, rngs):
                simulator.advance(replace(drive), part_ms, active)
            spikes = simulator.spikes()
        played.append([spikes.element, spikes.neuron, spikes.step])
    contract.same("NEST and the compiled simulator play other spikes", played[0], played[1])
