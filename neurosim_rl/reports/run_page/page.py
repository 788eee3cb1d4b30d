"""The report of a run or champion as one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from neurosim_rl.analysis.page.chart import Chart
from neurosim_rl.analysis.page.document import LARGEST_PAGE, Page
from neurosim_rl.analysis.page.markup import Markup, paragraph, section
from neurosim_rl.reports.run_page.archive import archive_widget
from neurosim_rl.reports.run_page.episode import episode_widget
from neurosim_rl.reports.run_page.film import film_widget
from neurosim_rl.reports.run_page.headline import headline_widget
from neurosim_rl.reports.run_page.network import network_widget
from neurosim_rl.reports.run_page.origin import provenance_widget, verification_widget
from neurosim_rl.reports.run_page.progress import progress_widget
from neurosim_rl.reports.run_page.responses import map_variables, responses_widget
from neurosim_rl.reports.run_page.settings import settings_widget
from neurosim_rl.reports.run_page.weights import weights_widget
from neurosim_rl.reports.run_page.widget import Widget, widget_or_reason
from neurosim_rl.reports.subject import Subject

Part = tuple[str, str, Callable[[Subject], Widget]]

FIRST: tuple[Part, ...] = (
    ("headline", "Result", headline_widget),
    ("progress", "Training", progress_widget),
)
LAST: tuple[Part, ...] = (
    ("episode", "Recorded episode", episode_widget),
    ("network", "Network", network_widget),
    ("weights", "Weights", weights_widget),
    ("settings", "Configuration", settings_widget),
    ("verification", "Verification in NEST", verification_widget),
    ("provenance", "Provenance", provenance_widget),
)
FILM: Part = ("film", "Film", film_widget)
ARCHIVE: Part = ("archive", "Archive", archive_widget)
LARGE = {"archive": "Archive", "film": "Film", "responses": "Response maps", "episode": "Recorded episode"}
"""Parts that are left out where the page would be too large, the first first."""


def run_page(target: str, *, variables: Sequence[str] | None = None, film: bool = True) -> Page:
    """Return the report of a run folder, finished or not, or of a champion.

    A part that does not apply gives its reason.

    Parameters
    ----------
    target : str
        A run folder, a champion's file, or ``champion:NAME``.
    variables : sequence of str or None
        Observed variables of the response maps; None: the task's two, and the first others.
    film : bool
        Whether the environment is drawn.

    Raises
    ------
    RunFolderError
        When the run has no finished generation, or a file is missing or damaged.
    UnknownNameError
        For an unknown champion or variable, with the nearest match.
    """
    subject = Subject.of(target)
    if variables is not None:
        map_variables(subject, variables)  # a wrong name is an error, not a reason
    responses: Part = ("responses", "Response maps", partial(responses_widget, variables=variables))
    archive = (ARCHIVE,) if film and _has_archive(subject) else ()
    parts = (*FIRST, *((FILM,) if film else ()), *archive, responses, *LAST)
    made = []
    for identifier, title, make in parts:
        made.append(widget_or_reason(identifier, title, make, subject))
    return _fitting(subject, [part[0] for part in parts], made)


def _has_archive(subject: Subject) -> bool:
    return subject.history is not None and subject.config.optimizer.name == "map-elites"


def _fitting(subject: Subject, names: Sequence[str], widgets: Sequence[Widget]) -> Page:
    """Return the page, without the largest parts where it would be too large."""
    of_name = dict(zip(names, widgets, strict=True))
    page = _joined(subject, list(of_name.values()))
    for name in LARGE:
        if len(page.html().encode()) <= LARGEST_PAGE:
            break
        if of_name.get(name, Widget(Markup())).data:
            reason = paragraph("Left out: with it the file would be too large.", kind="note")
            of_name[name] = Widget(section(name, LARGE[name], reason))
            page = _joined(subject, list(of_name.values()))
    return page


def _joined(subject: Subject, widgets: Sequence[Widget]) -> Page:
    data: dict[str, object] = {}
    charts: list[Chart] = []
    for widget in widgets:
        data |= widget.data
        charts += widget.charts
    return Page(
        title=subject.title,
        sections=[widget.section for widget in widgets],
        charts=charts,
        data=data,
        is_under_way=subject.folder is not None and subject.folder.holder() is not None,
    )


def write_run_page(target: str, path: Path, *, variables: Sequence[str] | None = None, film: bool = True) -> Path:
    """Write the report of a run or champion; return its path (see `run_page`).

    Raises
    ------
    RunFolderError
        When the file cannot be written.
    """
    return run_page(target, variables=variables, film=film).write(path)
