"""Files of a stranger: champions, run folders, studies, NIR files and settings, with something wrong in each."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.crafted_hdf5 import spoil_file
from benchmarks.crafted_places import PLACES, put, remove, replace
from benchmarks.crafted_settings import BAD_TEXTS, BAD_WORKERS, bad_settings, spoil_settings, with_settings

Rng = np.random.Generator

KINDS = ("champion", "run", "nir", "champion", "settings", "study", "champion", "run", "nir", "place")
"""Kinds of files by the last digit of their number."""
LINKED = ("generations", "training", "figures", "lock", "events.log", "workers", "stage")
"""What may be a link out of a run folder."""
WORKERS_TEXTS = ("1000000000", "-4", "many", "\x1b]0;owned\x07\x1b[31m8\n")
"""Contents of a file ``workers``."""


@dataclass(frozen=True)
class Originals:
    """Good files to spoil, and the folder outside of everything that no command may touch."""

    run: Path
    study: Path
    nir: Path
    outside: Path


@dataclass(frozen=True)
class Crafted:
    """A file or folder: its kind (``champion``, ``run``, ``study``, ``nir`` or ``settings``), path and description."""

    kind: str
    path: Path
    what: str


def craft(number: int, rng: Rng, originals: Originals, folder: Path) -> Crafted:
    """Return the crafted file of a number: its kind follows from the number, all else is drawn.

    Of run folders with something else in a file's place, and of wrong numbers of workers, what it is follows from the
    number, too: among 300 files is each of them.
    """
    kind = KINDS[number % len(KINDS)]
    if kind == "place":
        return _place(number // len(KINDS), originals, folder)
    return CRAFTS[kind](rng, originals, folder)


def _place(number: int, originals: Originals, folder: Path) -> Crafted:
    """Return a run folder that is not finished, so that resuming reads and writes all of its files."""
    path = folder / "run"
    shutil.copytree(originals.run, path)
    remove(path / "champion.h5")
    number %= len(PLACES) + len(WORKERS_TEXTS) + len(BAD_WORKERS)
    if number < len(PLACES):
        name, thing = PLACES[number]
        return Crafted("run", path, put(path / name, thing, originals.outside))
    number -= len(PLACES)
    if number < len(WORKERS_TEXTS):
        (path / "workers").write_text(WORKERS_TEXTS[number])
        return Crafted("run", path, f"workers: {WORKERS_TEXTS[number]!r}")
    return Crafted("run", path, _rewrite_config(path, f"workers = {BAD_WORKERS[number - len(WORKERS_TEXTS)]}\n"))


def _champion(rng: Rng, originals: Originals, folder: Path) -> Crafted:
    path = folder / "champion.h5"
    shutil.copy(originals.run / "champion.h5", path)
    return Crafted("champion", path, spoil_file(rng, path, originals.outside))


def _run(rng: Rng, originals: Originals, folder: Path) -> Crafted:
    path = folder / "run"
    shutil.copytree(originals.run, path)
    names = sorted(str(p.relative_to(path)) for p in path.rglob("*") if p.is_file() and p.suffix != ".png")
    name = str(rng.choice([*names, "stage", "workers", "tracking.json"]))
    target = path / name
    way = rng.random()
    if way < 0.25:
        what = replace(rng, target, originals.outside)
    elif way < 0.35:
        place = path / str(rng.choice(LINKED))
        remove(place)
        is_folder = place.suffix == "" and place.name not in ("lock", "stage")
        place.symlink_to(originals.outside if is_folder else originals.outside / "own")
        what = f"{place.name} is a link out of the folder"
    elif target.suffix == ".h5":
        what = f"{name}: {spoil_file(rng, target, originals.outside)}"
    elif name == "config.toml":
        what = _rewrite_config(path, bad_settings(rng, originals.outside))
    else:
        text = str(rng.choice(BAD_TEXTS))
        target.write_text(text)
        what = f"{name}: {text[:40]!r}"
    if rng.random() < 0.4:
        remove(path / "champion.h5")  # a run that can be resumed
    return Crafted("run", path, what)


def _rewrite_config(run: Path, bad: str) -> str:
    """Put settings into the configuration of a run, under a right digest; return the description."""
    text = with_settings((run / "config.toml").read_text().partition("\n")[2], bad)
    digest = hashlib.sha256(text.encode()).hexdigest()
    (run / "config.toml").write_text(f"# neurosim-rl configuration, format 2, sha256 {digest}\n{text}")
    return f"config.toml: {bad[:80]!r}"


def _study(rng: Rng, originals: Originals, folder: Path) -> Crafted:
    path = folder / "study"
    shutil.copytree(originals.study, path)
    way = rng.random()
    if way < 0.4:
        return Crafted("study", path, spoil_file(rng, path / "study.h5", originals.outside))
    if way < 0.7:
        return Crafted("study", path, _spoil_study(rng, path, originals.outside))
    settings = bad_settings(rng, originals.outside).replace("[", "[settings.", 1)
    name = str(rng.choice(["theirs", "../../outside", "t\\u001b[31m"]))
    text = f'name = "{name}"\nseeds = "1"\n[grid]\ntask = ["cart-pole"]\n'
    if not settings.startswith("["):
        text += "[settings]\n"
    (path / "study.toml").write_text(f"{text}{settings}")
    return Crafted("study", path, f"study.toml: {settings[:80]!r}")


def _spoil_study(rng: Rng, path: Path, outside: Path) -> str:
    """Put something else in the place of a file of a study or of its run, or a link; return the description."""
    run = sorted((path / "runs").iterdir())[0]
    if rng.random() < 0.5:
        names = (
            "study.toml",
            "study.h5",
            "lock",
            "events.log",
            f"runs/{run.name}/lock",
            f"runs/{run.name}/config.toml",
        )
        return replace(rng, path / str(rng.choice(names)), outside)
    remove(path / "study.h5")  # the run is not in the table: it is played
    remove(run / "champion.h5")
    place = path / str(rng.choice(["runs", f"runs/{run.name}", f"runs/{run.name}/generations"]))
    remove(place)
    place.symlink_to(outside)
    return f"{place.name} is a link out of the folder"


def _nir(rng: Rng, originals: Originals, folder: Path) -> Crafted:
    path = folder / "network.nir"
    shutil.copy(originals.nir, path)
    return Crafted("nir", path, spoil_file(rng, path, originals.outside))


def _settings_file(rng: Rng, originals: Originals, folder: Path) -> Crafted:
    path = folder / "settings.toml"
    if rng.random() < 0.2:
        path.touch()
        return Crafted("settings", path, replace(rng, path, originals.outside))
    text = spoil_settings(rng, "", originals.outside)
    path.write_text(text)
    return Crafted("settings", path, repr(text[:80]))


CRAFTS: dict[str, Callable[[Rng, Originals, Path], Crafted]] = {
    "champion": _champion,
    "run": _run,
    "study": _study,
    "nir": _nir,
    "settings": _settings_file,
}
