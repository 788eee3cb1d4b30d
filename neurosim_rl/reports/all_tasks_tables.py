"""Tables of the page of results: kinds of controllers over all tasks, and all controllers of one task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.measures.controllers import CONTROLLERS
from neurosim_rl.optimizees import solved_return
from neurosim_rl.reports.measures import three_digits
from neurosim_rl.reports.table_row import OURS, TableRow

NONE = "-"
Column = tuple[str, Callable[[TableRow], str]]
ABOUT = (
    "Return of an episode: mean +- standard deviation, and the 95 % interval of the mean (percentile bootstrap). "
    "Champions and simple policies play {episodes} unseen starts, the same for all. *SNN*: spiking network; *ANN*: "
    "network without spiking neurons. *Evolved*: fixed weights, found by an optimizer; *plastic*: weights changed by "
    "reward-modulated STDP; *PPO*: trained by gradients; *linear*: one weighted sum for each output. *Forward reward*: "
    "the part of the return that rewards moving forward; a robot that does not move gets reward, too. *Parameters*: "
    "numbers that training may change. *Weights*: weights that are not 0, without biases and parameters of neurons. "
    "*Training steps*: environment steps of the run, without validation; *training time*: wall clock, validation "
    "included, on the machine that made the run. *Spikes*: spikes of all neurons per environment step, over the "
    "episodes recorded with the champion. Energies are estimates per environment step, of synaptic operations and "
    "updates of neurons only. A dash: not known, or not applicable."
)
ABOUT_ALL = (
    "Mean return and its 95 % interval. Of several controllers of one kind, the table has the best over these starts, "
    "which favours this kind a little; the tables below have all controllers. Controllers that play in another "
    "environment than the task's own are left out."
)


def overview_table(found: Mapping[str, Sequence[TableRow]]) -> TextTable:
    """Return the table of tasks by kinds of controllers."""
    found_families: set[str] = set()
    for rows in found.values():
        found_families.update(row.family for row in rows)
    others = found_families - {*CONTROLLERS, ""}
    families = (*CONTROLLERS, *sorted(others))
    lines = []
    for task, rows in found.items():
        best = [_best(rows, family) for family in families]
        lines.append([task, *best])
    return TextTable(("task", *families), lines)


def _best(rows: Sequence[TableRow], family: str) -> str:
    comparable = [row for row in rows if row.family == family and row.own_environment]
    best = max(comparable, key=lambda row: row.mean, default=None)
    if best is None or best.interval is None:
        return NONE
    return f"{best.mean:.1f} ({between(best.interval)})"


def task_table(rows: Sequence[TableRow]) -> TextTable:
    """Return the table of one task, a row for each controller; columns of which nothing is known may be left out."""
    header: list[str] = []
    columns: list[list[str]] = []
    for name, read in _COLUMNS:
        texts = [read(row) for row in rows]
        is_empty = all(text == NONE for text in texts)
        if not (is_empty and name in _OPTIONAL):
            header.append(name)
            columns.append(texts)
    return TextTable(header, list(zip(*columns, strict=True)), header[1:])


def verdict(task: str, rows: Sequence[TableRow]) -> str:
    """Return the return that solves a task, and which controllers have a higher mean than our best spiking network."""
    solved = solved_return(task)
    return _better(rows) if solved is None else f"Gymnasium calls {solved:g} solved. {_better(rows)}"


def _better(rows: Sequence[TableRow]) -> str:
    comparable = [row for row in rows if row.own_environment]
    ours = [row for row in comparable if row.kind == OURS and row.spiking]
    if not ours:
        return "There is no spiking champion of this task."
    best = max(ours, key=lambda row: row.mean)
    better = [row.controller for row in comparable if row.mean > best.mean]
    controllers = "; ".join(better) or "none of these"
    return f"Controllers with a higher mean return than our best spiking network ({best.controller}): {controllers}."


def between(interval: tuple[float, float]) -> str:
    """Return an interval as text."""
    return "{:.1f} to {:.1f}".format(*interval)


def _return(row: TableRow) -> str:
    if row.sd is None:
        return f"{row.mean:.1f}"
    return f"{row.mean:.1f} +- {row.sd:.1f}"


def _interval(row: TableRow) -> str:
    return NONE if row.interval is None else between(row.interval)


def _known(name: str, form: Callable[[float], str]) -> Callable[[TableRow], str]:
    """Return a function that gives a field of a row as text, and a dash where the field is None."""

    def read(row: TableRow) -> str:
        value = getattr(row, name)
        return NONE if value is None else form(value)

    return read


def _energy(device: str) -> Callable[[TableRow], str]:
    """Return a function that gives the energy of a row on a device, in nJ."""

    def read(row: TableRow) -> str:
        return three_digits(row.energy_j[device] * 1e9) if device in row.energy_j else NONE

    return read


def _count(value: float) -> str:
    return f"{value:,}".replace(",", " ")


_COLUMNS: list[Column] = [
    ("controller", lambda row: row.controller),
    ("return", _return),
    ("95 % interval", _interval),
    ("forward reward", _known("forward", "{:.1f}".format)),
    ("parameters", _known("parameters", _count)),
    ("weights", _known("weights", _count)),
    ("training steps", _known("steps", lambda steps: f"{steps / 1e6:.3g} M")),
    ("training time (min)", _known("seconds", lambda seconds: three_digits(seconds / 60))),
    ("spikes", _known("spikes", three_digits)),
    ("Loihi (nJ)", _energy("loihi")),
    ("ARM (nJ)", _energy("arm")),
    ("x86 (nJ)", _energy("x86")),
]
"""Header of each column, and the function that gives the text of a row."""
_OPTIONAL = ("forward reward",)
"""Columns that are left out of a table where no row has a value."""
