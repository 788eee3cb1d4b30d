"""What an installation holds: packages and megabytes, plain, with each extra, and because of L2L alone.

Requirements are those of the installed packages' metadata, sizes those of their lists of files. Modules that Python has
compiled do not count.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURS, L2L = "neurosim-rl", "l2lforhpc"
LEAST_MB = 1.0
"""Smallest package that has a row of its own."""


def run() -> dict[str, Any]:
    """Return rows of the plain installation, of each extra, and of each large package that only L2L needs."""
    plain = needed([OURS])
    rows = [_row("plain", plain)]
    extras = sorted(distribution(OURS).metadata.get_all("Provides-Extra") or [])
    rows += [_row(f"[{extra}]", needed([f"{OURS}[{extra}]"]) - plain) for extra in extras]
    of_l2l = only_for_l2l()
    rows.append(_row("L2L alone", of_l2l))
    large = sorted((name for name in of_l2l if size_mb(name) >= LEAST_MB), key=size_mb, reverse=True)
    rows += [_row(f"L2L alone: {name}", {name}) for name in large]
    return {"about": "packages and MB of files (plain: with neurosim-rl itself)", "rows": rows}


def only_for_l2l() -> set[str]:
    """Return the packages that the plain installation would not need without L2L's distribution, that one included."""
    return needed([OURS]) - needed([OURS], without={L2L})


def needed(requirements: Iterable[str], without: Iterable[str] = ()) -> set[str]:
    """Return the names of all packages that requirements need, directly or not, themselves included.

    Parameters
    ----------
    requirements : iterable of str
        Such as ``neurosim-rl[mujoco]``.
    without : iterable of str
        Packages that are left out, with what only they need.
    """
    found: set[tuple[str, str]] = set()
    waiting = [pair for text in requirements for pair in _wanted(Requirement(text))]
    while waiting:
        name, extra = pair = waiting.pop()
        if pair in found or name in without:
            continue
        found.add(pair)
        for line in _requires(name):
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                waiting += _wanted(requirement)
    return {name for name, _ in found}


def _wanted(requirement: Requirement) -> list[tuple[str, str]]:
    """Return name and extra of what a requirement needs; the extra "" is the package itself."""
    return [(canonicalize_name(requirement.name), extra) for extra in ("", *requirement.extras)]


def _requires(name: str) -> list[str]:
    """Return the requirements of an installed package; none for one that is not installed."""
    try:
        return distribution(name).requires or []
    except PackageNotFoundError:
        return []


def size_mb(name: str) -> float:
    """Return the size of a package's files in MB; 0 if it is not installed."""
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        return 0.0
    return sum(file.size or 0 for file in files) / 1e6


def is_installed(name: str) -> bool:
    """Return whether a package is installed here."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _row(what: str, names: set[str]) -> dict[str, Any]:
    missing = sum(not is_installed(name) for name in names)
    return {
        "what": what,
        "packages": len(names),
        "MB": round(sum(map(size_mb, names))),
        "not installed here": missing,
    }
