"""Figures of runs and champions for the front door, by name."""

from __future__ import annotations

from matplotlib.figure import Figure

from neurosim_rl.api.display import Figures, in_notebooks
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.reports.figures import FIGURES
from neurosim_rl.reports.subject import DoesNotApply, Subject
from neurosim_rl.settings.checks import lookup


def named_figure(target: str, name: str) -> Figure:
    """Return one figure of a run or champion.

    Raises
    ------
    UnknownNameError
        For an unknown name, with the nearest match.
    ConfigurationError
        When the figure does not apply; says why.
    RunFolderError
        When the run has no finished generation.
    """
    figure = lookup("figure", name, FIGURES)
    try:
        return in_notebooks(figure.draw(Subject.of(target)))
    except DoesNotApply as reason:
        raise ConfigurationError(f"figure {name!r} of {target}: {reason}. Choose another.") from reason


def all_figures(target: str) -> Figures:
    """Return all figures of a run or champion that apply, by name, and the reasons of those that do not.

    Raises
    ------
    RunFolderError
        When the run has no finished generation.
    """
    subject = Subject.of(target)
    found: dict[str, Figure] = {}
    left_out: dict[str, str] = {}
    for name, figure in FIGURES.items():
        try:
            found[name] = figure.draw(subject)
        except DoesNotApply as reason:
            left_out[name] = str(reason)
    return Figures(found, left_out)
