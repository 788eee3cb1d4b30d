"""Checks at the boundary of every simulator: batches, running elements, weights, windows and drives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from neurosim_rl.bridge.drive import Currents, Drive, SpikeTrains
from neurosim_rl.errors import NetworkError, ShapeError, SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.time_grid import TimeGrid
from neurosim_rl.settings.checks import check_shape, first_non_finite, lookup


def check_batch(networks: Sequence[Network]) -> None:
    """Raise unless the networks can share a batch.

    Raises
    ------
    NetworkError
        When there is none, or populations, projections' ends, input, output, resolution or smallest delay differ.
    """
    if not networks:
        raise NetworkError("a batch needs at least one network.")
    layouts = _layouts(networks)
    if len(layouts) > 1:
        raise NetworkError(
            "networks of one batch must agree in populations, projections, input, output, resolution and "
            f"smallest delay; got {len(layouts)} different layouts. Build them in separate batches, or set "
            "Network.min_delay_ms."
        )


def share_layout(networks: Sequence[Network]) -> bool:
    """Return whether networks can share a batch, as far as populations, projections and grid go."""
    return len(_layouts(networks)) <= 1


def _layouts(networks: Sequence[Network]) -> set[tuple[object, ...]]:
    # Most networks of a batch share a structure, so few layouts are compared.
    of_structure = {n.structure: n for n in networks}
    return set(map(_layout, of_structure.values()))


def _layout(network: Network) -> tuple[object, ...]:
    """Return the parts in which all networks of a batch agree."""
    parts: list[object] = [
        network.input,
        network.output,
        network.background,
        network.grid,
        network.delay_range_steps[0],
    ]
    parts.extend((p.name, p.size, p.model) for p in network.populations)
    parts.extend((p.source, p.target, p.synapse, p.modulator, *sorted(p.parameters)) for p in network.projections)
    return tuple(parts)


def check_noise(networks: Sequence[Network]) -> None:
    """Raise unless networks that need a kernel for themselves are alone in their batch.

    Raises
    ------
    SimulatorError
        Says why, and names the way out.
    """
    alone = next((n for n in networks if n.plays_alone), None)
    if alone is None or len(networks) == 1:
        return
    way_out = ", or let the package draw background spikes for the whole batch: background.name = 'poisson'"
    raise SimulatorError(
        f"{alone.plays_alone}, so the spikes of each network would depend on the other {len(networks) - 1} in its "
        f"batch. Build one network at a time{way_out if alone.random_models else ''}."
    )


def check_seeded(networks: Sequence[Network], noise_seeds: Sequence[int] | None) -> None:
    """Raise unless networks with models that draw random numbers have a seed for them.

    Raises
    ------
    SimulatorError
    """
    if noise_seeds is None and networks[0].random_models:
        names = ", ".join(networks[0].random_models)
        raise SimulatorError(f"{names}: noise needs a seed. Build with noise_seeds=[seed].")


def check_active(active: np.ndarray, running: np.ndarray) -> None:
    """Raise unless `active` are some of the running elements, in ascending order.

    Raises
    ------
    SimulatorError
        When they are not: an element that has ended cannot come back.
    """
    if np.array_equal(active, running):
        return
    if (np.diff(active) <= 0).any() or not np.isin(active, running).all():
        raise SimulatorError(
            f"active is {active.tolist()}; expected some of the running elements {running.tolist()} in "
            "ascending order. An element that has ended cannot come back."
        )


def neurons_of(names: Sequence[str], network: Network) -> np.ndarray:
    """Return which neurons belong to these populations, shape (n_neurons,).

    Raises
    ------
    UnknownNameError
        Names the nearest population.
    """
    populations = {p.name: p for p in network.populations}
    chosen = np.zeros(network.n_neurons, bool)
    for name in names:
        first = network.first_neuron[lookup("population", name, populations).name]
        chosen[first : first + populations[name].size] = True
    return chosen


def check_weights(
    networks: Sequence[Network], projection: int, weight_pa: np.ndarray | Sequence[np.ndarray], elements: np.ndarray
) -> None:
    """Raise unless weights fit a projection of these elements.

    Raises
    ------
    SimulatorError
        For a projection that does not exist.
    ShapeError
        For another number of rows or synapses.
    NetworkError
        For a weight that is not finite, or has another sign than its synapse's ``Wmax``.
    """
    n_projections = len(networks[0].projections)
    if not 0 <= projection < n_projections:
        raise SimulatorError(f"projection is {projection}; expected one of the {n_projections}, counted from 0.")
    if len(weight_pa) != len(elements):
        raise ShapeError(f"weight_pa has {len(weight_pa)} rows; expected {len(elements)}, one for each element.")
    described = [networks[e].projections[projection] for e in elements.tolist()]
    # Networks that share synapses and parameters are checked in one go. Identity is enough, and fast.
    different = set()
    for p in described:
        different.add((id(p.pre), id(p.parameters) if p.parameters else 0))
    if len(different) == 1 and isinstance(weight_pa, np.ndarray):
        check_shape(f"{described[0].label}: weight_pa", weight_pa, (len(elements), described[0].n_synapses))
        described[0].check_weights(weight_pa)
        return
    for one, row in zip(described, weight_pa, strict=True):
        one.check_weights(row)


@lru_cache(maxsize=64)  # a closed loop has the same window each time
def check_window(window_ms: float, grid: TimeGrid) -> int:
    """Return the number of grid steps in a window.

    Raises
    ------
    SimulatorError
        When it is not a positive multiple of the resolution.
    """
    if not grid.holds(window_ms):
        raise SimulatorError(
            f"window_ms = {window_ms:g} is not a multiple of the resolution, {grid.step_ms:g} ms. Change one of them."
        )
    return int(grid.steps(window_ms))


def check_drive(drive: Drive, network: Network, n_rows: int, n_steps: int) -> None:
    """Raise unless a drive fits the network's input population and the window.

    Raises
    ------
    SimulatorError
        When currents meet spike sources, or spike trains meet neurons; for a current that is not finite; for a
        spike of no input or outside the window, and for spikes out of order.
    ShapeError
        When rows or inputs do not match.
    """
    if drive.background is not None:
        if network.background is None:
            raise SimulatorError("drive.background has spikes; the network has no background. Set Network.background.")
        n_sources = network.population(network.background).size
        _check_spike_trains(drive.background, n_sources, n_rows, n_steps, "drive.background")
    is_source = network.is_driven_by_spikes
    if isinstance(drive, SpikeTrains) != is_source:
        wanted, got = ("spike trains", "currents") if is_source else ("currents", "spike trains")
        raise SimulatorError(
            f"input population {network.input!r} is driven by {wanted}, got {got}. Use another encoder or model."
        )
    if isinstance(drive, Currents):
        check_shape("drive.pa", drive.pa, (n_rows, network.n_inputs))
        bad = first_non_finite(drive.pa)
        if bad is not None:
            raise SimulatorError(f"drive.pa{list(bad)} is {drive.pa[bad]}; expected a finite current in pA.")
    else:
        _check_spike_trains(drive, network.n_inputs, n_rows, n_steps, "drive")


def _check_spike_trains(drive: SpikeTrains, n_inputs: int, n_rows: int, n_steps: int, label: str) -> None:
    """Raise for spikes that a simulator would drop or give to another neuron without a word."""
    check_shape(f"{label}.input", drive.input, drive.row.shape)
    check_shape(f"{label}.step", drive.step, drive.row.shape)
    if drive.n_rows != n_rows:
        raise ShapeError(f"{label} has {drive.n_rows} rows; expected {n_rows}, one for each running element.")
    if not len(drive.row):
        return
    for name, values, low, high in (
        ("row", drive.row, 0, n_rows - 1),
        ("input", drive.input, 0, n_inputs - 1),
        ("step", drive.step, 1, n_steps),
    ):
        if values.min() < low or values.max() > high:
            raise SimulatorError(
                f"{label}.{name} spans {values.min()} to {values.max()}; expected values from {low} to {high}."
            )
    place = (drive.row * n_inputs + drive.input) * (n_steps + 1) + drive.step
    if (np.diff(place) < 0).any():
        raise SimulatorError(f"{label} is out of order; expected spikes sorted by row, then input, then step.")
