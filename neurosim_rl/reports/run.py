"""What the command line prints of a run: its state, finished or not, and what failed in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.evaluation.dispatch import first_line
from neurosim_rl.records.history import History
from neurosim_rl.reports.champion import champion_text, evaluation_json, verification_json
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.candidate import best_of
from neurosim_rl.runs.champion import ChampionRecord, genome_sha256, read_champion


def show_json(target: str) -> dict[str, Any]:
    """Return the state of a run folder, finished or not, or of a champion."""
    if Path(target).is_dir():
        folder = RunFolder.open(target)
        history = folder.history()
        summary = _run_json(folder, history)
        if folder.champion_path.exists():
            summary.update(_champion_json(read_champion(target)))
        elif history is not None:
            leader = best_of(history, folder.config())
            summary["champion_sha256"] = None if leader is None else genome_sha256(leader.vector)
        return summary
    champion = read_champion(target)
    return {
        "task": champion.config.task,
        "seed": champion.config.seed,
        "generations": champion.config.generations,
        "evaluations": champion.n_evaluations,
        "training_episodes": champion.n_episodes,
        "training_steps": champion.n_steps,
        "training_seconds": champion.seconds,
        "best_fitness": champion.fitness,
        "complete": True,
        **_champion_json(champion),
    }


def _run_json(folder: RunFolder, history: History | None) -> dict[str, Any]:
    config = folder.config()
    return {
        "task": config.task,
        "seed": config.seed,
        "generations": 0 if history is None else history.n_generations,
        "generations_wanted": config.generations,
        "evaluations": 0 if history is None else history.n_evaluations,
        "training_episodes": 0 if history is None else history.n_episodes,
        "training_steps": 0 if history is None else history.n_steps,
        "training_seconds": 0.0 if history is None else float(history.seconds.sum()),
        "best_fitness": None if history is None else float(history.best_fitness.max()),
        "failed": 0 if history is None else int(np.count_nonzero(history.failure != "")),
        **({"ancestor": _ancestor_json(folder)} if config.ancestor else {}),
        "champion_sha256": None,
        "complete": False,
    }


def _ancestor_json(folder: RunFolder) -> dict[str, Any]:
    """Return what a run goes on from, with the training that came before."""
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
        "complete": True,
        "champion_sha256": champion.sha256,
        "champion_generation": champion.generation,
        "champion_fitness": champion.fitness,
        "validation_return": None if not np.isfinite(champion.validation_return) else champion.validation_return,
        "held_out": evaluation_json(champion.config.task, champion.config.simulator, champion.unseen),
        "verification": verification_json(champion.verification),
        "provenance": champion.provenance,
    }


def show_text(target: str) -> str:
    """Return the same on one screen."""
    summary = show_json(target)
    state = "finished" if summary["complete"] else "not finished: neurosim-rl resume " + target
    wanted = summary.get("generations_wanted", summary["generations"])
    lines = [
        f"{summary['task']}, seed {summary['seed']}: {state}",
        f"{summary['generations']} of {wanted} generations, {summary['evaluations']} evaluations, "
        f"{summary['training_episodes']} training episodes, best fitness {summary['best_fitness']}",
    ]
    if "ancestor" in summary:
        before = summary["ancestor"]
        lines.append(
            f"goes on from {before['champion']} ({before['sha256'][:12]}), structure {before['structure']}, after "
            f"{before['evaluations']} evaluations and {before['training_episodes']} training episodes"
        )
    if summary.get("failed"):
        lines.append(f"{summary['failed']} individuals failed; why: neurosim-rl show {target} --failures")
    if summary["complete"]:
        champion = read_champion(target)
        lines += [
            f"champion {champion.sha256[:12]} of generation {champion.generation}, fitness {champion.fitness:.4g}; "
            f"{champion.optimizee().parameters.describe()}",
            champion_text(champion),
            "made with " + ", ".join(f"{k} {v}" for k, v in champion.provenance["versions"].items()),
            f"by {champion.provenance['command']}",
        ]
    return "\n".join(lines)


def failures_json(target: str) -> list[dict[str, Any]]:
    """Return the individuals of a run that failed: where, why, with what traceback, and their genomes."""
    history = RunFolder.open(target).history()
    if history is None:
        return []
    return [
        {
            "generation": int(history.generation[row]),
            "individual": int(history.individual[row]),
            "reason": first_line(history.failure[row]),
            "traceback": history.failure[row].partition("\n")[2],
            "genome": history.genomes[row].tolist(),
        }
        for row in np.flatnonzero(history.failure != "")
    ]


def failures_text(target: str) -> str:
    """Return the same as text, without the genomes."""
    found = failures_json(target)
    if not found:
        return "No individual failed."
    return "\n".join(
        f"generation {f['generation']}, individual {f['individual']}: {f['reason']}\n{f['traceback']}" for f in found
    )


def first_generation_at(history: History, fitness: float) -> int | None:
    """Return the first generation whose best fitness is at least this, or None."""
    reached = history.number[history.best_fitness >= fitness]
    return int(reached[0]) if len(reached) else None
