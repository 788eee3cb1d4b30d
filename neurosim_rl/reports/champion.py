"""A champion as text and JSON: returns on unseen starts beside simple policies, and its verification in NEST."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim_rl.analysis.text_page import TextPage
from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.evaluation.dispatch import first_line
from neurosim_rl.optimizees import ClosedLoop, reward_part
from neurosim_rl.optimizees.configuration import NO_SIMULATOR
from neurosim_rl.records.recording import Recording, Verification
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.runs.stages import FINALISTS, REPLAY, VALIDATION
from neurosim_rl.settings.printable import printable

if TYPE_CHECKING:
    from neurosim_rl.gradient.pytorch_comparison import PyTorchComparison  # loads PyTorch


def evaluation_json(task: str, simulator: str, unseen: UnseenReturns) -> dict[str, Any]:
    """Return returns on unseen starts as JSON.

    With trials of several episodes, ``returns_in_trial`` has the mean return of the first, second, ... episode. Where
    the task reports a part of the reward separately, ``mean_part`` has its name and mean sum. Where the task does not
    define success, the success rate is None. ``failed`` trials are in no mean, and count as failures in the success
    rate; ``failure`` has the reason of the first of them.
    """
    content: dict[str, Any] = {"task": task, "episodes": len(unseen.trial_returns)}
    if unseen.n_trial > 1:
        content["trial_episodes"] = unseen.n_trial
        content["returns_in_trial"] = unseen.returns_in_trial.tolist()
    content |= {
        "first_seed": unseen.first_seed,
        "mean_return": unseen.mean_return,
        "ci95": list(unseen.ci95()),
        "success_rate": unseen.success_rate,
        "mean_length": unseen.mean_length,
        "failed": unseen.n_failed,
    }
    if unseen.failure:
        content["failure"] = unseen.reason
    if unseen.partial_returns is not None:
        content["mean_part"] = {reward_part(task): unseen.mean_partial_return}
    content["simulator"] = simulator
    return content


def policy_table(rows: list[tuple[str, UnseenReturns]], part: str = "") -> TextTable:
    """Return a table of policies, played on the same unseen starts.

    Parameters
    ----------
    rows : list of (label, UnseenReturns)
    part : str
        Name of the part of the reward that the task reports separately; empty: there is none.
    """
    has_part = all(unseen.partial_returns is not None for _, unseen in rows)
    columns = ["policy", "mean return", "95 % interval", "success", "steps"]
    if has_part:
        columns.insert(3, part)
    lines = [_policy_row(label, unseen, has_part) for label, unseen in rows]
    if any(unseen.n_failed for _, unseen in rows):
        columns.append("failed")
        for line, (_, unseen) in zip(lines, rows, strict=True):
            line.append(f"{unseen.n_failed} of {len(unseen.trial_returns)}")
    return TextTable(columns, lines, columns[1:])


NOT_MEASURED = "not measured"


def _policy_row(label: str, unseen: UnseenReturns, has_part: bool) -> list[str]:
    if math.isnan(unseen.mean_return):
        reason = "-" if unseen.is_measured else NOT_MEASURED
        return [label, reason, *["-"] * (2 + has_part), "-"]
    low, high = unseen.ci95()
    row = [label, f"{unseen.mean_return:.2f}", f"{low:.1f} to {high:.1f}"]
    if has_part and unseen.partial_returns is not None:
        row.append(f"{unseen.mean_partial_return:.2f}")
    row.append("-" if unseen.success_rate is None else f"{unseen.success_rate:.0%}")
    row.append(f"{unseen.mean_length:.1f}")
    return row


def champion_page(champion: ChampionRecord) -> TextPage:
    """Return a champion beside the random policy and the task's rule, and its verification."""
    optimizee, unseen = champion.optimizee(), champion.unseen
    rows = [("champion", unseen), ("random policy", champion.random)]
    if champion.rule is not None:
        rows.append((optimizee.facts.rule_label, champion.rule))
    first, n_starts = unseen.first_seed, len(unseen.trial_returns)
    title = f"{n_starts} unseen starts, seeds {first} to {first + n_starts - 1}" if n_starts else "unseen starts"
    if unseen.n_trial > 1:
        title += f", {unseen.n_trial} episodes from each"
    if optimizee.facts.solved_return is not None:
        title += f" (solved: {optimizee.facts.solved_return:g})"
    lines: list[str | TextTable] = [title, policy_table(rows, optimizee.facts.reward_part)]
    environment_id = champion.config.environment.id
    if not optimizee.is_at_home(environment_id):
        lines.append(
            f"{environment_id} is not the task's own environment, {optimizee.own_environment()}: the task's rule, "
            "labels, mirror symmetry and solved return do not apply."
        )
    if unseen.n_trial > 1:
        returns = ", ".join(f"{value:.1f}" for value in unseen.returns_in_trial)
        lines.append(f"The champion's mean return in the episodes of a trial, first to last: {returns}")
    lines.append(_replay_text(champion, optimizee))
    return TextPage((*lines, *constant_action(champion.recording), *problem_lines(champion)))


