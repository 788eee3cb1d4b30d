"""The structure of the package, read from its files: rooms, imports between them, and the floors these make."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "neurosim_rl": ROOT / "neurosim_rl",
    "neurosim_rl.models": ROOT / "models",
    "neurosim_rl.optimizees": ROOT / "optimizees",
}
"""Packages by their real folders: links are not followed."""


@cache
def modules() -> dict[str, Path]:
    """Return every product module by its import name."""
    found = {}
    for package, folder in FOLDERS.items():
        for parent, _, files in os.walk(folder, followlinks=False):
            for file in sorted(f for f in files if f.endswith(".py")):
                parts = (Path(parent) / file).relative_to(folder).with_suffix("").parts
                name = ".".join([package, *(part for part in parts if part != "__init__")])
                found[name] = Path(parent) / file
    return found


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Give module and name of every import of a file, in functions and for types too; no name: the module itself."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ""
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            assert node.module is not None
            for alias in node.names:
                yield node.module, alias.name


def origin(module: str, name: str) -> str:
    """Return the module that defines an imported name: a package that only hands it on hides no import."""
    if f"{module}.{name}" in modules():
        return f"{module}.{name}"
    handed_on = _handed_on(module)
    return origin(*handed_on[name]) if name in handed_on else module


@cache
def _handed_on(module: str) -> dict[str, tuple[str, str]]:
    """Return what a package's ``__init__.py`` imports, by name: module and name there."""
    path = modules().get(module)
    if path is None or path.name != "__init__.py":
        return {}
    found = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                found[alias.asname or alias.name] = (node.module, alias.name)
    return found


def room_of(module: str) -> str:
    """Return the room of a module: the first-level package, or loose module, that it is or is in.

    Empty: the package itself, and what ``python -m`` runs of it.
    """
    return "" if module in ("neurosim_rl", "neurosim_rl.__main__") else module.split(".")[1]


@cache
def imports_between_rooms() -> dict[tuple[str, str], str]:
    """Return the ordered pairs of rooms of which the first imports from the second, with a module that does."""
    pairs: dict[tuple[str, str], str] = {}
    for module, path in modules().items():
        for source, name in imports(path):
            if source.split(".")[0] != "neurosim_rl":
                continue
            pair = room_of(module), room_of(origin(source, name))
            if "" not in pair and pair[0] != pair[1]:
                pairs.setdefault(pair, module)
    return pairs


def rooms() -> set[str]:
    """Return the names of all rooms."""
    return {room_of(module) for module in modules()} - {""}


def loose_modules() -> set[str]:
    """Return the rooms that are a single file beside the packages."""
    return {name for name in rooms() if (ROOT / "neurosim_rl" / f"{name}.py").is_file()}


def floors() -> dict[str, int]:
    """Return the floor of each room: 1 imports from no other, others are one above the highest that they import from.

    Rooms of a circle have no floor.
    """
    needed: dict[str, set[str]] = {room: set() for room in rooms()}
    for upper, lower in imports_between_rooms():
        needed[upper].add(lower)
    floor: dict[str, int] = {}
    while True:
        ready = [room for room in needed if room not in floor and needed[room] <= set(floor)]
        if not ready:
            return floor
        for room in ready:
            floor[room] = 1 + max((floor[lower] for lower in needed[room]), default=0)
