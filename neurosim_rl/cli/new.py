"""``neurosim-rl new``: make a project of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurosim_rl.cli.arguments import print_output


def new_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``new``."""
    parser.add_argument(
        "name", metavar="NAME", help="name of the project, such as my-forager: folder, task and package"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder to make (default: NAME)")


def new_command(options: argparse.Namespace) -> int:
    """Make a project of your own that runs: environment, network, encoder, task, test, notebook."""
    from neurosim_rl.cli.new_project import make_project

    folder = make_project(options.name, options.out)
    print_output(
        f"{folder} holds an environment, a network, an encoder and a task named {options.name}. Next:\n"
        f"  cd {folder}\n  neurosim-rl evolve {options.name} --generations 10\n  pytest\n"
        "README.rst says what each file is for."
    )
    return 0
