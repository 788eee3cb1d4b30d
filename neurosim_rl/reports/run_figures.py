"""Figures of a run: progress, response map, one episode, spikes, paths, learning."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from neurosim_rl.analysis import (
    draw_episode,
    draw_learning,
    draw_paths,
    draw_plasticity,
    draw_progress,
    draw_raster,
    draw_responses,
)
from neurosim_rl.environments.vehicle import ID as VEHICLE
from neurosim_rl.environments.vehicle import TIME_STEP_S
from neurosim_rl.environments.vehicle_paths import path_of_actions
from neurosim_rl.evaluation.learning_trial import weights_in_training
from neurosim_rl.reports.kept_response_map import champion_response_map
from neurosim_rl.reports.learning_trial import replay_learning_trial
from neurosim_rl.reports.shown_membranes import shown_membranes
from neurosim_rl.reports.subject import DoesNotApply, Subject


def fitness_figure(subject: Subject) -> Figure:
    """Return fitness and validation returns over the generations."""
    history, champion, config = subject.run_history, subject.champion, subject.config
    return draw_progress(
        history,
        one_scale=subject.optimizee.fitness.is_return,
        references=reference_returns(subject),
        champion=None if champion is None else (champion.generation, champion.individual),
        title=f"{subject.title} (fitness: {config.fitness.name})",
    )


def reference_returns(subject: Subject) -> dict[str, float]:
    """Return the returns to compare with: solved, the task's rule, the random policy."""
    champion, optimizee = subject.champion, subject.optimizee
    references = {}
    if optimizee.facts.solved_return is not None:
        references["solved"] = optimizee.facts.solved_return
    if champion is not None and champion.rule is not None:
        references[optimizee.facts.rule_label] = champion.rule.mean_return
    if champion is not None:
        references["random policy"] = champion.random.mean_return
    # A policy that failed, or is not measured yet, has no mean return.
    return {label: mean_return for label, mean_return in references.items() if not math.isnan(mean_return)}


def responses_figure(subject: Subject) -> Figure:
    """Return the champion's response map, with the path of a recorded episode where the map holds along it."""
    if len(subject.labels.observations) < 2:
        raise DoesNotApply("a response map has two axes, and there is one observed variable")
    recording, trial = subject.recording, subject.trial
    return draw_responses(
        champion_response_map(subject),
        subject.labels,
        trajectory=recording.first_path(trial),
        taken=recording.first_actions(trial),
    )


def episode_figure(subject: Subject) -> Figure:
    """Return observations, firing rates and actions of a recorded episode."""
    return draw_episode(
        subject.recording,
        subject.labels,
        window_ms=subject.config.window_ms,
        episode=subject.trial,
        steps=subject.steps,
        variables=subject.view.variable_numbers(subject.labels),
    )


def raster_figure(subject: Subject) -> Figure:
    """Return all spikes of a recorded episode, population rates, and membranes that are chosen or read out."""
    network, neurons = subject.network, subject.view.neuron_numbers(subject.network)
    membranes, left_out = shown_membranes(subject, neurons)
    figure = draw_raster(
        subject.recording,
        network,
        subject.labels,
        window_ms=subject.config.window_ms,
        observed=subject.shown_variables,
        episode=subject.trial,
        steps=subject.steps,
        neurons=neurons,
        membranes=membranes,
    )
    if left_out:
        figure.suptitle(f"{figure.get_suptitle()}\n{left_out}")
    return figure


def paths_figure(subject: Subject) -> Figure:
    """Return the paths of the target-reaching vehicle in the recorded episodes."""
    recording = subject.recording
    environment = subject.optimizee.environment.options
    if environment.id != VEHICLE:
        raise DoesNotApply(f"environment {environment.id} has no vehicle")
    seeds = recording.start_seeds.tolist()
    paths = []
    for seed, actions in zip(seeds, recording.traces.actions, strict=True):
        paths.append(path_of_actions(environment, seed, actions))
    return draw_paths(paths, seeds, step_s=TIME_STEP_S, window_ms=subject.config.window_ms)


def learning_figure(subject: Subject) -> Figure:
    """Return learning curve and weights of networks that pass on what they learned in training."""
    champion, history = subject.finished_champion, subject.run_history
    if not history.learned.shape[1]:
        raise DoesNotApply("networks of the run do not pass on what they learned")
    n_lines = int((history.generation == 0).sum())
    trials = history.returns.reshape(history.n_generations, n_lines, -1)
    references = reference_returns(subject)
    references.pop("random policy", None)
    return draw_learning(
        trials.swapaxes(0, 1).reshape(n_lines, -1),
        weights_in_training(subject.optimizee, history, champion.individual),
        best_line=champion.individual,
        references=references,
        title=f"{subject.title}: {n_lines} lines of networks, each learning on",
    )


def plasticity_figure(subject: Subject) -> Figure:
    """Return reward, eligibility and weights in a trial in which the champion learned."""
    record = replay_learning_trial(subject.optimizee, subject.finished_champion, subject.history)
    if record is None:
        raise DoesNotApply("the champion did not learn, or learned in a run that is not here")
    which = "a trial of the champion" if subject.optimizee.learns(training=False) else "the champion's last trial"
    title = f"{subject.title}: learning in the first {int(record.ended.sum())} episodes of {which}"
    return draw_plasticity(record, window_ms=subject.config.window_ms, title=title)
