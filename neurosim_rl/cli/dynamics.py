"""``neurosim-rl dynamics``: simulate a single neuron or synapse in NEST, beside its closed form."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurosim_rl.cli.arguments import add_json, print_output
from neurosim_rl.cli.messages import print_note, working


def dynamics_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``dynamics``."""
    parser.add_argument(
        "protocol",
        choices=("dc", "stdp"),
        help="dc: a constant current drives a neuron, and its spikes reach a second neuron; stdp: a synapse under "
        "spike-timing-dependent plasticity",
    )
    parser.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder for the figure (default: here)")
    add_json(parser)


def dynamics_command(options: argparse.Namespace) -> int:
    """Simulate one neuron or synapse in NEST and compare it with its closed form: figure and table."""
    from neurosim_rl.dynamics import run_dc, run_stdp
    from neurosim_rl.dynamics.dc_figure import write_dc
    from neurosim_rl.dynamics.stdp_figure import write_stdp
    from neurosim_rl.dynamics.text import dc_json, dc_page, stdp_json, stdp_page

    if options.protocol == "dc":
        with working("simulate in NEST"):
            dc = run_dc()
            figure = write_dc(dc, options.out)
        print_output(dc_json(dc) if options.json else dc_page(dc))
    else:
        with working("simulate in NEST"):
            stdp = run_stdp()
            figure = write_stdp(stdp, options.out)
        print_output(stdp_json(stdp) if options.json else stdp_page(stdp))
    print_note(str(figure))
    return 0
