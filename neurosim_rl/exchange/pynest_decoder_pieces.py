"""Pieces of PyNEST scripts for decoders: spikes or membranes of one window to an action.

A new decoder gets a function in `pynest_decoding`, and an entry in `DECODER_PIECES`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete

from neurosim_rl.bridge.population_vector import preferred_directions
from neurosim_rl.environments.action_parts import parts_of
from neurosim_rl.exchange.pynest_piece import DECODING, NETWORK, Piece, values_of
from neurosim_rl.networks.network import Network


def _tie(decoder: Any) -> tuple[dict[str, Any], str]:
    """Return the options of a vote, and the action of a tie in words."""
    options: dict[str, Any] = {"neurons_per_action": decoder.neurons_per_action}
    if decoder.tie == "random":
        return options, "one of the tied actions, drawn"
    if decoder.tie == "first":
        return options, "the first of the tied actions"
    options["neutral"] = decoder.neutral_action if decoder.neutral_action >= 0 else decoder.n_actions // 2
    return options, f"action {options['neutral']}"


def _winner(decoder: Any, network: Network) -> Piece:
    options, tie = _tie(decoder)
    is_drawn = decoder.tie == "random"
    function, rng = ("winning_or_drawn_action", ", rng=rng") if is_drawn else ("winning_action", "")
    return Piece(
        f"action = FIRST_ACTION + {function}(counts, **DECODER{rng})\n",
        f"The output neurons vote: most spikes select the action. A tie, silence too, gives {tie}.",
        ((DECODING, function),),
        {"DECODER": options, "FIRST_ACTION": int(decoder.action_space.start)},
    )


_HOLD = """\
is_silent = first.min() == NO_SPIKE
if not (is_silent and has_acted):
    {action}has_acted = has_acted or not is_silent
