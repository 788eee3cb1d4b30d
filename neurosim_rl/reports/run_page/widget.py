"""A part of the report: its section, and what its script draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurosim_rl.analysis.page.chart import Chart
from neurosim_rl.analysis.page.markup import Markup, element, paragraph, section
from neurosim_rl.errors import NeurosimError
from neurosim_rl.records.recording import Recording
from neurosim_rl.reports.subject import DoesNotApply, Subject


@dataclass(frozen=True)
class Widget:
    """A part of the report.

    Parameters
    ----------
    section : Markup
    charts : tuple of Chart
    data : dict
        What its script draws, by the name of the script's function; empty: it has none.
    """

    section: Markup
    charts: tuple[Chart, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


def widget_or_reason(identifier: str, title: str, make: Callable[[Subject], Widget], subject: Subject) -> Widget:
    """Return a part of the report; where it does not apply, a section that gives the reason."""
    try:
        return make(subject)
    except (DoesNotApply, NeurosimError) as reason:
        return Widget(section(identifier, title, paragraph(f"Not shown: {reason}", kind="note")))


def drawing_place(identifier: str, summary: str, kind: str = "plot") -> Markup:
    """Return the element in which a script draws, with what it shows in words."""
    return element("div", id=identifier, class_=kind, role="group", aria_label=summary)


def controls_place(identifier: str, label: str) -> Markup:
    """Return the element in which a script puts its controls."""
    return element("div", id=identifier, class_="controls", role="group", aria_label=label)


def median_trial(recording: Recording) -> int:
    """Return the recorded trial with the median return; of an even number, the lower of the two in the middle."""
    order = np.argsort(recording.returns, kind="stable")
    return int(order[(len(order) - 1) // 2])
