"""Piece of a PyNEST script for extension modules of NEST: models of the user's own, such as those in NESTML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurosim_rl.exchange.pynest_piece import Piece
from neurosim_rl.networks.built_modules import record_of
from neurosim_rl.networks.network import Network
from neurosim_rl.simulators.nestml import build_module

OPTION = """\
parser.add_argument("--modules", nargs="+", metavar="F.so", help="other libraries in place of MODULES, in their order")
"""
"""Lines of the script that declare its option for modules."""
CHOICE = "MODULES[:] = options.modules or MODULES\n"
"""Line behind the script's options."""


def module_piece(names: Sequence[str], network: Network) -> Piece:
    """Return the piece that installs a network's modules: their libraries on this machine, and their sources.

    Its line is one more argument of ``build_network``.

    Parameters
    ----------
    names : sequence of str
        Of the modules, as a configuration has them.
    network : Network
    """
    if not network.nest_modules:
        return Piece("")
    sources: dict[str, list[str]] = {}
    libraries = []
    for module in network.nest_modules:
        if module.is_source:
            source = Path(module.path)
            sources[source.name] = source.read_text(encoding="utf-8").splitlines()
            libraries.append(str(build_module([source]).library))
        else:
            libraries.append(module.path)
    for name in names:
        found: Any = record_of(name).get("sources", {})
        for file, source in found.items():
            sources[file] = source["text"].splitlines()
    return Piece(", MODULES", constants={"MODULES": libraries, "SOURCES": sources})
