"""Where files of the repository are that the installed package lacks, such as studies and notebooks."""

from __future__ import annotations

from pathlib import Path

from neurosim_rl import __version__

FOLDERS = ("benchmarks", "docs", "examples", "notebooks", "tests")
"""Folders that a checkout and the source distribution have, and a wheel has not."""

FETCH = f"pip download --no-deps --no-binary neurosim-rl neurosim-rl=={__version__}"
"""Command that brings the source distribution of this version."""

_ROOT = Path(__file__).resolve().parents[2]
"""The checkout, or the folder of installed packages."""


def source_hint(path: Path | str, root: Path = _ROOT) -> str:
    """Return a sentence that says where a missing file or folder of the repository is; empty for any other path.

    Parameters
    ----------
    path : path or str
        As a user named it, relative to the current folder.
    root : path
        Folder that holds the package.

    Examples
    --------
    >>> source_hint("runs/mountain-car-seed1")
    ''
    """
    parts = Path(path).parts
    try:
        if not parts or parts[0] not in FOLDERS or Path(path).exists():
            return ""
        in_checkout = root / path
        if (root / "setup.cfg").is_file():
            return f" It is {in_checkout}." if in_checkout.exists() else ""
    except OSError:  # too long for a path
        return ""
    return f" {parts[0]}/ is in the source distribution, not in the installed package: {FETCH}"
