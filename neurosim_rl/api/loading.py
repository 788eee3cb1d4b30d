"""Loading what was made: runs, champions, studies, networks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurosim_rl.api.champion import Champion
from neurosim_rl.api.controller import Controller
from neurosim_rl.api.run import Run
from neurosim_rl.api.studying import Study
from neurosim_rl.errors import RunFolderError
from neurosim_rl.runs.champion import shipped_champions
from neurosim_rl.runs.run_list import is_study
from neurosim_rl.settings.checks import nearest
from neurosim_rl.settings.named_modules import CHAMPION
from neurosim_rl.settings.plugins import allow
from neurosim_rl.settings.sources import source_hint

EXPECTED = "a run folder, a study's folder, a champion's file (.h5), a NIR file (.nir) or champion:NAME"


def load(target: Path | str, *, plugins: Sequence[str] = ()) -> Any:
    """Return what a name or path holds: a `Run`, `Champion`, `Study` or `Controller`.

    Parameters
    ----------
    target : path or str
        A run folder gives a `Run`; a champion's file, or ``champion:NAME`` of a shipped one, a `Champion`; a study's
        folder a `Study`; a NIR file a `Controller`.
    plugins : sequence of str
        Modules and files that it may use, because you trust them: what only the file names is not imported.

    Raises
    ------
    UnknownNameError
        For an unknown ``champion:NAME``, with the nearest match.
    RunFolderError
        For anything else, with what was expected and the nearest match.

    Examples
    --------
    >>> nrl.load("champion:hopper").evaluate(episodes=100)  # doctest: +SKIP
    >>> nrl.load("runs/mountain-car-seed3").history  # doctest: +SKIP
    """
    allow(*plugins)
    if str(target).startswith(CHAMPION):
        return Champion(target)
    path = Path(target)
    if path.is_dir():
        return _folder(path)
    if path.suffix == ".nir" and path.is_file():
        return _nir(path)
    if path.is_file():
        return Champion(path)
    raise RunFolderError(f"{target} does not exist: expected {EXPECTED}.{_hint(target)}")


def _folder(path: Path) -> Run | Study:
    """Return the run or study of a folder."""
    if is_study(path):
        return Study(path)
    if (path / "config.toml").is_file():
        return Run(path)
    inside = sorted(found.parent.name for found in path.glob("*/config.toml"))
    hint = f" It holds runs: {', '.join(inside[:5])}; load one of them, or compare all: nrl.compare({str(path)!r})."
    raise RunFolderError(f"{path} is neither a run folder nor a study's: expected {EXPECTED}.{hint if inside else ''}")


def _nir(path: Path) -> Controller:
    from neurosim_rl.exchange.nir import read_nir

    optimizee, vector = read_nir(path, None)
    return Controller(optimizee.completed(), vector)


def _hint(target: Path | str) -> str:
    """Return where a file of the repository is, or the nearest of the shipped champions and the paths beside it."""
    if in_sources := source_hint(target):
        return in_sources
    path = Path(target)
    beside = [str(found) for found in path.parent.glob("*")] if path.parent.is_dir() else []
    champions = [f"{CHAMPION}{name}" for name in shipped_champions()]
    match = f"{CHAMPION}{target}" if f"{CHAMPION}{target}" in champions else nearest(str(target), [*champions, *beside])
    return f" Did you mean {match!r}?" if match else ""
