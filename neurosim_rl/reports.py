"""What the command line prints: JSON objects, and one-screen tables of the same facts."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim_rl.bridge import DECODERS, ENCODERS, NORMALISATIONS, TUNINGS
from neurosim_rl.dispatch import first_line
from neurosim_rl.evaluation import HeldOut
from neurosim_rl.execution import EXECUTIONS
from neurosim_rl.learning import CRITICS, LEARNING
from neurosim_rl.models import MODELS
from neurosim_rl.optimizees import FITNESSES, TASKS, ClosedLoop, reward_part
from neurosim_rl.optimizers import OPTIMIZERS
from neurosim_rl.options import default_of, option_fields
from neurosim_rl.runs import History, RunFolder
from neurosim_rl.runs.candidate import best_of
from neurosim_rl.runs.champion import Champion, genome_sha256, load_champion, shipped_champions
from neurosim_rl.simulators import SIMULATORS
from neurosim_rl.tables import TextTable
from neurosim_rl.verification import Verification

if TYPE_CHECKING:
    from neurosim_rl.gradient.replay import TwinComparison  # loads PyTorch

_COMPONENTS: dict[str, dict[str, type]] = {
    "model": dict(MODELS),
    "normalisation": dict(NORMALISATIONS),
    "encoder": dict(ENCODERS),
    "encoder.tuning": dict(TUNINGS),
    "decoder": dict(DECODERS),
    "fitness": dict(FITNESSES),
    "learning": dict(LEARNING),
    "learning.critic": dict(CRITICS),
    "optimizer": dict(OPTIMIZERS),
    "execution": dict(EXECUTIONS),
}


def catalogue() -> dict[str, Any]:
    """Return the names of everything that can be chosen."""
    return {
        "tasks": sorted(TASKS),
        **{kind: sorted(registry) for kind, registry in _COMPONENTS.items()},
        "simulator": sorted(SIMULATORS),
        "champions": sorted(shipped_champions()),
    }


def catalogue_text() -> str:
    """Return everything that can be chosen, with each component's options and defaults."""
    lines = ["Tasks"]
    lines += [f"  {name:28}{_summary(cls)}" for name, cls in sorted(TASKS.items())]
    for kind, registry in _COMPONENTS.items():
        lines += ["", f"[{kind}]"]
        for name, cls in sorted(registry.items()):
            lines.append(f"  {name:28}{_summary(cls)}")
            lines += [
                f"    {kind}.{key} = {_default(f)}: {f.metadata['help']}" for key, f in option_fields(cls).items()
            ]
    lines += ["", "Simulators", *(f"  {name}" for name in sorted(SIMULATORS))]
    lines += ["", "Shipped champions", *(f"  champion:{name}" for name in shipped_champions())]
    return "\n".join(lines)


def _summary(cls: type) -> str:
    return (cls.__doc__ or "").strip().splitlines()[0]


def _default(field: Any) -> Any:
    return default_of(field)


def evaluation_json(task: str, simulator: str, result: HeldOut) -> dict[str, Any]:
    """Return a held-out evaluation; with trials of several episodes also the course of the return in them.

    Where the task has a part of the reward that is listed beside it, ``mean_part`` has its name and mean sum. Where the
    task does not say what success is, its rate is None.
    """
    course = {"trial_episodes": result.n_trial, "returns_in_trial": result.returns_in_trial.tolist()}
    part = reward_part(task)
    return {
        "task": task,
        "episodes": len(result.trial_returns),
        **(course if result.n_trial > 1 else {}),
        "first_seed": result.first_seed,
        "mean_return": result.mean_return,
        "ci95": list(result.ci95()),
        "success_rate": result.success_rate,
        "mean_length": result.mean_length,
        **({"mean_part": {part: float(result.partial_returns.mean())}} if result.partial_returns is not None else {}),
        "simulator": simulator,
    }


def policy_table(rows: list[tuple[str, HeldOut]], part: str = "") -> str:
    """Return policies and what they are worth on the same unseen starts.

    Parameters
    ----------
    rows : list of (label, HeldOut)
    part : str
        Name of the part of the reward that is listed beside it, if there is one.
    """
    has_part = all(result.partial_returns is not None for _, result in rows)
    columns = ("policy", "mean return", "95 % interval", *([part] if has_part else []), "success", "steps")
    return TextTable(columns, [_policy_row(label, result, has_part) for label, result in rows], columns[1:]).plain()


