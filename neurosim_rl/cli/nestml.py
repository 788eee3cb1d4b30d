"""``neurosim-rl nestml``: build models in NESTML into a module for NEST."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from neurosim_rl.cli.arguments import print_output
from neurosim_rl.cli.messages import working


def nestml_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nestml``."""
    parser.add_argument("files", nargs="+", type=Path, metavar="F.nestml", help="models of one module")
    parser.add_argument(
        "--pair",
        action="append",
        default=[],
        metavar="NEURON+SYNAPSE:PORT",
        help="synapse that gets the spikes of its target neuron at this input port; can be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def nestml_command(options: argparse.Namespace) -> int:
    """Build neurons and synapses in NESTML into a module for the installed NEST."""
    from neurosim_rl.analysis.text_page import TextPage
    from neurosim_rl.simulators.nestml import Pair, build_module

    pairs = [Pair.read(text) for text in options.pair]
    with working("generate and compile"):
        built = build_module(options.files, pairs)
    if options.json:
        print_output(json.dumps({"name": built.name, "neurons": built.nodes, "synapses": built.synapses}))
        return 0
    state = "built" if built.is_new else "built before, with the same source and NEST"
    lines = [f"{built.name}: {state}. Models: {', '.join([*built.nodes, *built.synapses])}. In a configuration:"]
    lines += [f'  nest_modules = ["{built.name}"]', "", "  [model]"]
    lines += [f'  neuron = "{name}"' for name in built.nodes[:1]]
    print_output(TextPage(tuple(lines)))
    return 0
