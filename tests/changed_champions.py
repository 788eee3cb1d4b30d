"""Champions that changed, by git."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = "models/champions"
TRUNKS = ("origin/HEAD", "origin/main", "main")
"""Names of the branch that others merge into, the first that exists counts."""


def changed_champions(root: Path = ROOT) -> set[str]:
    """Return the champions whose files differ from those of the trunk, committed or not.

    On the trunk itself: from those of the commit before. Without git, or without that commit (a shallow clone), there
    is nothing to compare with, and the set is empty.
    """
    base = _base(root)
    changed = _git(root, "diff", "--name-only", "--diff-filter=d", base, "--", FOLDER) if base else ""
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "--", FOLDER)
    return {Path(path).stem for path in f"{changed}\n{untracked}".splitlines() if path.endswith(".h5")}


def _base(root: Path) -> str:
    head = _git(root, "rev-parse", "HEAD")
    for trunk in TRUNKS:
        base = _git(root, "merge-base", "HEAD", trunk)
        if base:
            return base if base != head else _git(root, "rev-parse", "--verify", "HEAD~1")
    return ""


def _git(root: Path, *arguments: str) -> str:
    """Return what git prints; nothing where it fails or does not exist."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