def _policy_row(label: str, result: HeldOut, has_part: bool) -> list[str]:
    low, high = result.ci95()
    part = [f"{result.partial_returns.mean():.2f}"] if has_part and result.partial_returns is not None else []
    values = [f"{result.mean_return:.2f}", f"{low:.1f} to {high:.1f}", *part]
    success = "-" if result.success_rate is None else f"{result.success_rate:.0%}"
    return [label, *values, success, f"{result.mean_length:.1f}"]


def champion_text(champion: Champion) -> str:
    """Return a champion beside the random policy and the task's rule, and its verification."""
    optimizee = champion.optimizee()
    rows = [("champion", champion.held_out), ("random policy", champion.random)]
    if champion.rule is not None:
        rows.append((optimizee.rule_label, champion.rule))
    first = champion.held_out.first_seed
    n, n_trial = len(champion.held_out.trial_returns), champion.held_out.n_trial
    each = "" if n_trial == 1 else f", {n_trial} episodes from each"
    solved = "" if optimizee.solved_return is None else f" (solved: {optimizee.solved_return:g})"
    return "\n".join(
        [
            f"{n} unseen starts, seeds {first} to {first + n - 1}{each}{solved}",
            policy_table(rows, optimizee.reward_part),
            *_course(champion.held_out),
            verification_text(champion.verification, optimizee),
        ]
    )


def _course(result: HeldOut) -> list[str]:
    """Return what the champion's first, second, ... episodes of a trial were worth; nothing for single episodes."""
    if result.n_trial == 1:
        return []
    returns = ", ".join(f"{value:.1f}" for value in result.returns_in_trial)
    return [f"The champion's mean return in the episodes of a trial, first to last: {returns}"]


def verification_json(result: Verification) -> dict[str, Any]:
    """Return a verification."""
    return asdict(result)


def verification_text(result: Verification, optimizee: ClosedLoop) -> str:
    """Return a verification in one line."""
    verdict = "identical" if result.identical else "NOT IDENTICAL"
    if not optimizee.has_neurons:
        name = optimizee.config.model["name"]
        return (
            f"Nothing to replay in NEST: a {name} policy has no spikes. Its {result.episodes} recorded episodes, each "
            f"played again alone: {verdict}; {result.actions_differing} actions differ."
        )
    return (
        f"Replay in NEST, {result.episodes} episodes: {verdict}; {result.spikes_compared} spikes compared, "
        f"{result.spikes_differing} differ; {result.actions_differing} actions differ."
    )


def twin_text(twin: TwinComparison) -> str:
    """Return the comparison with the network as it was trained, in one line."""
    differing, n = twin.actions_differing, twin.actions_compared
    membranes = (
        ""
        if np.isnan(twin.largest_difference_mv)
        else (f"; output membranes in NEST differ from it by at most {twin.largest_difference_mv:.1e} mV")
    )
    return f"The trained network in PyTorch, on the same observations: {differing} of {n} actions differ{membranes}."


def show_json(target: str) -> dict[str, Any]:
    """Return the state of a run folder, finished or not, or of a champion."""
    if Path(target).is_dir():
        folder = RunFolder.open(target)
        history = folder.history()
        summary = _run_json(folder, history)
        if folder.champion_path.exists():
            summary.update(_champion_json(load_champion(target)))
        elif history is not None:
            leader = best_of(history, folder.config())
            summary["champion_sha256"] = None if leader is None else genome_sha256(leader.vector)
        return summary
    champion = load_champion(target)
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
    table, ancestor = folder.config().ancestor, folder.ancestor()
    assert ancestor is not None
    return {
        "champion": table["champion"],
        "sha256": table["sha256"],
        "structure": table["structure"],
        "evaluations": ancestor.n_evaluations,
        "training_episodes": ancestor.n_episodes,
        "training_steps": ancestor.n_steps,
    }


def _champion_json(champion: Champion) -> dict[str, Any]:
    return {
        "complete": True,
        "champion_sha256": champion.sha256,
        "champion_generation": champion.generation,
        "champion_fitness": champion.fitness,
        "validation_return": None if not np.isfinite(champion.validation_return) else champion.validation_return,
        "held_out": evaluation_json(champion.config.task, champion.config.simulator, champion.held_out),
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
        champion = load_champion(target)
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