"""


def _first_spike(decoder: Any, network: Network) -> Piece:
    options, tie = _tie(decoder)
    is_drawn = decoder.tie == "random"
    function, rng = ("first_or_drawn_action", ", rng=rng") if is_drawn else ("first_action", "")
    action = f"action = FIRST_ACTION + {function}(first, **DECODER{rng})\n"
    prose = f"The output neuron that spikes first selects the action. A tie gives {tie}; "
    first = "first = steps_of_first_spikes(neuron, step, output_neurons)\n"
    piece = Piece(
        first + action,
        f"{prose}so does silence.",
        ((DECODING, "steps_of_first_spikes"), (DECODING, function)),
        {"DECODER": options, "FIRST_ACTION": int(decoder.action_space.start)},
    )
    if decoder.silence == "tie":
        return piece
    return replace(
        piece,
        lines=first + _HOLD.format(action=action),
        prose=f"{prose}silence gives the last action.",
        before="has_acted = False\n",
    )


def _difference(decoder: Any, network: Network) -> Piece:
    return Piece(
        "action = action_of_difference(counts, **DECODER)\n",
        "In each dimension of the action, spikes of one group of output neurons raise it; those of another lower it.",
        ((DECODING, "action_of_difference"),),
        {"DECODER": {**values_of(decoder, "neurons_per_side"), **_scale(decoder)}},
    )


def _linear(decoder: Any, network: Network) -> Piece:
    return Piece(
        "action = action_of_weighted_counts(counts, **DECODER)\n",
        "Each dimension of the action is a weighted sum of the spike counts of all output neurons.",
        ((DECODING, "action_of_weighted_counts"),),
        {"DECODER": {"readout": network.readout, **_scale(decoder)}},
    )


def _vector(decoder: Any, network: Network) -> Piece:
    directions = preferred_directions(decoder.n_neurons, decoder.n_dimensions)
    return Piece(
        "action = action_of_vector(counts, **DECODER)\n",
        "Each output neuron prefers a direction of the action. The action is the sum of these, weighted by spikes.",
        ((DECODING, "action_of_vector"),),
        {"DECODER": {"directions": directions, **_scale(decoder)}},
    )


def _mean(decoder: Any, network: Network) -> Piece:
    return Piece(
        "action = action_of_mean(counts, **DECODER)\n",
        "Each output neuron prefers a value of its dimension of the action. The action is their mean, weighted by "
        "spikes; silence gives the middle of the bounds.",
        ((DECODING, "action_of_mean"),),
        {"DECODER": {**values_of(decoder, "neurons_per_dimension"), **_bounds(decoder.action_space)}},
    )


def _sliding(decoder: Any, network: Network) -> Piece:
    readout = READOUT_PIECES[decoder.readout.name](decoder.inner, network)
    if decoder.kernel == "exponential":
        function, call = "averaged", "averaged(counts, average, SHARE)"
        prose = "The decoder reads a running average of the spike counts, in which older windows count less and less."
        constants, before = {"SHARE": decoder.share}, "average = np.zeros(len(output_neurons))\n"
    else:
        function, call = "averaged_windows", "averaged_windows(counts, windows, len(rewards))"
        prose = f"The decoder reads the mean spike counts of the last {decoder.windows} windows."
        constants, before = {}, f"windows = np.zeros(({decoder.windows}, len(output_neurons)))\n"
    return replace(
        readout.calling((DECODING, function)),
        lines=f"counts = {call}\n{readout.lines}",
        prose=f"{prose} {readout.prose}",
        constants={**constants, **readout.constants},
        before=before + readout.before,
    )


def _parts(decoder: Any, network: Network) -> Piece:
    is_drawn = decoder.discrete.values()["tie"] == "random"
    parts = []
    for part in decoder.decoders:
        if isinstance(part.action_space, Discrete):
            choice = {"n_neurons": part.n_outputs, "first": int(part.action_space.start), "vote": _tie(part)[0]}
            parts.append(choice)
        else:
            options = {**values_of(part, "neurons_per_side"), **_scale(part)}
            parts.append({"n_neurons": part.n_outputs, "difference": options})
    return Piece(
        f"action = action_of_parts(counts, PARTS{', rng' if is_drawn else ''})\n",
        "Each part of the action has output neurons of its own. Those of a choice vote; of those of a number, one "
        "group raises it, and another lowers it.",
        ((DECODING, "action_of_parts"),),
        {"PARTS": parts},
    )


_MEMBRANES = "membranes_mv = membranes_of(outputs)\n"


def _membrane(decoder: Any, network: Network) -> Piece:
    return _of_membranes(decoder.action_space).calling((NETWORK, "membranes_of"))


def _of_membranes(space: Any) -> Piece:
    if isinstance(space, Discrete):
        return Piece(
            f"{_MEMBRANES}action = FIRST_ACTION + highest_membrane(membranes_mv)\n",
            "Output neurons need not spike: the highest membrane at the end of the window selects the action.",
            ((DECODING, "highest_membrane"),),
            {"FIRST_ACTION": int(space.start)},
        )
    if isinstance(space, Box):
        return Piece(
            f"{_MEMBRANES}action = action_of_membranes(membranes_mv, **DECODER)\n",
            "Output neurons need not spike: their membranes at the end of the window give the action.",
            ((DECODING, "action_of_membranes"),),
            {"DECODER": _bounds(space)},
        )
    parts: list[dict[str, Any]] = []
    for part in parts_of(space):
        if isinstance(part, Discrete):
            parts.append({"n_neurons": int(part.n), "first": int(part.start)})
        else:
            parts.append({"n_neurons": int(np.prod(part.shape)), "bounds": _bounds(part)})
    return Piece(
        f"{_MEMBRANES}action = action_of_membrane_parts(membranes_mv, PARTS)\n",
        "Output neurons need not spike. Each part of the action has some of its own: their membranes at the end of "
        "the window give it.",
        ((DECODING, "action_of_membrane_parts"),),
        {"PARTS": parts},
    )


READOUT_PIECES = {
    "centre-of-mass": _mean,
    "linear": _linear,
    "population-vector": _vector,
    "rate-difference": _difference,
    "winner": _winner,
}
"""Decoders of the spike counts of one window."""
DECODER_PIECES = {
    **READOUT_PIECES,
    "first-spike": _first_spike,
    "membrane": _membrane,
    "parts": _parts,
    "sliding-rate": _sliding,
}


def _bounds(space: Box) -> dict[str, np.ndarray]:
    return {"low": space.low.ravel().astype(np.float64), "high": space.high.ravel().astype(np.float64)}


def _scale(decoder: Any) -> dict[str, Any]:
    spikes_at_bound = decoder.full_scale_hz * decoder.window_ms * 1e-3
    return {"spikes_at_bound": spikes_at_bound, **_bounds(decoder.action_space)}
