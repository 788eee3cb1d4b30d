"""A piece of a PyNEST script: functions, constants, words and lines of one component of the loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from neurosim_rl.errors import ExchangeError
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import ClosedLoop

_MODULES = "observations", "encoding", "background", "decoding", "network", "spaces"
OBSERVATIONS, ENCODING, BACKGROUND, DECODING, NETWORK, SPACES = (
    f"neurosim_rl.exchange.pynest_{name}" for name in _MODULES
)


@dataclass(frozen=True)
class Piece:
    """A part of the loop as text.

    Parameters
    ----------
    lines : str
        Lines of the loop, without indentation.
    prose : str
        What they do, for the reader of the script; one paragraph.
    functions : tuple of (str, str)
        Module and name of each function that the lines call.
    constants : mapping of str to value
        Constants that the lines name.
    before : str
        Lines before the loop.
    """

    lines: str
    prose: str = ""
    functions: tuple[tuple[str, str], ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    before: str = ""

    def calling(self, *functions: tuple[str, str]) -> Piece:
        """Return the piece with more functions, before its own."""
        return replace(self, functions=(*functions, *self.functions))


PieceOf = Callable[[Any, Network], Piece]
"""Function that makes a piece of a component, such as an encoder, and a network."""


def chosen_piece(kind: str, pieces: Mapping[str, PieceOf], optimizee: ClosedLoop, network: Network) -> Piece:
    """Return the piece of a component of a task.

    Raises
    ------
    ExchangeError
        When scripts have no text for it.
    """
    name = getattr(optimizee.config, kind).name
    if name not in pieces:
        raise unsupported(f"{kind} {name!r}", f"scripts know {', '.join(sorted(pieces))}")
    return pieces[name](getattr(optimizee, kind), network)


def unsupported(what: str, reason: str) -> ExchangeError:
    """Return the error for something that a script cannot hold, with the reason."""
    return ExchangeError(f"a PyNEST script cannot hold {what}: {reason}. Export another champion.")


def values_of(options: Any, *names: str) -> dict[str, Any]:
    """Return some options by name; tuples as arrays."""
    values: dict[str, Any] = {}
    for name in names:
        value = getattr(options, name)
        values[name] = np.array(value) if isinstance(value, tuple) else value
    return values
