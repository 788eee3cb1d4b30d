"""The command ``neurosim-rl``."""

from neurosim_rl.cli.main import main

__all__ = ["main"]
