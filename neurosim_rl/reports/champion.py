"""What the command line prints of a champion: how it does, and its verification, as JSON objects and as tables."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.optimizees import ClosedLoop, reward_part
from neurosim_rl.records.recording import Verification
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.runs.champion import ChampionRecord

if TYPE_CHECKING:
    from neurosim_rl.gradient.pytorch_comparison import PyTorchComparison  # loads PyTorch


def evaluation_json(task: str, simulator: str, result: UnseenReturns) -> dict[str, Any]:
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


def policy_table(rows: list[tuple[str, UnseenReturns]], part: str = "") -> str:
    """Return policies and what they are worth on the same unseen starts.

    Parameters
    ----------
    rows : list of (label, UnseenReturns)
    part : str
        Name of the part of the reward that is listed beside it, if there is one.
    """
    has_part = all(result.partial_returns is not None for _, result in rows)
    columns = ("policy", "mean return", "95 % interval", *([part] if has_part else []), "success", "steps")
    return TextTable(columns, [_policy_row(label, result, has_part) for label, result in rows], columns[1:]).plain()


def _policy_row(label: str, result: UnseenReturns, has_part: bool) -> list[str]:
    low, high = result.ci95()
    part = [f"{result.partial_returns.mean():.2f}"] if has_part and result.partial_returns is not None else []
    values = [f"{result.mean_return:.2f}", f"{low:.1f} to {high:.1f}", *part]
    success = "-" if result.success_rate is None else f"{result.success_rate:.0%}"
    return [label, *values, success, f"{result.mean_length:.1f}"]


def champion_text(champion: ChampionRecord) -> str:
    """Return a champion beside the random policy and the task's rule, and its verification."""
    optimizee = champion.optimizee()
    rows = [("champion", champion.unseen), ("random policy", champion.random)]
    if champion.rule is not None:
        rows.append((optimizee.rule_label, champion.rule))
    first = champion.unseen.first_seed
    n, n_trial = len(champion.unseen.trial_returns), champion.unseen.n_trial
    each = "" if n_trial == 1 else f", {n_trial} episodes from each"
    solved = "" if optimizee.solved_return is None else f" (solved: {optimizee.solved_return:g})"
    return "\n".join(
        [
            f"{n} unseen starts, seeds {first} to {first + n - 1}{each}{solved}",
            policy_table(rows, optimizee.reward_part),
            *_course(champion.unseen),
            verification_text(champion.verification, optimizee),
        ]
    )


def _course(result: UnseenReturns) -> list[str]:
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
        name = optimizee.config.model.name
        return (
            f"Nothing to replay in NEST: a {name} policy has no spikes. Its {result.episodes} recorded episodes, each "
            f"played again alone: {verdict}; {result.actions_differing} actions differ."
        )
    return (
        f"Replay in NEST, {result.episodes} episodes: {verdict}; {result.spikes_compared} spikes compared, "
        f"{result.spikes_differing} differ; {result.actions_differing} actions differ."
    )


def twin_text(twin: PyTorchComparison) -> str:
    """Return the comparison with the network as it was trained, in one line."""
    differing, n = twin.actions_differing, twin.actions_compared
    membranes = (
        ""
        if np.isnan(twin.largest_difference_mv)
        else (f"; output membranes in NEST differ from it by at most {twin.largest_difference_mv:.1e} mV")
    )
    return f"The trained network in PyTorch, on the same observations: {differing} of {n} actions differ{membranes}."
