"""Piece of a PyNEST script for the activity of input neurons: the tuning of an encoder.

A new tuning gets a function in `pynest_observations`, and an entry in `TUNINGS_IN_WORDS`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import ndtri

from neurosim_rl.exchange.pynest_piece import OBSERVATIONS, Piece, unsupported
from neurosim_rl.networks.network import Network

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


def with_activity(encoder: Any, piece: Piece) -> Piece:
    """Return the piece behind that of the activity, which the tuning of its encoder gives.

    Raises
    ------
    ExchangeError
        For a tuning that scripts do not know.
    """
    activity = _activity(encoder)
    return replace(
        piece,
        lines=activity.lines + piece.lines,
        prose=f"{activity.prose} {piece.prose}",
        functions=activity.functions + piece.functions,
        constants={**activity.constants, **piece.constants},
    )


def _activity(encoder: Any) -> Piece:
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


def fields_of(encoder: Any, network: Network) -> dict[str, np.ndarray]:
    """Return the options of ``field_activity``: centres and widths of an encoder's Gaussian fields in a network."""
    encoder.fields.start([network])  # they may be genes
    centres, deviations = encoder.fields.centres[0], encoder.fields.deviations[0]
    return {
        "low": np.asarray(encoder.low),
        "high": np.asarray(encoder.high),
        "centres": centres,
        "deviations": deviations,
    }
