"""The page of results: a table for each task, in reStructuredText, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill

from neurosim_rl.analysis.saving import make_folder
from neurosim_rl.measuring_report import sources_text, three_digits
from neurosim_rl.optimizees import solved_return
from neurosim_rl.results import OURS, Result, results_json
from neurosim_rl.runs.files import writing
from neurosim_rl.runs.provenance import provenance
from neurosim_rl.tables import TextTable

NAME = "mujoco"
WIDTH = 120
NONE = "-"
_HEADER = ("controller", "return", "forward reward", "weights", "training steps", "Loihi (nJ)", "ARM (nJ)", "x86 (nJ)")


def write_page(found: Mapping[str, list[Result]], out: Path, *, episodes: int, command: str) -> list[Path]:
    """Write ``mujoco.rst`` and ``mujoco.json``, each whole or not at all; return their paths.

    Parameters
    ----------
    found : mapping of str to list of Result
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


def page(found: Mapping[str, list[Result]], *, episodes: int, command: str, versions: Mapping[str, str]) -> str:
    """Return the page."""
    made_with = ", ".join(f"{name} {version}" for name, version in versions.items())
    about = (
        f"Return of an episode, mean +- standard deviation; ours and the simple policies over {episodes} unseen "
        "starts, the same for all. *Forward reward*: the part of the return that is paid for moving forward; a robot "
        "that stands is paid, too. *Weights*: those that are not 0; biases and parameters of neurons are not counted. "
        "*Training steps*: environment steps of the run, without validation. Energies are estimates for an environment "
        "step, of synaptic operations and updates of neurons alone. A dash: not known, or there is none."
    )
    made_by = f"Made by ``{command}`` with {made_with}."
    parts = [
        _heading("Results on MuJoCo's robots", "="),
        fill(about, WIDTH),
        fill(made_by, WIDTH, break_on_hyphens=False, break_long_words=False),
        *(_section(task, rows) for task, rows in found.items()),
        _heading("Constants of energy", "-"),
        "\n".join(f"* {line}" for line in sources_text().splitlines()),
    ]
    return "\n\n".join(parts) + "\n"


def _section(task: str, rows: Sequence[Result]) -> str:
    solved = solved_return(task)
    told = [] if solved is None else [f"Gymnasium calls {solved:g} solved."]
    table = TextTable(_HEADER, [_cells(row) for row in rows], _HEADER[1:]).rst()
    sources = [f"* {row.controller}: {row.source}." for row in rows if row.source]
    parts = [_heading(task, "-"), " ".join([*told, _verdict(rows)]), table, "\n".join(sources)]
    return "\n\n".join(part for part in parts if part)


def _verdict(rows: Sequence[Result]) -> str:
    """Return which controllers are better than our best spiking network."""
    ours = [row for row in rows if row.kind == OURS and row.spiking]
    if not ours:
        return "There is no spiking champion of this task."
    best = max(ours, key=lambda row: row.mean)
    better = [row.controller for row in rows if row.mean > best.mean]
    return f"Better than our best spiking network ({best.controller}): {'; '.join(better) or 'none of these'}."


def _cells(row: Result) -> list[str]:
    return [
        row.controller,
        f"{row.mean:.1f}" if row.sd is None else f"{row.mean:.1f} +- {row.sd:.1f}",
        NONE if row.forward is None else f"{row.forward:.1f}",
        NONE if row.weights is None else f"{row.weights:,}".replace(",", " "),
        NONE if row.steps is None else f"{row.steps / 1e6:.3g} M",
        *(
            NONE if device not in row.energy_j else three_digits(row.energy_j[device] * 1e9)
            for device in ("loihi", "arm", "x86")
        ),
    ]


def _heading(text: str, mark: str) -> str:
    return f"{text}\n{mark * len(text)}"
