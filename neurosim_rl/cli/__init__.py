"""The command line ``neurosim-rl``: one module for each command, named after it."""

from neurosim_rl.cli.main import main

__all__ = ["main"]
