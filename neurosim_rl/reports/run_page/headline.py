"""The headline of the report: returns on unseen starts beside simple policies, and the state of the run."""

from __future__ import annotations

import math

import numpy as np

from neurosim_rl.analysis.page.chart import Chart, Series
from neurosim_rl.analysis.page.markup import Markup, element, paragraph, section, table
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.reports.champion import constant_action, problem_lines
from neurosim_rl.reports.run_page.widget import Widget
from neurosim_rl.reports.subject import Subject
from neurosim_rl.runs.champion import ChampionRecord

COLUMNS = ("policy", "mean return", "95 % interval", "success", "steps", "starts")


def headline_widget(subject: Subject) -> Widget:
    """Return the champion's mean return with its interval, beside the random policy and the task's rule."""
    champion = subject.champion
    if champion is None:
        return _unfinished(subject)
    policies = _policies(subject, champion)
    measured = [(label, returns) for label, returns in policies if not math.isnan(returns.mean_return)]
    parts: list[object] = [_cards(subject, champion)]
    if measured:
        chart = _chart(subject, measured)
        rows = [_row(label, returns) for label, returns in policies]
        caption = "Returns on unseen starts, which took no part in training or choice"
        parts += [chart.place(), table(COLUMNS, rows, caption=caption)]
    parts += [paragraph(line, kind="note") for line in (*constant_action(champion.recording), *problem_lines(champion))]
    return Widget(section("headline", "Result", *parts), (chart,) if measured else ())


def _policies(subject: Subject, champion: ChampionRecord) -> list[tuple[str, UnseenReturns]]:
    policies = [("champion", champion.unseen), ("random policy", champion.random)]
    if champion.rule is not None:
        policies.append((subject.optimizee.facts.rule_label, champion.rule))
    return policies


def _unfinished(subject: Subject) -> Widget:
    history = subject.run_history
    cards = [
        _card("generations", f"{history.n_generations} of {subject.config.generations}", "finished"),
        _card("best fitness", f"{history.best_fitness.max():.4g}", "so far"),
        _card("individuals", f"{history.n_evaluations}", "evaluated"),
    ]
    note = "The run is not finished: its champion is chosen and measured at its end."
    return Widget(section("headline", "Result", element("ul", *cards, class_="headline"), paragraph(note, kind="note")))


def _cards(subject: Subject, champion: ChampionRecord) -> Markup:
    unseen, solved = champion.unseen, subject.optimizee.facts.solved_return
    cards = []
    if unseen.is_measured and not math.isnan(unseen.mean_return):
        low, high = unseen.ci95()
        cards.append(_card("mean return", f"{unseen.mean_return:.2f}", f"95 % interval {low:.1f} to {high:.1f}"))
        if unseen.success_rate is not None:
            cards.append(_card("success", f"{unseen.success_rate:.0%}", f"of {len(unseen.returns)} episodes"))
    else:
        cards.append(_card("mean return", "not measured", "on unseen starts"))
    if solved is not None:
        cards.append(_card("solved", f"{solved:g}", "mean return from which the task is solved"))
    cards.append(_card("training", f"{champion.n_episodes:,}", f"episodes, {champion.n_evaluations:,} individuals"))
    return element("ul", *cards, class_="headline")


def _card(name: str, value: str, words: str) -> Markup:
    return element("li", element("span", name), element("b", value), element("span", words))


def _row(label: str, returns: UnseenReturns) -> list[str]:
    if math.isnan(returns.mean_return):
        return [label, "not measured", "-", "-", "-", str(len(returns.trial_returns))]
    low, high = returns.ci95()
    success = "-" if returns.success_rate is None else f"{returns.success_rate:.0%}"
    counted = str(len(returns.trial_returns))
    return [
        label,
        f"{returns.mean_return:.2f}",
        f"{low:.1f} to {high:.1f}",
        success,
        f"{returns.mean_length:.1f}",
        counted,
    ]


def _chart(subject: Subject, policies: list[tuple[str, UnseenReturns]]) -> Chart:
    """Return the chart of all policies: mean returns with intervals, and each trial as a dot."""
    means = np.array([returns.mean_return for _, returns in policies])
    low, high = np.array([returns.ci95() for _, returns in policies]).T
    trials, places = [], []
    for place, (_, returns) in enumerate(policies):
        kept = returns.trial_returns[~np.isnan(returns.trial_returns)]
        trials.append(kept)
        places.append(place + 0.28 * np.sin(np.arange(len(kept))))  # spread, so that equal returns are not one dot
    solved = subject.optimizee.facts.solved_return
    series = (
        Series("return of one start", np.concatenate(trials), np.concatenate(places), style="cloud", colour=None),
        Series("mean, 95 % interval", means, np.arange(len(policies)), low, high, style="across", colour=1),
    )
    return Chart(
        "headline-chart",
        "return (sum of rewards)",
        "",
        series,
        "Returns on unseen starts: each start, and the mean with its 95 % interval.",
        levels=() if solved is None else (("solved", solved),),
        vertical=True,
        rows=[label for label, _ in policies],
    )
