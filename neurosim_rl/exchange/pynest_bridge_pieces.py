"""Pieces of PyNEST scripts for normalisations, before the network, and decoders, behind it.

A new decoder gets a function in `pynest_decoding`, and an entry in `DECODER_PIECES`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Discrete

from neurosim_rl.exchange.pynest_piece import DECODING, OBSERVATIONS, Piece, values_of
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import ClosedLoop


def _not_normalised(optimizee: ClosedLoop, network: Network) -> Piece:
    return Piece("")


def _by_bounds(optimizee: ClosedLoop, network: Network) -> Piece:
    return Piece(
        "observation = divide_by_bounds(observation, **NORMALISATION)\n",
        "Each observed variable is first divided by the largest value that it had in random play.",
        ((OBSERVATIONS, "divide_by_bounds"),),
        {"NORMALISATION": values_of(optimizee.normalisation, "bound", "gain")},
    )


def _standardised(optimizee: ClosedLoop, network: Network) -> Piece:
    return Piece(
        "observation = standardise(observation, **NORMALISATION)\n",
        "Each observed variable is first standardised, by the mean and the standard deviation that were measured.",
        ((OBSERVATIONS, "standardise"),),
        {"NORMALISATION": values_of(optimizee.normalisation, "mean", "deviation", "limit")},
    )


NORMALISATION_PIECES = {
    "none": _not_normalised,
    "bounds": _by_bounds,
    "running": _standardised,
    "statistics": _standardised,
}


def _winner(optimizee: ClosedLoop, network: Network) -> Piece:
    decoder: Any = optimizee.decoder
    options: dict[str, Any] = {"neurons_per_action": decoder.neurons_per_action}
    if decoder.tie == "random":
        function, tie, call = (
            "winning_or_drawn_action",
            "one of the tied actions, drawn",
            "(counts, **DECODER, rng=rng)",
        )
    elif decoder.tie == "first":
        function, tie, call = "winning_action", "the first of the tied actions", "(counts, **DECODER)"
    else:
        options["neutral"] = decoder.neutral_action if decoder.neutral_action >= 0 else decoder.n_actions // 2
        function, tie, call = "winning_action", f"action {options['neutral']}", "(counts, **DECODER)"
    return Piece(
        f"action = FIRST_ACTION + {function}{call}\n",
        f"The output neurons vote: most spikes select the action. A tie, silence too, gives {tie}.",
        ((DECODING, function),),
        {"DECODER": options, "FIRST_ACTION": int(decoder.action_space.start)},
    )


def _difference(optimizee: ClosedLoop, network: Network) -> Piece:
    return Piece(
        "action = action_of_difference(counts, **DECODER)\n",
        "In each dimension of the action, spikes of one group of output neurons raise it; those of another lower it.",
        ((DECODING, "action_of_difference"),),
        {"DECODER": {**values_of(optimizee.decoder, "neurons_per_side"), **_scale(optimizee.decoder)}},
    )


def _linear(optimizee: ClosedLoop, network: Network) -> Piece:
    return Piece(
        "action = action_of_weighted_counts(counts, **DECODER)\n",
        "Each dimension of the action is a weighted sum of the spike counts of all output neurons.",
        ((DECODING, "action_of_weighted_counts"),),
        {"DECODER": {"readout": network.readout, **_scale(optimizee.decoder)}},
    )


def _membrane(optimizee: ClosedLoop, network: Network) -> Piece:
    space = optimizee.environment.action_space
    membranes = 'membranes_mv = np.reshape(outputs.get("V_m"), len(outputs))\n'
    if isinstance(space, Discrete):
        return Piece(
            membranes + "action = FIRST_ACTION + highest_membrane(membranes_mv)\n",
            "Output neurons need not spike: the highest membrane at the end of the window selects the action.",
            ((DECODING, "highest_membrane"),),
            {"FIRST_ACTION": int(space.start)},
        )
    return Piece(
        membranes + "action = action_of_membranes(membranes_mv, **DECODER)\n",
        "Output neurons need not spike: their membranes at the end of the window give the action.",
        ((DECODING, "action_of_membranes"),),
        {"DECODER": _bounds(optimizee.decoder)},
    )


DECODER_PIECES = {"linear": _linear, "membrane": _membrane, "rate-difference": _difference, "winner": _winner}


def _bounds(decoder: Any) -> dict[str, np.ndarray]:
    space = decoder.action_space
    return {"low": space.low.ravel().astype(np.float64), "high": space.high.ravel().astype(np.float64)}


def _scale(decoder: Any) -> dict[str, Any]:
    return {"spikes_at_bound": decoder.full_scale_hz * decoder.window_ms * 1e-3, **_bounds(decoder)}
