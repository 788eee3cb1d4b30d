r"""Values in ``#SBATCH`` lines, quoted as sbatch reads them: its rules are not those of the shell.

sbatch (``_get_argument`` in its ``opt.c``) ends a value at a space or ``#`` outside of quotes. It takes the character
after a backslash as it is, within quotes too.

Names of output files are patterns (``sbatch(1)``, "filename pattern"). In them ``%`` and a letter stand for a number of
the job, ``%%`` for a percent sign, and a backslash anywhere turns all that off.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from neurosim_rl.errors import ConfigurationError

_PLAIN = re.compile(r"[\w@%+=:,./-]+")


def sbatch_quoted(value: str) -> str:
    """Return a value as sbatch reads it back: in double quotes unless it is empty or all its characters are plain."""
    if not value or _PLAIN.fullmatch(value):
        return value
    return sbatch_string(value)


def sbatch_string(value: str) -> str:
    """Return a value in double quotes, as sbatch reads it back."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def sbatch_pattern(folder: Path, name: str) -> str:
    """Return the quoted pattern of an output file: a folder as it is, then a name with symbols such as ``%j``.

    Raises
    ------
    ConfigurationError
        For a folder with a backslash: Slurm would take the symbols for letters.
    """
    text = str(folder.absolute())
    if "\\" in text:
        raise ConfigurationError(
            f"folder {text!r}: Slurm cannot write the output of jobs to a path with a backslash. Choose another folder."
        )
    return sbatch_string(f"{text.replace('%', '%%')}/{name}")


def refuse_unprintable(what: str, value: str, kept: str = "") -> None:
    """Raise if a value has control characters, or bytes that are not UTF-8: no line of a job script can hold them.

    Parameters
    ----------
    what : str
        Name of the option, for the message.
    value : str
    kept : str
        Control characters that are allowed.

    Raises
    ------
    ConfigurationError
    """
    for character in value:
        # Cc: control characters, line ends among them; Cs: a byte of a file name that is not UTF-8.
        if character not in kept and unicodedata.category(character) in ("Cc", "Cs"):
            raise ConfigurationError(
                f"{what} = {value!r}: expected text on one line, without control characters, in UTF-8. "
                f"Remove {character!r}."
            )
