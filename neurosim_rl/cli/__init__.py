"""The command line ``neurosim-rl``: one module ``VERB_command`` for each command."""

from neurosim_rl.cli.main import main

__all__ = ["main"]
