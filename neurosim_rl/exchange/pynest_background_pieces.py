"""Pieces of PyNEST scripts for background spikes, and the lines that simulate a part of a window."""

from __future__ import annotations

import textwrap
from typing import Any

from neurosim_rl.exchange.pynest_piece import BACKGROUND, Piece
from neurosim_rl.networks.network import Network


def simulation(
    network: Network,
    begin: str = "n_steps",
    n_steps: str = "WINDOW_STEPS",
    time_ms: str = "WINDOW_MS",
    indent: str = "",
) -> str:
    """Return the lines that simulate a part of a window, with its background spikes if the network has any.

    Parameters
    ----------
    network : Network
    begin, n_steps, time_ms : str
        Text of the number of grid steps before the part, of those in it, and of its duration in ms.
    indent : str
        Before each line.
    """
    lines = f"nest.Simulate({time_ms})\n"
    if network.background is not None:
        call = f"emit_background(sources, {begin}, {n_steps}, **BACKGROUND, rng=rng)"
        lines = f"spikes.append({call})\n{lines}"
    return textwrap.indent(lines, indent)


def _none(background: Any, network: Network) -> Piece:
    return Piece("")


def _poisson(background: Any, network: Network) -> Piece:
    targets = [p.target for p in network.projections if p.source == network.background]
    return Piece(
        "",
        f"Besides, each neuron of {', '.join(targets)} gets background spikes, at random. The script draws them.",
        ((BACKGROUND, "emit_background"),),
        {
            "BACKGROUND": {
                "expected": background.spikes_per_step,
                "ticks_per_step": network.grid.ticks_per_step,
            }
        },
        f"sources = nodes[{network.background!r}]\n",
    )


BACKGROUND_PIECES = {"none": _none, "poisson": _poisson}
