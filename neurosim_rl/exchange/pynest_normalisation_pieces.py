"""Pieces of PyNEST scripts for normalisations."""

from __future__ import annotations

from typing import Any

from neurosim_rl.exchange.pynest_piece import OBSERVATIONS, Piece, values_of
from neurosim_rl.networks.network import Network


def _not_normalised(normalisation: Any, network: Network) -> Piece:
    return Piece("")


def _by_bounds(normalisation: Any, network: Network) -> Piece:
    return Piece(
        "observation = divide_by_bounds(observation, **NORMALISATION)\n",
        "Each observed variable is first divided by the largest value that it had in random play.",
        ((OBSERVATIONS, "divide_by_bounds"),),
        {"NORMALISATION": values_of(normalisation, "bound", "gain")},
    )


def _standardised(normalisation: Any, network: Network) -> Piece:
    return Piece(
        "observation = standardise(observation, **NORMALISATION)\n",
        "Each observed variable is first standardised, by the mean and the standard deviation that were measured.",
        ((OBSERVATIONS, "standardise"),),
        {"NORMALISATION": values_of(normalisation, "mean", "deviation", "limit")},
    )


NORMALISATION_PIECES = {
    "none": _not_normalised,
    "bounds": _by_bounds,
    "running": _standardised,
    "statistics": _standardised,
}
