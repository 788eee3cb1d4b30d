"""Pieces of PyNEST scripts for encoders with spikes."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim_rl.exchange.pynest_background_pieces import simulation
from neurosim_rl.exchange.pynest_piece import ENCODING, NETWORK, OBSERVATIONS, Piece, values_of
from neurosim_rl.exchange.pynest_tuning_piece import fields_of, with_activity
from neurosim_rl.networks.network import Network

_SPIKES = """\
emit(inputs, neuron, n_steps + step, TICKS_PER_STEP)
spikes.append((input_neurons[neuron], n_steps + step))
"""


def _spikes(
    network: Network, lines: str, prose: str, functions: tuple[str, ...], constants: dict[str, Any], before: str = ""
) -> Piece:
    """Return a piece with lines that give ``neuron`` and ``step``, and with lines that let them spike."""
    return Piece(
        lines + _SPIKES + simulation(network),
        prose,
        (*((ENCODING, name) for name in functions), (NETWORK, "emit"), (NETWORK, "numbers_of")),
        {**constants, "TICKS_PER_STEP": network.grid.ticks_per_step},
        f"input_neurons = numbers_of(inputs)\n{before}",
    )


_RATES = """\
expected = spikes_per_step(activity, **ENCODER)
neuron, step = {function}(expected, WINDOW_STEPS, {memory})
"""


def _rates(encoder: Any, network: Network, function: str, memory: str, prose: str, before: str = "") -> Piece:
    options = values_of(encoder, "peak_hz", "floor_hz", "resolution_ms")
    lines = _RATES.format(function=function, memory=memory)
    functions = "spikes_per_step", function
    return with_activity(encoder, _spikes(network, lines, prose, functions, {"ENCODER": options}, before))


def _poisson(encoder: Any, network: Network) -> Piece:
    prose = "An input neuron spikes at random, with a rate in proportion to its activity. The script draws the spikes."
    return _rates(encoder, network, "poisson_spikes", "rng", prose)


def _regular(encoder: Any, network: Network) -> Piece:
    prose = "An input neuron spikes at even distances, with a rate in proportion to its activity."
    return _rates(encoder, network, "regular_spikes", "phase", prose, "phase = np.full(len(input_neurons), 0.5)\n")


def _latency(encoder: Any, network: Network) -> Piece:
    options = {"threshold": encoder.threshold}
    if encoder.law == "linear":
        function, options["latest_ms"] = "linear_latencies", encoder.latest_step * encoder.resolution_ms
    else:
        function, options["tau_ms"] = "logarithmic_latencies", encoder.tau_ms
    piece = _spikes(
        network,
        f"neuron, step = spikes_at({function}(activity, **ENCODER), LATEST_STEP, GRID_MS)\n",
        "An input neuron spikes once in a window: the earlier, the higher its activity. A low activity gives no spike.",
        (function, "spikes_at"),
        {"ENCODER": options, "LATEST_STEP": encoder.latest_step, "GRID_MS": encoder.resolution_ms},
    )
    return with_activity(encoder, piece)


def _delta(encoder: Any, network: Network) -> Piece:
    middle = (np.asarray(encoder.low) + np.asarray(encoder.high)) / 2
    origin = middle if encoder.reference == "middle" else np.full(len(encoder.low), np.nan)
    return _spikes(
        network,
        "neuron, step = spikes_of_changes(observation, origin, level, **ENCODER)\n",
        "Each variable has two input neurons. One spikes for each threshold by which the variable has risen, the other "
        "for each threshold by which it has fallen.",
        ("spikes_of_changes",),
        {
            "ENCODER": {
                "threshold": encoder.thresholds_of_variables,
                "most_spikes": encoder.most_spikes,
                "interval_steps": encoder.interval_steps,
            },
            "ORIGIN": origin,
        },
        "origin, level = np.array(ORIGIN), np.zeros(len(ORIGIN))\n",
    )


def _population(encoder: Any, network: Network) -> Piece:
    if encoder.mode == "deterministic":
        function, memory = "population_spikes", ""
        prose = "In each time step of the window a neuron adds its activity to a sum, and spikes when that is full."
    else:
        function, memory = "drawn_population_spikes", ", rng"
        prose = "In each time step of the window a neuron spikes at random, with its activity as the probability."
    piece = _spikes(
        network,
        f"activity = field_activity(observation, **FIELDS)\n"
        f"neuron, step = {function}(activity, TIME_STEPS, WINDOW_STEPS{memory})\n",
        f"Each variable has a row of input neurons with Gaussian fields. {prose}",
        (function,),
        {"FIELDS": fields_of(encoder, network), "TIME_STEPS": encoder.time_steps},
    )
    return piece.calling((OBSERVATIONS, "field_activity"))


SPIKE_PIECES = {
    "delta": _delta,
    "latency": _latency,
    "poisson": _poisson,
    "population": _population,
    "regular": _regular,
}
