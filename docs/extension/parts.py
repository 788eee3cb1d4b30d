"""A page for each part: task, model, encoder, decoder, optimizer, learning rule, and the others."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path

from docs.extension.options import options_table
from docs.extension.rst import contents, escaped, list_table, literal, page, title
from neurosim_rl.cli.catalogue import components
from neurosim_rl.optimizees import TASKS

ROOT = Path(__file__).parents[2]
NAMES = {"learning": "learning rule", "learning.critic": "critic", "encoder.tuning": "tuning"}
"""Names of kinds that are not called as their table of a configuration."""
PLURALS = {"fitness": "fitness functions"}


def kinds() -> dict[str, Mapping[str, type]]:
    """Return the parts of each kind, by the path of their table.

    Tables whose parts are all of another kind, such as ``decoder.readout``, are left out.
    """
    found: dict[str, Mapping[str, type]] = {"task": TASKS}
    for path, parts in sorted(components().items(), key=lambda item: item[0].count(".")):
        known = {part for others in found.values() for part in others.values()}
        if not set(parts.values()) <= known:
            found[path] = parts
    return found


def kind_name(path: str) -> str:
    """Return what the parts of a table are called."""
    return NAMES.get(path, path)


def folder(path: str) -> str:
    """Return the folder of a kind's pages."""
    return kind_name(path).replace(" ", "_")


def part_pages() -> dict[str, str]:
    """Return the pages of all parts, and lists of them, by their path below the folder of parts."""
    pages = {}
    links = []
    for path, parts in kinds().items():
        links.append(f"{folder(path)}/index")
        pages[f"{folder(path)}/index.rst"] = kind_page(path, parts)
        for name, part in sorted(parts.items()):
            pages[f"{folder(path)}/{name}.rst"] = part_page(path, name, part)
    explanation = (
        "Every part that a configuration can name, with its options, its docstring and its source. These pages are "
        "made of the code.\n\n``neurosim-rl list`` prints the same in a terminal. Parts of your own join them: "
        ":doc:`/how-to/plugins`."
    )
    pages["index.rst"] = page(title("Parts"), explanation, contents(links, depth=2))
    return pages


def kind_page(path: str, parts: Mapping[str, type]) -> str:
    """Return the list of the parts of a kind."""
    name = kind_name(path)
    plural = PLURALS.get(name, f"{name}s")
    rows = [(f":doc:`{key}`", escaped(summary(part))) for key, part in sorted(parts.items())]
    hidden = contents(sorted(parts)).replace(":maxdepth: 1", ":hidden:")
    choice = f"Chosen by {chosen_by(path, 'NAME')}."
    return page(title(plural.capitalize()), choice, list_table(("name", name), rows), hidden)


def part_page(path: str, name: str, part: type) -> str:
    """Return the page of a part: how it is chosen, docstring, options and source."""
    source = Path(inspect.getsourcefile(part) or "")
    file = source.resolve().relative_to(ROOT)
    blocks = [
        title(name),
        f"{kind_name(path).capitalize()}, chosen by {chosen_by(path, name)}.",
        f".. autoclass:: {part.__module__}.{part.__qualname__}\n   :no-members:",
    ]
    if path != "task":
        blocks += [title("Options", "-"), options_table(part, path)]
    blocks += [
        title("Source", "-"),
        f".. dropdown:: {file}\n\n   .. literalinclude:: /../{file}\n      :language: python\n      :linenos:",
    ]
    return page(*blocks)


def chosen_by(path: str, name: str) -> str:
    """Return the words of a command that choose a part."""
    if path == "task":
        return literal(f"neurosim-rl evolve {name}")
    return literal(f"--set {path}.name={name}")


def summary(part: type) -> str:
    """Return the first line of a class's docstring."""
    return (part.__doc__ or "").strip().partition("\n")[0].replace("``", "")
