"""Every environment that Gymnasium registers, by its id: one small generation, through the whole run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gymnasium

from neurosim_rl.environments import EnvironmentSpec
from neurosim_rl.errors import NeurosimError
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.optimizees import Configuration, solved_return
from neurosim_rl.reports.figures import draw_after_run
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "gymnasium_environments.rst"
MARK = ".. The table is written by python -m benchmarks {}; the rest of the page ends here.\n"
N_STEPS = 100
"""Step limit of the episodes of these runs."""
SMALL: Mapping[str, Any] = {
    "generations": 1,
    "episodes": 1,
    "validation_episodes": 1,
    "finalists": 0,
    "workers": 1,
    "optimizer": {"population": 4},
    "environment": {"kwargs": {"max_episode_steps": N_STEPS}},
    "normalisation": {"steps": 500},
}
WITHOUT_MEASUREMENT = {key: value for key, value in SMALL.items() if key != "normalisation"}


def run() -> dict[str, Any]:
    """Play all environments, and write the table into the page."""
    rows = [row(name) for name in names()]
    write_table(PAGE, "gymnasium", rows)
    n_play = sum(r["outcome"] == "plays" for r in rows)
    return {
        "about": f"one generation of each environment of Gymnasium {gymnasium.__version__}, through the whole run",
        "rows": rows,
        "summary": f"{n_play} of {len(rows)} play; all others say why not. The table is in {PAGE.name}",
    }


def names() -> Iterator[str]:
    """Give the ids that Gymnasium registers, in its order."""
    for name, spec in gymnasium.registry.items():
        module = spec.entry_point if isinstance(spec.entry_point, str) else spec.entry_point.__module__
        if module.startswith("gymnasium."):
            yield name


def write_table(page: Path, benchmark: str, rows: list[dict[str, Any]]) -> None:
    """Write the rows at the end of a page of the documentation."""
    mark = MARK.format(benchmark)
    text = page.read_text(encoding="utf-8").partition(mark)[0]
    page.write_text(f"{text}{mark}\n{table(rows)}", encoding="utf-8")


def row(name: str) -> dict[str, Any]:
    """Return what there is to say about an environment: it plays, or one line with the way out."""
    try:
        config = check(_configured(name))
        spec = EnvironmentSpec.of(config.environment)
        found = {
            "environment": name,
            "observation": _observed(spec),
            "action": _kind(spec.own_action_space),
            "step limit": gymnasium.spec(name).max_episode_steps or "none",
            "solved at": solved_return(name),
        }
        return {**found, "outcome": _played(config)}
    except NeurosimError as error:
        outcome = " ".join(str(error).split())
    return {
        "environment": name,
        "observation": "",
        "action": "",
        "step limit": "",
        "solved at": None,
        "outcome": outcome,
    }


def _configured(name: str) -> Configuration:
    try:
        return configure(name, SMALL)
    except NeurosimError:
        return configure(name, WITHOUT_MEASUREMENT)  # choices are not normalised


def _played(config: Configuration) -> str:
    """Run to the end, figures included; return ``plays``, or what failed."""
    with tempfile.TemporaryDirectory() as root:
        folder = RunFolder.create(Path(root) / "run", config)
        champion = run_to_end(config, folder, executor=SerialExecutor())
        _, failures = draw_after_run(folder, "", limit_s=0.0)
    wrong = [f"{what}: {why.splitlines()[0]}" for what, why in {**champion.failures, **failures}.items()]
    if not champion.verification.identical:
        wrong.append("NEST's replay differs")
    return "; ".join(wrong) or "plays"


def _observed(spec: EnvironmentSpec) -> str:
    return f"{_kind(spec.observed.space)}: {len(spec.observation_low)}"


def _kind(space: gymnasium.Space) -> str:
    """Return the kind of a space, with its size."""
    if isinstance(space, gymnasium.spaces.Tuple):
        return f"Tuple of {', '.join(_kind(member) for member in space.spaces)}"
    if isinstance(space, gymnasium.spaces.Discrete):
        return f"Discrete({space.n})"
    return f"{type(space).__name__}{tuple(space.shape or ())}"


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as a table of reStructuredText."""
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: auto", ""]
    for cells in [list(rows[0]), *[list(r.values()) for r in rows]]:
        for number, cell in enumerate(cells):
            text = "" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)
            lines.append(f"   {'* -' if not number else '  -'} {escaped(text)}".rstrip())
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return a text in which nothing is markup."""
    return "".join(f"\\{letter}" if letter in "\\*`|_<>" else letter for letter in text)
