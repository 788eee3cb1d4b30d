"""Progress of a run: fitness in training, and return on validation starts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from neurosim_rl.analysis.fitness import plot_fitness
from neurosim_rl.analysis.returns import plot_returns
from neurosim_rl.analysis.style import new_figure, styled
from neurosim_rl.records.history import History


@styled
def draw_progress(
    history: History,
    *,
    one_scale: bool,
    references: Mapping[str, float] | None = None,
    champion: tuple[int, int] | None = None,
    title: str = "",
) -> Figure:
    """Draw fitness and validation returns over the generations.

    A fitness that is no return is drawn alone where no generation was validated.

    Parameters
    ----------
    history : History
    one_scale : bool
        Whether fitness is the return itself. Then both share one pair of axes; else, as for a shaped return, the axes
        are one above the other.
    references : mapping of str to float
        Returns to compare with, by name.
    champion : tuple of int or None
        Generation and individual to mark.
    title : str
    """
    only_fitness = not one_scale and not np.isfinite(history.validation_return).any()
    one_panel = one_scale or only_fitness
    figure = new_figure(10.0, 5.0 if one_panel else 7.5)
    upper, lower = [figure.subplots()] * 2 if one_panel else figure.subplots(2, 1, sharex=True)
    plot_fitness(history, champion=champion, ax=upper)
    if not only_fitness:
        generation = None if champion is None else champion[0]
        plot_returns(history, references=references, champion_generation=generation, ax=lower)
    if one_scale:
        upper.set_ylabel("fitness, and return (sum of rewards)")
    elif not one_panel:
        upper.set_xlabel("")
    figure.suptitle(title)
    return figure
