"""Interactive pages of committed results: reports of studies and of all tasks, written into the built site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from docs.extension.rst import escaped, list_table, page, title
from neurosim_rl.analysis.page.document import Page
from neurosim_rl.reports.all_tasks_report import results_report
from neurosim_rl.reports.results_file import read_results
from neurosim_rl.runs.run_list import STUDY_TABLE
from neurosim_rl.studies.page import read_study_page

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
FOLDER = "interactive"
"""Folder of the pages below that of the built site."""
RESULTS = "results"
"""Name of the page of all tasks."""


def committed_studies() -> list[str]:
    """Return the names of the studies whose tables are committed."""
    return sorted(path.parent.name for path in (ROOT / "benchmarks" / "studies").glob(f"*/{STUDY_TABLE}"))


def interactive_page(name: str) -> Page:
    """Return an interactive page: of a committed study, or `RESULTS`."""
    if name == RESULTS:
        return results_report(read_results(ROOT / "benchmarks" / "results"))
    return read_study_page(ROOT / "benchmarks" / "studies" / name)


def write_interactive_pages(app: Sphinx, exception: Exception | None) -> None:
    """Write all interactive pages into the built site."""
    if exception is not None or app.builder.format != "html":
        return
    for name in (RESULTS, *committed_studies()):
        interactive_page(name).write(Path(app.outdir) / FOLDER / f"{name}.html")


def index_page() -> str:
    """Return the list of interactive pages."""
    explanation = (
        "Reports with everything in them: curves of each setting with their quartiles, and every run under the "
        "pointer. ``neurosim-rl report benchmarks/studies/NAME`` writes the same page from the committed table, "
        "``neurosim-rl report benchmarks/results`` that of all tasks (:doc:`/how-to/report`)."
    )
    rows = [(link(RESULTS, "all tasks"), "Every champion, published score and simple policy, a chart for each task.")]
    rows += [(link(name, name), escaped(subject_of(name))) for name in committed_studies()]
    return page(title("Interactive results"), explanation, list_table(("page", "what it shows"), rows))


def link(name: str, text: str) -> str:
    """Return a link from a page in a folder below the site's."""
    return f"`{text} <../{FOLDER}/{name}.html>`__"


def subject_of(name: str) -> str:
    """Return what a study asks: the comment at the top of its file, up to its command."""
    words = []
    for line in (ROOT / "benchmarks" / "studies" / f"{name}.toml").read_text(encoding="utf-8").splitlines():
        text = line.removeprefix("#").strip()
        if not line.startswith("#") or text.startswith("neurosim-rl"):
            break
        words.append(text)
    return " ".join(words).removesuffix(":") + ("." if words and words[-1].endswith(":") else "")
