"""The registry of figures of runs and champions, and their files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from neurosim_rl.analysis.saving import FORMATS, save_figure
from neurosim_rl.evaluation.attempt import tried
from neurosim_rl.evaluation.dispatch import first_line
from neurosim_rl.reports import activity_figures, network_figures, run_figures
from neurosim_rl.reports.subject import DoesNotApply, Subject
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.files import make_folder
from neurosim_rl.settings.checks import lookup
from neurosim_rl.settings.registry import Registry

PLOT, ANALYSE = "plot", "analyse"


@dataclass(frozen=True)
class ReportFigure:
    """A figure of a run or champion.

    Parameters
    ----------
    draw : callable
        Returns the figure of a subject, or raises `DoesNotApply` with the reason.
    description : str
        What the figure shows, in one line.
    commands : tuple of str
        Commands that draw it by default: ``PLOT``, ``ANALYSE``, or both.
    """

    draw: Callable[[Subject], Figure]
    description: str
    commands: tuple[str, ...] = (PLOT,)


def _own_figure(draw: Callable[[Subject], Figure], commands: tuple[str, ...] = (PLOT,)) -> ReportFigure:
    """Return the figure of a user's function; the first line of its docstring describes it."""
    described = (draw.__doc__ or "").strip().splitlines()
    return ReportFigure(draw, described[0] if described else f"figure of {draw.__module__}", tuple(commands))


FIGURES: Registry[ReportFigure] = Registry(
    "figure",
    object,
    {
        "fitness": ReportFigure(run_figures.fitness_figure, "fitness and validation returns over the generations"),
        "responses": ReportFigure(run_figures.responses_figure, "response maps of output neurons and actions"),
        "episode": ReportFigure(run_figures.episode_figure, "observations, firing rates and actions of one episode"),
        "raster": ReportFigure(run_figures.raster_figure, "spikes and population rates of one episode"),
        "paths": ReportFigure(run_figures.paths_figure, "paths of the target-reaching vehicle"),
        "learning": ReportFigure(run_figures.learning_figure, "learning curves and weights over training episodes"),
        "plasticity": ReportFigure(run_figures.plasticity_figure, "reward, eligibility and weights in one trial"),
        "space": ReportFigure(network_figures.space_figure, "neurons at their positions, and synapses", (ANALYSE,)),
        "lengths": ReportFigure(network_figures.lengths_figure, "lengths of synapses", (ANALYSE,)),
        "gait": ReportFigure(network_figures.gait_figure, "spikes over two cycles of a movement", (ANALYSE,)),
        "weights": ReportFigure(network_figures.weights_figure, "weight matrices, read-in and read-out", (ANALYSE,)),
        "intervals": ReportFigure(
            activity_figures.intervals_figure, "intervals between spikes, and their variation (CV)", (ANALYSE,)
        ),
        "balance": ReportFigure(
            activity_figures.balance_figure, "excitatory and inhibitory input of each population", (ANALYSE,)
        ),
        "triggered": ReportFigure(
            activity_figures.triggered_figure, "mean action before and after a spike", (ANALYSE,)
        ),
        "archive": ReportFigure(
            network_figures.archive_figure, "best fitness of each behaviour (MAP-Elites)", (PLOT, ANALYSE)
        ),
    },
    _own_figure,
)
"""Figures by name, which is also that of their files."""


def figures_of(command: str) -> list[str]:
    """Return the names of the figures that a command (``PLOT`` or ``ANALYSE``) draws by default."""
    return [name for name, figure in FIGURES.items() if command in figure.commands]


def draw_figures(
    subject: Subject, out: Path, names: Iterable[str] | None = None, *, file_format: str = "png"
) -> tuple[list[Path], dict[str, str]]:
    """Draw the figures that apply to a subject, each into a file.

    Parameters
    ----------
    subject : Subject
    out : path
        Folder for the files; it is made if need be.
    names : iterable of str or None
        Names in `FIGURES`; None: those that ``plot`` draws.
    file_format : str
        ``png``, ``pdf`` or ``svg``.

    Returns
    -------
    files : list of path
    left_out : dict of str to str
        Reason why each other figure does not apply, by name.

    Raises
    ------
    RunFolderError
        When the folder cannot be made or written.
    UnknownNameError
        For an unknown name or format, with the nearest match.
    """
    lookup("figure format", file_format, dict.fromkeys(FORMATS))
    chosen = figures_of(PLOT) if names is None else list(names)
    figures = [lookup("figure", name, FIGURES) for name in chosen]
    make_folder(out)
    files: list[Path] = []
    left_out: dict[str, str] = {}
    for name, figure in zip(chosen, figures, strict=True):
        try:
            files.append(save_figure(figure.draw(subject), out / f"{name}.{file_format}"))
        except DoesNotApply as reason:
            left_out[name] = str(reason)
    return files, left_out


FIGURE_LIMIT = 10
"""Time that a figure may take after a run, in units of ``timeout_s``."""


def draw_after_run(folder: RunFolder, left: str, *, limit_s: float) -> tuple[list[Path], dict[str, str]]:
    """Draw the figures of a finished run that ``plot`` draws; one that fails does not stop the others.

    Parameters
    ----------
    folder : RunFolder
    left : str
        Stages in which processes that worked on the run have ended (`RunFolder.stage_left`), one a line: figures among
        them are left out.
    limit_s : float
        Time limit for each figure in s; 0: no limit.

    Returns
    -------
    files : list of path
    failures : dict of str to str
        Reason in one line for each figure that failed, by name; also in the run's log.
    """
    subject = tried(Subject.of, str(folder.path))
    if subject.value is None:
        return [], {"figures": first_line(subject.failure)}
    files: list[Path] = []
    failures: dict[str, str] = {}
    ended = left.splitlines()
    for name in figures_of(PLOT):
        stage = f"figure {name}"
        if stage in ended:
            failures[name] = "the run's process ended while this figure was drawn; neurosim-rl plot tries again"
        else:
            # Of several figures that end their process, each has a turn: the next process knows all of them.
            with folder.under_way("\n".join([*ended, stage])):
                drawn = tried(draw_figures, subject.value, folder.figures_path, [name], limit_s=limit_s)
            if drawn.value is None:
                failures[name] = first_line(drawn.failure)
            else:
                files += drawn.value[0]
        if name in failures:
            folder.log(f"{stage} failed: {failures[name]}")
    return files, failures
