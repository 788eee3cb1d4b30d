"""Pages of ``neurosim-rl list``: all kinds, the parts of one kind, and one part with its options."""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import inspect
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from neurosim_rl.analysis.text_page import TextPage
from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.cli.catalogue import kinds, singular
from neurosim_rl.optimizees import TASKS
from neurosim_rl.settings.checks import lookup
from neurosim_rl.settings.named_modules import CHAMPION
from neurosim_rl.settings.options import Options, default_of, option_fields

MOST_NAMES = 24
"""Most names of a kind in the overview."""
OWN = "neurosim_rl"
Part = Any
"""A class with options, a task, a figure, a measure, or the path of a champion."""


def overview_page() -> TextPage:
    """Return a table of all kinds, with the number of parts and their names."""
    rows = []
    for kind, parts in kinds().items():
        names = sorted(parts)
        shown = names if len(names) <= MOST_NAMES else [*names[: MOST_NAMES // 3], "..."]
        rows.append([kind, str(len(names)), ", ".join(shown)])
    table = TextTable(("kind", "parts", "names"), rows, ("parts",), rule=True)
    more = "One kind: neurosim-rl list KIND. One part with all its options: neurosim-rl list KIND NAME."
    return TextPage((table, "", more))


def kind_page(kind: str) -> TextPage:
    """Return the parts of a kind, with one line for each; champions by task."""
    parts = kinds()[kind]
    if kind == "champions":
        table = TextTable(("task", "champions"), _by_task(parts), rule=True)
        more = f"One champion: neurosim-rl list champions NAME. In other commands: {CHAMPION}NAME."
        return TextPage((table, "", more))
    rows = [[name, summary(part)] for name, part in sorted(parts.items())]
    return TextPage(
        (
            TextTable((kind, "explanation"), rows, rule=True),
            "",
            f"One of them with all its options: neurosim-rl list {kind} NAME",
        )
    )


def _by_task(names: Iterable[str]) -> list[list[str]]:
    """Return a row for each task, with the names of its champions: they begin with the task's name."""
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        tasks = [task for task in TASKS if name == task or name.startswith(f"{task}-")]
        found.setdefault(max(tasks, key=len, default=name), []).append(name)
    return [[task, ", ".join(of_task)] for task, of_task in found.items()]


def part_json(kind: str, name: str) -> dict[str, Any]:
    """Return a part as JSON: its explanation, where it is defined, and its options.

    Raises
    ------
    UnknownNameError
        With the nearest match.
    """
    part = _part(kind, name)
    content: dict[str, Any] = {"kind": kind, "name": name, "summary": summary(part), "text": _documentation(part)}
    content["module"] = getattr(part, "__module__", None)
    content["options"] = {key: _option_json(field) for key, field in _options(part).items()}
    return content


def _part(kind: str, name: str) -> Part:
    parts = kinds()[kind]
    # A name in another case, or with the prefix of a champion, is meant too.
    return lookup(singular(kind), name.removeprefix(CHAMPION), parts)


def _option_json(field: dataclasses.Field) -> dict[str, Any]:
    meta = field.metadata
    choices = meta["choices"] if meta["registry"] is None else sorted(meta["registry"])
    default = default_of(field)
    return {
        "default": default.table() if isinstance(default, Options) else default,
        "help": meta["help"],
        "low": meta["low"],
        "high": meta["high"],
        "choices": None if choices is None else list(choices),
    }


def part_page(kind: str, name: str) -> TextPage:
    """Return a part: its documentation, its options with defaults and ranges, and how to choose it.

    Raises
    ------
    UnknownNameError
        With the nearest match.
    """
    part = _part(kind, name)
    if kind == "champions":
        return _champion_page(name.removeprefix(CHAMPION))
    lines: list[str | TextTable] = [f"{singular(kind)} {name}", "", *_paragraphs(_documentation(part))]
    options = _options(part)
    if options:
        rows = [[key, _default(field), _range(field), field.metadata["help"]] for key, field in options.items()]
        lines += ["", TextTable(("option", "default", "range", "explanation"), rows, rule=True)]
    if hasattr(part, "__module__"):
        lines += ["", f"Defined in {part.__module__}."]
    lines += [f"Choose it: {_choice(kind, name)}"]
    return TextPage(tuple(lines))


def _champion_page(name: str) -> TextPage:
    from neurosim_rl.reports.run import show_page

    more = f"Next: neurosim-rl evaluate {CHAMPION}{name}; verify, analyse and record take the name, too."
    return TextPage((*show_page(f"{CHAMPION}{name}").parts, more))


def _choice(kind: str, name: str) -> str:
    """Return how a part is chosen on the command line."""
    if kind == "tasks":
        return f"neurosim-rl evolve {name}"
    if kind == "figure":
        return f"neurosim-rl plot RUN --figure {name}"
    if kind == "measure":
        return "neurosim-rl analyse RUN"
    key = kind if kind == "simulator" else f"{kind}.name"
    return f"neurosim-rl evolve TASK --set {key}={name}"


def _options(part: Part) -> Mapping[str, dataclasses.Field]:
    """Return the options of a part; a figure, a simulator or a task has none."""
    if not dataclasses.is_dataclass(part) or not isinstance(part, type):
        return {}
    return option_fields(part)


def _default(field: dataclasses.Field) -> str:
    default = default_of(field)
    if isinstance(default, Options):
        return str(getattr(default, "name", "a table"))
    return "none" if default is None else str(default)


def _range(field: dataclasses.Field) -> str:
    """Return the range or the choices of an option as text; empty: any value of its type."""
    meta = field.metadata
    choices = meta["choices"] if meta["registry"] is None else sorted(meta["registry"])
    if choices is not None:
        return ", ".join(choices)
    low, high = meta["low"], meta["high"]
    if low is None and high is None:
        return ""
    if high is None:
        return f"at least {low:g}"
    return f"at most {high:g}" if low is None else f"{low:g} to {high:g}"


def summary(part: Part) -> str:
    """Return the first line of a part's documentation, with its module if that is a user's."""
    line = _documentation(part).partition("\n")[0]
    module = getattr(part, "__module__", OWN)
    return line if module.partition(".")[0] == OWN else f"{line} (in {module})".lstrip()


def _paragraphs(text: str) -> list[str]:
    """Return the lines of a documentation, with each paragraph in one; headings, lists and indents are kept."""
    lines: list[str] = []
    for line in text.split("\n"):
        is_text = bool(re.match(r"[\w(*`]", line)) and not line.startswith("* ")
        continues = bool(lines and lines[-1]) and re.match(r"[\w(*]", lines[-1]) is not None
        if is_text and continues:
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return lines


def _documentation(part: Part) -> str:
    """Return the documentation of a part, without marks of reStructuredText around names of code."""
    own = getattr(part, "description", None)  # of figures and measures
    if isinstance(own, str):
        return own
    written = _docstring_of(part) if isinstance(part, str) else getattr(part, "__doc__", None)
    text = inspect.cleandoc(written or "")
    return re.sub(r"(?::\w+:)?`~?([^`]+)`", r"\1", text.replace("``", ""))


def _docstring_of(name: str) -> str | None:
    """Return the docstring of ``module:Class`` from the module's text: to import a simulator may start NEST."""
    module, _, wanted = name.partition(":")
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == wanted]
    return ast.get_docstring(found[0]) if found else None
