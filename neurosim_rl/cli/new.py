"""``neurosim-rl new``: make a project of one's own, from the templates in the folder ``project`` beside this module."""

from __future__ import annotations

import argparse
import importlib.util
import keyword
import re
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from neurosim_rl.analysis.text_page import TextPage
from neurosim_rl.cli.arguments import print_output
from neurosim_rl.errors import ConfigurationError

ENDING = ".txt"
"""Ending of each template's name: so no tool takes one for a module, a configuration or a test of this package."""
HIDDEN = {"gitignore": ".gitignore"}


def new_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``new``."""
    parser.add_argument("name", metavar="NAME", help="name of folder, task and package, such as my-forager")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder to make (default: NAME)")


def new_command(options: argparse.Namespace) -> int:
    """Make a project of your own that runs: environment, network, encoder, task, test, notebook."""
    folder = make_project(options.name, options.out)
    text = (
        f"{folder} holds an environment, a network, an encoder and a task named {options.name}. Next:\n"
        f"  cd {folder}\n  neurosim-rl evolve {options.name}\n  pytest\n"
        "README.rst says what each file is for."
    )
    print_output(TextPage((text,)))
    return 0


def make_project(name: str, out: Path | None = None) -> Path:
    """Make the folder of a project; return it.

    Parameters
    ----------
    name : str
        Name of the project and its task; the package has underscores instead of hyphens.
    out : path or None
        The folder; None: one of that name.

    Raises
    ------
    ConfigurationError
        For a name that no package can have or something has already, or a folder that holds something.
    """
    package = _package(name)
    folder = Path(name) if out is None else out
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{folder} exists and is not empty. Choose another name, or a folder with --out.")
    words = {"@NAME@": name, "@PACKAGE@": package, "@LINE@": "=" * len(name)}
    _write(resources.files("neurosim_rl.cli") / "project", folder, words)
    return folder


def _package(name: str) -> str:
    """Return the name of the package of a project."""
    from neurosim_rl.optimizees import TASKS

    package = name.replace("-", "_")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise ConfigurationError(
            f"project {name!r}: expected small letters, digits and hyphens, with a letter first, such as my-forager."
        )
    if keyword.iskeyword(package):
        raise ConfigurationError(f"project {name!r}: this is a word of Python's own. Choose another name.")
    if name in TASKS:
        raise ConfigurationError(f"project {name!r}: there is a task of this name. Choose another.")
    if importlib.util.find_spec(package) is not None:
        raise ConfigurationError(f"project {name!r}: there is a module {package!r} already. Choose another name.")
    return package


def _write(template: Traversable, folder: Path, words: dict[str, str]) -> None:
    """Write the files of a folder of templates, and of those in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in sorted(template.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            _write(entry, folder / (words["@PACKAGE@"] if entry.name == "package" else entry.name), words)
            continue
        name = entry.name.removesuffix(ENDING)
        text = entry.read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(word, value)
        (folder / HIDDEN.get(name, name)).write_text(text, encoding="utf-8")
