"""The page of results: a table of all tasks, one for each task, in reStructuredText, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import fill

from neurosim_rl.analysis.saving import make_folder
from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.measures.controllers import CONTROLLERS
from neurosim_rl.optimizees import solved_return
from neurosim_rl.reports.all_tasks import OURS, TableRow, results_json
from neurosim_rl.reports.measures import sources_text, three_digits
from neurosim_rl.runs.files import writing
from neurosim_rl.runs.provenance import provenance

NAME = "results"
WIDTH = 120
NONE = "-"
Column = tuple[str, Callable[[TableRow], str]]


def write_page(found: Mapping[str, list[TableRow]], out: Path, *, episodes: int, command: str) -> list[Path]:
    """Write ``results.rst`` and ``results.json``, each whole or not at all; return their paths.

    Parameters
    ----------
    found : mapping of str to list of TableRow
        By task.
    out : path
        Folder for the files; it is made if need be.
    episodes : int
        Unseen starts.
    command : str
        What makes the page again.

    Raises
    ------
    RunFolderError
        When the folder cannot be made or written.
    """
    make_folder(out)
    versions = provenance()["versions"]
    record = {"episodes": episodes, "command": command, "versions": versions, "tasks": results_json(found)}
    texts = {
        f"{NAME}.rst": page(found, episodes=episodes, command=command, versions=versions),
        f"{NAME}.json": json.dumps(record, indent=2) + "\n",
    }
    for name, text in texts.items():
        with writing(out / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return [out / name for name in texts]


def page(found: Mapping[str, list[TableRow]], *, episodes: int, command: str, versions: Mapping[str, str]) -> str:
    """Return the page."""
    made_with = ", ".join(f"{name} {version}" for name, version in versions.items())
    parts = [
        _heading("Results", "="),
        fill(_ABOUT.format(episodes=episodes), WIDTH),
        fill(f"Made by ``{command}`` with {made_with}.", WIDTH, break_on_hyphens=False, break_long_words=False),
        _heading("All tasks", "-"),
        fill(_ABOUT_ALL, WIDTH),
        _overview(found),
        *(_section(task, rows) for task, rows in found.items()),
        _heading("Constants of energy", "-"),
        "\n".join(f"* {line}" for line in sources_text().splitlines()),
    ]
    return "\n\n".join(parts) + "\n"


_ABOUT = (
    "Return of an episode, mean +- standard deviation, and the 95 % interval of the mean (percentile bootstrap); "
    "ours and the simple policies over {episodes} unseen starts, the same for all. *SNN*: spiking; *ANN*: without "
    "neurons. *Evolved*: fixed weights, found by an optimizer; *plastic*: weights changed by reward-modulated STDP; "
    "*PPO*: trained by gradients; *linear*: one weighted sum for each output. *Forward reward*: the part of the "
    "return that is paid for moving forward; a robot that stands is paid, too. *Parameters*: numbers that training "
    "may change. *Weights*: those that are not 0, without biases and parameters of neurons. *Training steps*: "
    "environment steps of the run, without validation; *training time*: wall clock, validation included, on the "
    "machine that made the run. *Spikes*: of all neurons, for an environment step, over the episodes recorded with "
    "the champion. Energies are estimates for an environment step, of synaptic operations and updates of neurons "
    "alone. A dash: not known, or there is none."
)
_ABOUT_ALL = (
    "Mean return and its 95 % interval. Of several controllers of a kind this is the best over these starts, which "
    "flatters it a little; all of them stand below. What plays in another environment than the task's own is left out."
)


def _overview(found: Mapping[str, Sequence[TableRow]]) -> str:
    """Return the table of tasks and kinds of controllers."""
    others = {row.family for rows in found.values() for row in rows if row.family} - set(CONTROLLERS)
    families = (*CONTROLLERS, *sorted(others))
    return TextTable(
        ("task", *families),
        [[task, *(_best(rows, family) for family in families)] for task, rows in found.items()],
    ).rst()


def _best(rows: Sequence[TableRow], family: str) -> str:
    comparable = (row for row in rows if row.family == family and row.own_environment)
    best = max(comparable, key=lambda row: row.mean, default=None)
    return NONE if best is None or best.interval is None else f"{best.mean:.1f} ({_between(best.interval)})"


def _section(task: str, rows: Sequence[TableRow]) -> str:
    solved = solved_return(task)
    told = [] if solved is None else [f"Gymnasium calls {solved:g} solved."]
    columns = [
        column for column in _COLUMNS if column[0] not in _OPTIONAL or any(column[1](row) != NONE for row in rows)
    ]
    header = [name for name, _ in columns]
    table = TextTable(header, [[read(row) for _, read in columns] for row in rows], header[1:]).rst()
    sources = [f"* {row.controller}: {row.source}." for row in rows if row.source]
    parts = [_heading(task, "-"), " ".join([*told, _verdict(rows)]), table, "\n".join(sources)]
    return "\n\n".join(part for part in parts if part)


def _verdict(rows: Sequence[TableRow]) -> str:
    """Return which controllers have a higher mean than our best spiking network."""
    comparable = [row for row in rows if row.own_environment]
    ours = [row for row in comparable if row.kind == OURS and row.spiking]
    if not ours:
        return "There is no spiking champion of this task."
    best = max(ours, key=lambda row: row.mean)
    better = [row.controller for row in comparable if row.mean > best.mean]
    told = "; ".join(better) or "none of these"
    return f"Of a higher mean return than our best spiking network ({best.controller}): {told}."


def _between(interval: tuple[float, float]) -> str:
    return "{:.1f} to {:.1f}".format(*interval)


def _return(row: TableRow) -> str:
    return f"{row.mean:.1f}" if row.sd is None else f"{row.mean:.1f} +- {row.sd:.1f}"


def _known(name: str, form: Callable[[float], str]) -> Callable[[TableRow], str]:
    """Return what gives the text of a field, a dash where it is not known."""
    return lambda row: NONE if getattr(row, name) is None else form(getattr(row, name))


def _energy(device: str) -> Callable[[TableRow], str]:
    return lambda row: NONE if device not in row.energy_j else three_digits(row.energy_j[device] * 1e9)


def _count(value: float) -> str:
    return f"{value:,}".replace(",", " ")


_COLUMNS: list[Column] = [
    ("controller", lambda row: row.controller),
    ("return", _return),
    ("95 % interval", lambda row: NONE if row.interval is None else _between(row.interval)),
    ("forward reward", _known("forward", "{:.1f}".format)),
    ("parameters", _known("parameters", _count)),
    ("weights", _known("weights", _count)),
    ("training steps", _known("steps", lambda steps: f"{steps / 1e6:.3g} M")),
    ("training time (min)", _known("seconds", lambda seconds: three_digits(seconds / 60))),
    ("spikes", _known("spikes", three_digits)),
    *((f"{name} (nJ)", _energy(device)) for name, device in (("Loihi", "loihi"), ("ARM", "arm"), ("x86", "x86"))),
]
"""Header, and what gives the text."""
_OPTIONAL = ("forward reward",)
"""Columns that a task's table has only where something is known."""


def _heading(text: str, mark: str) -> str:
    return f"{text}\n{mark * len(text)}"
