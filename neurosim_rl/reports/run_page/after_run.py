"""The report at the end of a run."""

from __future__ import annotations

from pathlib import Path

from neurosim_rl.evaluation.attempt import tried
from neurosim_rl.evaluation.dispatch import first_line
from neurosim_rl.reports.run_page.page import write_run_page
from neurosim_rl.runs import RunFolder

STAGE = "report"
PAGE_LIMIT = 20
"""Time that the report may take after a run, in units of ``timeout_s``: it plays and draws more than a figure does."""


def report_after_run(folder: RunFolder, left: str, *, limit_s: float) -> tuple[Path | None, str]:
    """Write the report of a finished run into its folder; whatever fails is a reason, and ends nothing.

    Parameters
    ----------
    folder : RunFolder
    left : str
        Stages in which processes that worked on the run have ended (`RunFolder.stage_left`), one a line: if the report
        is among them, it is left out.
    limit_s : float
        Time limit in s; 0: no limit.

    Returns
    -------
    path : path or None
        None: it was not written.
    failure : str
        Reason in one line; also in the run's log. Empty: nothing failed.
    """
    ended = left.splitlines()
    if STAGE in ended:
        failure = "the run's process ended while it was written; neurosim-rl report tries again"
    else:
        with folder.under_way("\n".join([*ended, STAGE])):
            written = tried(write_run_page, str(folder.path), folder.report_path, limit_s=limit_s)
        if written.value is not None:
            return written.value, ""
        failure = first_line(written.failure)
    folder.log(f"{STAGE} failed: {failure}")
    return None, failure
