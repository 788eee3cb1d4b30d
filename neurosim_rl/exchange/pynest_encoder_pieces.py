"""Pieces of PyNEST scripts for encoders: input of one window, and its simulation.

A new encoder gets a function in `pynest_encoding`, and an entry in `ENCODER_PIECES`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import ndtri

from neurosim_rl.exchange.pynest_piece import ENCODING, NETWORK, OBSERVATIONS, Piece, unsupported, values_of
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import ClosedLoop

TUNINGS_IN_WORDS = {
    "gaussian": "Each variable has a row of input neurons. Their receptive fields are Gaussians along its range.",
    "linear": "Each variable has an input neuron, which is active in proportion to it.",
    "one-hot": "Each variable has a row of input neurons, one for each bin of its range. One of them is active.",
    "opponent": "Each variable has two input neurons: one is active above the middle of its range, the other below.",
    "quantile": "Each variable has a row of input neurons, one for each of its quantiles. One of them is active.",
    "signed": "Each variable has an input neuron with an activity from -1 to 1.",
}
"""What each tuning does."""
TUNING_OPTIONS: dict[str, tuple[str, ...]] = {"gaussian": ("n_fields", "width"), "one-hot": ("n_bins",)}
"""Options of a tuning that its function takes, besides the bounds of the variables."""


def _activity(optimizee: ClosedLoop) -> Piece:
    """Return the piece that gives the activity of the input neurons."""
    encoder: Any = optimizee.encoder
    tuning = encoder.tuning
    if tuning.name not in TUNINGS_IN_WORDS:
        raise unsupported(f"tuning {tuning.name!r}", f"scripts know {', '.join(sorted(TUNINGS_IN_WORDS))}")
    values = {"low": np.asarray(encoder.low), "high": np.asarray(encoder.high)}
    values |= {name: getattr(tuning, name) for name in TUNING_OPTIONS.get(tuning.name, ())}
    if tuning.name == "quantile":
        values |= _quantile_options(encoder)
    function = f"{tuning.name.replace('-', '_')}_activity"
    return Piece(
        f"activity = {function}(observation, **TUNING)\n",
        TUNINGS_IN_WORDS[tuning.name],
        ((OBSERVATIONS, function),),
        {"TUNING": values},
    )


def _quantile_options(encoder: Any) -> dict[str, np.ndarray]:
    scaled = encoder.tuning.create().within(encoder.low, encoder.high)
    n_bins, n_variables = scaled.n_bins, len(encoder.low)
    return {
        "edges": ndtri(np.arange(1, n_bins) / n_bins),
        "means": np.broadcast_to(scaled.means or 0.5, n_variables),
        "deviations": np.broadcast_to(scaled.deviations or 0.25, n_variables),
    }


def _with_activity(optimizee: ClosedLoop, piece: Piece) -> Piece:
    """Return the piece behind that of the activity."""
    activity = _activity(optimizee)
    return replace(
        piece,
        lines=activity.lines + piece.lines,
        prose=f"{activity.prose} {piece.prose}",
        functions=activity.functions + piece.functions,
        constants={**activity.constants, **piece.constants},
    )


def _currents(optimizee: ClosedLoop, network: Network) -> Piece:
    piece = Piece(
        "inject(inputs, currents_of_activity(activity, **ENCODER))\nnest.Simulate(WINDOW_MS)\n",
        "The current into an input neuron is in proportion to its activity, and constant over the window.",
        ((ENCODING, "currents_of_activity"), (NETWORK, "inject")),
        {"ENCODER": values_of(optimizee.encoder, "peak_pa", "offset_pa")},
    )
    return _with_activity(optimizee, piece)


def _weighted(optimizee: ClosedLoop, network: Network) -> Piece:
    return Piece(
        "inject(inputs, weighted_currents(observation, **ENCODER))\nnest.Simulate(WINDOW_MS)\n",
        "The current into an input neuron is a weighted sum of all variables, constant over the window.",
        ((ENCODING, "weighted_currents"), (NETWORK, "inject")),
        {"ENCODER": {**values_of(optimizee.encoder, "offset_pa"), "digits": 6, "read_in_pa": network.read_in}},
    )


_PULSES = """\
currents_pa = weighted_currents(with_bias(observation), **ENCODER)
for _ in range(TICKS):
    inject(inputs, currents_pa)
    nest.Simulate(RESOLUTION_MS)
    inject(inputs, np.zeros(len(inputs)))
    nest.Simulate(REST_MS)
"""


def _pulses(optimizee: ClosedLoop, network: Network) -> Piece:
    encoder: Any = optimizee.encoder
    rest_ms = network.grid.ms(int(network.grid.steps(encoder.window_ms / encoder.ticks)) - 1)
    return Piece(
        _PULSES,
        "The current into an input neuron is a weighted sum of all variables plus a bias. It lasts one grid step in "
        "each tick of the window: a pulse that moves the membrane at once.",
        ((ENCODING, "weighted_currents"), (ENCODING, "with_bias"), (NETWORK, "inject")),
        {
            "ENCODER": {"offset_pa": 0.0, "digits": 9, "read_in_pa": network.read_in},
            "TICKS": encoder.ticks,
            "REST_MS": rest_ms,
        },
    )


_SPIKES = """\
expected = spikes_per_step(activity, **ENCODER)
neuron, step = {function}(expected, WINDOW_STEPS, {memory})
emit(inputs, neuron, n_steps + step, TICKS_PER_STEP)
spikes.append((FIRST_INPUT + neuron, n_steps + step))
nest.Simulate(WINDOW_MS)
"""


def _spikes(optimizee: ClosedLoop, network: Network, function: str, memory: str, prose: str, before: str = "") -> Piece:
    options = values_of(optimizee.encoder, "peak_hz", "floor_hz", "resolution_ms")
    piece = Piece(
        _SPIKES.format(function=function, memory=memory),
        prose,
        ((ENCODING, "spikes_per_step"), (ENCODING, function), (NETWORK, "emit")),
        {
            "ENCODER": options,
            "TICKS_PER_STEP": network.grid.ticks_per_step,
            "FIRST_INPUT": network.first_neuron[network.inputs[0]],
        },
        before,
    )
    return _with_activity(optimizee, piece)


def _poisson(optimizee: ClosedLoop, network: Network) -> Piece:
    prose = "An input neuron spikes at random, with a rate in proportion to its activity. The script draws the spikes."
    return _spikes(optimizee, network, "poisson_spikes", "rng", prose)


def _regular(optimizee: ClosedLoop, network: Network) -> Piece:
    prose = "An input neuron spikes at even distances, with a rate in proportion to its activity."
    return _spikes(optimizee, network, "regular_spikes", "phase", prose, "phase = np.full(len(inputs), 0.5)\n")


ENCODER_PIECES = {
    "current": _currents,
    "poisson": _poisson,
    "pulses": _pulses,
    "regular": _regular,
    "weighted": _weighted,
}
