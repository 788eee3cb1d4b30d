"""Curves of the report: fitness and validation returns over the generations."""

from __future__ import annotations

import numpy as np

from neurosim_rl.analysis.page.chart import Chart, Series
from neurosim_rl.analysis.page.markup import section
from neurosim_rl.records.history import History
from neurosim_rl.reports.run_figures import reference_returns
from neurosim_rl.reports.run_page.widget import Widget
from neurosim_rl.reports.subject import Subject

MOST_DOTS = 6000
"""Individuals that are drawn; of more, evenly spaced ones."""


def progress_widget(subject: Subject) -> Widget:
    """Return one chart of fitness and one of validation returns: each axis has one quantity."""
    history, champion = subject.run_history, subject.champion
    charts = [_fitness_chart(subject, history)]
    validated = np.isfinite(history.validation_return)
    if validated.any():
        x = history.number[validated] + 1
        series = [Series("best of the generation", x, history.validation_return[validated], colour=2)]
        if champion is not None and champion.generation in history.number[validated]:
            row = history.number == champion.generation
            series.append(_mark(history.number[row], history.validation_return[row]))
        charts.append(
            Chart(
                "validation-chart",
                "generation",
                "validation return (sum of rewards)",
                series,
                "Mean return of the best individual of each generation over the validation starts.",
                levels=list(reference_returns(subject).items()),
            )
        )
    places = [chart.place() for chart in charts]
    return Widget(section("progress", "Training", *places), tuple(charts))


def _mark(number: np.ndarray, values: np.ndarray) -> Series:
    return Series("champion", number + 1, values, style="points", colour=4)


def _fitness_chart(subject: Subject, history: History) -> Chart:
    shown = np.unique(np.linspace(0, history.n_evaluations - 1, min(MOST_DOTS, history.n_evaluations)).astype(int))
    usual = np.isfinite(history.fitness[shown]) & (history.failure[shown] == "")
    dots = shown[usual]
    x = history.number + 1
    series = [
        Series("one individual", history.generation[dots] + 1, history.fitness[dots], style="cloud", colour=None),
        Series("mean of the generation", x, history.mean_fitness, colour=0),
        Series("best of the generation", x, history.best_fitness, colour=1),
    ]
    if subject.champion is not None:
        champion = subject.champion
        row = (history.generation == champion.generation) & (history.individual == champion.individual)
        series.append(_mark(history.generation[row], history.fitness[row]))
    left_out = int(np.count_nonzero(history.failure != ""))
    failed = f" {left_out} individuals that failed are left out." if left_out else ""
    name = subject.config.fitness.name
    summary = f"Fitness ({name}) in training, by generation, counted from 1.{failed}"
    return Chart("fitness-chart", "generation", f"fitness ({name})", series, summary)
