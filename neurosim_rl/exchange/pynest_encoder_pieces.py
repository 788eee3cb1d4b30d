"""Pieces of PyNEST scripts for encoders: input of one window, and its simulation; here those with currents.

A new encoder gets a function in `pynest_encoding`, one here or in `pynest_spike_pieces`, and an entry in
`ENCODER_PIECES`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurosim_rl.exchange.pynest_background_pieces import simulation
from neurosim_rl.exchange.pynest_piece import ENCODING, NETWORK, OBSERVATIONS, Piece, values_of
from neurosim_rl.exchange.pynest_spike_pieces import SPIKE_PIECES
from neurosim_rl.exchange.pynest_tuning_piece import fields_of, with_activity
from neurosim_rl.networks.network import Network


def _currents(encoder: Any, network: Network) -> Piece:
    piece = Piece(
        f"inject(inputs, currents_of_activity(activity, **ENCODER))\n{simulation(network)}",
        "The current into an input neuron is in proportion to its activity, and constant over the window.",
        ((ENCODING, "currents_of_activity"), (NETWORK, "inject")),
        {"ENCODER": values_of(encoder, "peak_pa", "offset_pa")},
    )
    return with_activity(encoder, piece)


def _weighted(encoder: Any, network: Network) -> Piece:
    return Piece(
        f"inject(inputs, weighted_currents(observation, **ENCODER))\n{simulation(network)}",
        "The current into an input neuron is a weighted sum of all variables, constant over the window.",
        ((ENCODING, "weighted_currents"), (NETWORK, "inject")),
        {"ENCODER": {**values_of(encoder, "offset_pa"), "digits": 6, "read_in_pa": network.read_in}},
    )


_PULSES = """\
currents_pa = weighted_currents(with_bias({values}), **ENCODER)
for tick in range(TICKS):
{begin}    inject(inputs, currents_pa)
{pulse}    inject(inputs, np.zeros_like(currents_pa))
{rest}"""


def _pulses(encoder: Any, network: Network, values: str = "observation") -> Piece:
    rest_steps = int(network.grid.steps(encoder.window_ms / encoder.ticks)) - 1
    begin = "" if network.background is None else "    begin = n_steps + tick * (1 + REST_STEPS)\n"
    return Piece(
        _PULSES.format(
            values=values,
            begin=begin,
            pulse=simulation(network, "begin", "1", "RESOLUTION_MS", indent="    "),
            rest=simulation(network, "begin + 1", "REST_STEPS", "REST_MS", indent="    "),
        ),
        "The current into an input neuron is a weighted sum of all variables plus a bias. It lasts one grid step in "
        "each tick of the window: a pulse that moves the membrane at once.",
        ((ENCODING, "weighted_currents"), (ENCODING, "with_bias"), (NETWORK, "inject")),
        {
            "ENCODER": {"offset_pa": 0.0, "digits": 9, "read_in_pa": network.read_in},
            "TICKS": encoder.ticks,
            "REST_STEPS": rest_steps,
            "REST_MS": network.grid.ms(rest_steps),
        },
    )


def _population_pulses(encoder: Any, network: Network) -> Piece:
    pulses = _pulses(encoder, network, values="field_activity(observation, **FIELDS)")
    return replace(
        pulses,
        prose="Each variable has a row of Gaussian fields. The current into an input neuron is a weighted sum of their "
        "activities plus a bias. It lasts one grid step in each tick of the window.",
        functions=((OBSERVATIONS, "field_activity"), *pulses.functions),
        constants={"FIELDS": fields_of(encoder, network), **pulses.constants},
    )


ENCODER_PIECES = {
    "current": _currents,
    "population-pulses": _population_pulses,
    "pulses": _pulses,
    "weighted": _weighted,
    **SPIKE_PIECES,
}
