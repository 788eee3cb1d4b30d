"""A run or champion on one screen, as text and JSON: its state, its champion, and its failed individuals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.analysis.text_page import TextPage
from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.evaluation.dispatch import first_line
from neurosim_rl.records.history import History
from neurosim_rl.reports.champion import champion_page, evaluation_json, problems_json, verification_json
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.candidate import best_of
from neurosim_rl.runs.champion import ChampionRecord, genome_sha256, read_champion
from neurosim_rl.settings.command_line import command_line
from neurosim_rl.settings.plugins import missing
from neurosim_rl.settings.printable import printable


def show_json(target: str) -> dict[str, Any]:
    """Return the state of a run folder, finished or not, or of a champion."""
    if not Path(target).is_dir():
        champion = read_champion(target)
        return {**_run_of_champion_json(champion), **_champion_json(champion)}
    folder = RunFolder.open(target)
    history = folder.history()
    summary = _run_json(folder, history)
    if folder.champion_path.exists():
        summary.update(_champion_json(read_champion(target)))
    elif history is not None:
        leader = best_of(history, folder.config())
        summary["champion_sha256"] = None if leader is None else genome_sha256(leader.vector)
    return summary


def _run_of_champion_json(champion: ChampionRecord) -> dict[str, Any]:
    """Return what a champion file holds of its run."""
    return {
        "task": champion.config.task,
        "seed": champion.config.seed,
        "generations": champion.config.generations,
        "evaluations": champion.n_evaluations,
        "training_episodes": champion.n_episodes,
        "training_steps": champion.n_steps,
        "training_seconds": champion.seconds,
        "best_fitness": champion.fitness,
        "needs_plugins": list(missing(champion.config.tables())),
    }


def _run_json(folder: RunFolder, history: History | None) -> dict[str, Any]:
    config = folder.config()
    content: dict[str, Any] = {"task": config.task, "seed": config.seed}
    content["needs_plugins"] = list(missing(config.tables()))
    if history is None:
        content |= {
            "generations": 0,
            "generations_wanted": config.generations,
            "evaluations": 0,
            "training_episodes": 0,
            "training_steps": 0,
            "training_seconds": 0.0,
            "best_fitness": None,
            "failed": 0,
        }
    else:
        content |= {
            "generations": history.n_generations,
            "generations_wanted": config.generations,
            "evaluations": history.n_evaluations,
            "training_episodes": history.n_episodes,
            "training_steps": history.n_steps,
            "training_seconds": float(history.seconds.sum()),
            "best_fitness": float(history.best_fitness.max()),
            "failed": int(np.count_nonzero(history.failure != "")),
        }
    if config.ancestor:
        content["ancestor"] = _ancestor_json(folder)
    return {**content, "champion_sha256": None, "complete": False}


def _ancestor_json(folder: RunFolder) -> dict[str, Any]:
    """Return the champion from which the run started, and the training before it."""
    options, ancestor = folder.config().ancestor, folder.ancestor()
    assert options is not None
    assert ancestor is not None
    return {
        "champion": options.champion,
        "sha256": options.sha256,
        "structure": options.structure,
        "evaluations": ancestor.n_evaluations,
        "training_episodes": ancestor.n_episodes,
        "training_steps": ancestor.n_steps,
    }


def _champion_json(champion: ChampionRecord) -> dict[str, Any]:
    return {
        "complete": champion.is_complete,
        "champion_sha256": champion.sha256,
        "champion_generation": champion.generation,
        "champion_fitness": champion.fitness,
        "validation_return": champion.validation_return if np.isfinite(champion.validation_return) else None,
        "held_out": evaluation_json(champion.config.task, champion.config.simulator, champion.unseen),
        "verification": verification_json(champion.verification),
        **problems_json(champion),
        "provenance": champion.provenance,
    }


def show_page(target: str) -> TextPage:
    """Return the state of a run or champion on one screen."""
    summary = show_json(target)
    state = "finished" if summary["complete"] else f"not finished: {command_line('resume', target)}"
    wanted = summary.get("generations_wanted", summary["generations"])
    best = "none" if summary["best_fitness"] is None else f"{summary['best_fitness']:.6g}"
    lines: list[str | TextTable] = [
        f"{summary['task']}, seed {summary['seed']}: {state}",
        f"{summary['generations']} of {wanted} generations, {summary['evaluations']} evaluations, "
        f"{summary['training_episodes']} training episodes, best fitness {best}",
    ]
    if "ancestor" in summary:
        before = summary["ancestor"]
        lines.append(
            f"starts from {printable(before['champion'])} ({before['sha256'][:12]}), structure {before['structure']}, "
            f"after {before['evaluations']} evaluations and {before['training_episodes']} training episodes"
        )
    if summary.get("failed"):
        lines.append(f"{summary['failed']} individuals failed; reasons: {command_line('show', target, '--failures')}")
    if names := summary["needs_plugins"]:
        lines.append(
            f"needs {', '.join(names)}, which only the run's file names. Other commands load nothing by that: add "
            f"{' '.join(f'--plugin {name}' for name in names)}, or name plugins in a pyproject.toml"
        )
    if summary["champion_sha256"] and "champion_generation" in summary:
        champion = read_champion(target)
        versions = [printable(f"{name} {version}") for name, version in champion.provenance["versions"].items()]
        lines += [
            f"champion {champion.sha256[:12]} of generation {champion.generation}, fitness {champion.fitness:.4g}; "
            f"{len(champion.vector)} genes of model {champion.config.model.name}",
            *champion_page(champion).parts,
            "made with " + ", ".join(versions),
            f"by {printable(champion.provenance['command'])}",
        ]
    return TextPage(tuple(lines))


def provenance_json(target: str) -> dict[str, Any]:
    """Return the provenance of a champion, as its file records it."""
    return dict(read_champion(target).provenance)


def provenance_page(target: str) -> TextPage:
    """Return the provenance of a champion: a line for each item, and one for each package."""
    lines = []
    for name, value in provenance_json(target).items():
        if isinstance(value, dict):
            lines.append(printable(f"{name}:"))
            lines += [printable(f"  {key} {_listed(item)}") for key, item in value.items()]
        else:
            lines.append(printable(f"{name}: {_listed(value)}"))
    return TextPage(tuple(lines))


def _listed(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def failures_json(target: str) -> list[dict[str, Any]]:
    """Return the failed individuals of a run: generation, individual, reason, traceback, genome.

    Stages of the champion's choice and measurement that failed come last: stage, reason, traceback.
    """
    folder = RunFolder.open(target)
    history = folder.history()
    if history is None:
        return []
    failures: list[dict[str, Any]] = []
    for row in np.flatnonzero(history.failure != ""):
        text = history.failure[row]
        failures.append(
            {
                "generation": int(history.generation[row]),
                "individual": int(history.individual[row]),
                "reason": first_line(text),
                "traceback": text.partition("\n")[2],
                "genome": history.genomes[row].tolist(),
            }
        )
    if folder.champion_path.exists():
        for stage, text in read_champion(target).failures.items():
            failures.append({"stage": stage, "reason": first_line(text), "traceback": text.partition("\n")[2]})
    return failures


def failures_text(target: str) -> str:
    """Return the failed individuals and stages of a run as text, without genomes."""
    folder = RunFolder.open(target)
    if folder.history() is None:
        return f"No generation is finished, so no individual is recorded. See {folder.log_path} for errors."
    lines = []
    for failure in failures_json(target):
        who = failure.get("stage") or f"generation {failure['generation']}, individual {failure['individual']}"
        lines.append(f"{who}: {failure['reason']}")
        lines.append(failure["traceback"])
    return "\n".join(lines) or "No individual failed."


def first_generation_at(history: History, fitness: float) -> int | None:
    """Return the first generation with at least this best fitness, or None."""
    reached = history.number[history.best_fitness >= fitness]
    return int(reached[0]) if len(reached) else None
