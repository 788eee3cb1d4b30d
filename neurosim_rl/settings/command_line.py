"""Commands that are printed for the user to copy: each word is quoted for the shell."""

from __future__ import annotations

import shlex

from neurosim_rl.settings.plugins import options_to_repeat
from neurosim_rl.settings.printable import printable


def command_line(*words: object) -> str:
    r"""Return a command of ``neurosim-rl`` as a line for the shell, with the plugins that the user named.

    Names of files may hold spaces, quotes and worse. Control characters are shown escaped, not sent to the terminal.

    Parameters
    ----------
    *words : object
        The ``str`` of each is a word.

    Examples
    --------
    >>> command_line("resume", "runs/my run", "--workers", 2)
    "neurosim-rl resume 'runs/my run' --workers 2"
    """
    return printable(shlex.join(["neurosim-rl", *map(str, words), *options_to_repeat()]))
