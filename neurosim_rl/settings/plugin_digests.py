"""Digests of plugins: of a module's source with the modules beside it that it uses, or of a whole package."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from neurosim_rl.settings.named_modules import PACKAGE
from neurosim_rl.settings.registered_environments import MAIN

_OF_SENDER: dict[str, str] = {}


def digest_of(module: str) -> str:
    """Return the SHA-256 digest of a module's source, or of all Python files of a package; empty: unknown.

    Modules and packages beside a plugin count if it imports them, or names them as the entry point of an environment
    (``beside:Mine``); so do those that they use in turn. A script counts alone. Nothing is imported: the source is
    found through a module that is loaded, or on Python's path.
    """
    if module in _OF_SENDER:
        return _OF_SENDER[module]
    path = source_of_module(module)
    if path is None:
        return ""
    if path.name == PACKAGE:
        return _digest(path.parent, path.parent.rglob("*.py"))
    files = {path} if module == MAIN else set(_used(path))
    return hashlib.sha256(path.read_bytes()).hexdigest() if len(files) == 1 else _digest(path.parent, files)


def note_sender(sha256: str) -> None:
    """Remember, in a worker, the digest of the script that sent a call: ``__main__`` is another module here."""
    _OF_SENDER[MAIN] = sha256


def source_of_module(module: str) -> Path | None:
    """Return the file of a module that is loaded or on Python's path; None: it has no source."""
    place = getattr(sys.modules.get(module), "__file__", None)
    if place is None and "." not in module and module not in sys.modules:
        spec = importlib.util.find_spec(module)
        place = spec.origin if spec is not None and spec.has_location else None
    path = Path(place) if place is not None else None
    return path if path is not None and path.suffix == ".py" and path.is_file() else None


def _digest(folder: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(folder).as_posix()}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _used(path: Path) -> Iterator[Path]:
    """Give a file and all files in its folder that it uses, and those that they use in turn, each once."""
    folder, found, waiting = path.parent, {path}, [path]
    while waiting:
        file = waiting.pop()
        yield file
        for name in _named(file):
            beside = [folder / f"{name}.py"]
            if (folder / name / PACKAGE).is_file():
                beside = list((folder / name).rglob("*.py"))
            new = [one for one in beside if one not in found and one.is_file()]
            found.update(new)
            waiting += new


def _named(file: Path) -> Iterator[str]:
    """Give the first words of the modules that a file imports or names as entry points."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):  # told when it is imported
        return
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and ":" in node.value:
            names = [node.value.partition(":")[0]]
        for name in names:
            first = name.partition(".")[0]
            if first.isidentifier():
                yield first