def constant_action(recording: Recording) -> list[str]:
    """Return a line if the action is the same in each recorded step, with the reason if output neurons are silent."""
    actions = recording.traces.actions
    actions = actions[~np.isnan(actions).any(axis=-1)]
    if len(actions) < 2 or np.any(actions != actions[0]):
        return []
    value = ", ".join(f"{number:g}" for number in actions[0])
    counts = recording.traces.counts
    if not counts.size or counts.max() > 0 or recording.simulator == NO_SIMULATOR:
        return [f"The action is {value} in each recorded step, whatever is observed."]
    return [
        f"The action is {value} in each recorded step: no output neuron emits a spike. Raise weights or the encoder's "
        "drive, or lengthen window_ms."
    ]


def _replay_text(champion: ChampionRecord, optimizee: ClosedLoop) -> str:
    if REPLAY in champion.missing:
        return f"Replay in NEST: {NOT_MEASURED}."
    if champion.recording.is_empty:
        return "Replay in NEST: no episode is recorded."
    return verification_text(champion.verification, optimizee)


def problem_lines(champion: ChampionRecord) -> list[str]:
    """Return a line for each stage of the champion's choice and measurement that failed, in part or all, or is missing.

    The first says what chose the champion, where that was not the measure that the configuration names.
    """
    lines = []
    if {VALIDATION, FINALISTS} & set(champion.failures):
        lines.append(printable(f"Chosen by {champion.chosen_by}."))
    for stage, reason in champion.failures.items():
        lines.append(printable(f"Failed, {stage}: {first_line(reason)}"))
    if champion.missing:
        lines.append(
            f"Not measured: {printable(', '.join(champion.missing))}. The run is not finished: neurosim-rl resume."
        )
    elif champion.n_steps != 0 and set(champion.failures) - {VALIDATION}:
        # Generations are not played again, and an imported champion, without steps of training, has no run.
        lines.append("After a remedy, neurosim-rl resume does these stages again.")
    return lines


def problems_json(champion: ChampionRecord) -> dict[str, Any]:
    """Return what chose the champion, its stages that are missing, and the reasons of those that failed, as JSON."""
    failures = {stage: reason.splitlines()[0] for stage, reason in champion.failures.items()}
    return {"chosen_by": champion.chosen_by or None, "not_measured": list(champion.missing), "failures": failures}


def verification_json(verification: Verification) -> dict[str, Any]:
    """Return a verification as JSON."""
    return asdict(verification)


def verification_text(verification: Verification, optimizee: ClosedLoop) -> str:
    """Return a verification in one line."""
    if not verification.episodes:
        return f"Replay in NEST: each of {verification.failed} replays failed."
    is_equal = not (verification.spikes_differing or verification.actions_differing)
    verdict = "identical" if is_equal else "NOT IDENTICAL"
    if not optimizee.has_neurons:
        name = optimizee.config.model.name
        return (
            f"Nothing to replay in NEST: a {name} policy has no spikes. Its {verification.episodes} recorded episodes, "
            f"each played again alone: {verdict}; {verification.actions_differing} actions differ."
            f"{_failed_text(verification)}"
        )
    return (
        f"Replay in NEST, {verification.episodes} episodes: {verdict}; {verification.spikes_compared} spikes compared, "
        f"{verification.spikes_differing} differ; {verification.actions_differing} actions differ."
        f"{_failed_text(verification)}"
    )


def _failed_text(verification: Verification) -> str:
    return f" Failed replays: {verification.failed}." if verification.failed else ""


def pytorch_text(comparison: PyTorchComparison) -> str:
    """Return the comparison with the network that was trained in PyTorch, in one line."""
    differing, n = comparison.actions_differing, comparison.actions_compared
    text = f"The trained network in PyTorch, on the same observations: {differing} of {n} actions differ"
    # Without membranes to compare, as in a network without neurons, the largest difference is NaN.
    if not np.isnan(comparison.largest_difference_mv):
        text += f"; output membranes in NEST differ from it by at most {comparison.largest_difference_mv:.1e} mV"
    return text + "."
