"""A study: a grid of settings with many seeds, as data frames and figures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from neurosim_rl.api.display import Figures, card, in_notebooks
from neurosim_rl.api.run import Run
from neurosim_rl.errors import RunFolderError
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.run_list import STUDY_FILE, STUDY_TABLE
from neurosim_rl.settings.checks import lookup
from neurosim_rl.settings.layers import read_text
from neurosim_rl.settings.plugins import allow, python_argument
from neurosim_rl.settings.printable import KEPT, printable
from neurosim_rl.studies.specification import StudySpecification, parse_study, read_study
from neurosim_rl.studies.table import StudyTable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class Study:
    """A study's folder: its table of results, and its runs where they were kept.

    Parameters
    ----------
    path : path

    Raises
    ------
    RunFolderError, ConfigurationError
        When the folder is no study's, or damaged, or a link leads out of it.

    Examples
    --------
    >>> study = nrl.load("benchmarks/studies/classic-control")  # doctest: +SKIP
    >>> study.runs.groupby(["task", "optimizer.name"]).mean_return.median()  # doctest: +SKIP
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.target = str(path)
        if not any((self.path / name).is_file() for name in (STUDY_FILE, STUDY_TABLE)):
            raise RunFolderError(f"{path} is no study's folder: it has neither {STUDY_TABLE} nor {STUDY_FILE}.")
        RunFolder(self.path).check_links()

    @property
    def _table(self) -> StudyTable:
        table = self.path / STUDY_TABLE
        return StudyTable.read(table) if table.is_file() else StudyTable()

    @cached_property
    def specification(self) -> StudySpecification:
        """Grid, seeds and budget."""
        file = self.path / STUDY_FILE
        return read_study(file) if file.is_file() else parse_study(self._table.specification, self.path / STUDY_TABLE)

    @property
    def runs(self) -> pd.DataFrame:
        """Results so far, one row a run: the grid's values, seed, counts, mean return on unseen starts (pandas)."""
        import pandas as pd

        names = ("seed", "mean_return", "success_rate", "n_evaluations", "n_steps", "n_parameters", "seconds")
        rows = []
        for row in self._table.rows:
            numbers = {name: getattr(row, name) for name in names}
            rows.append({"run": row.name, **row.values, **numbers, "sha256": row.sha256, "problem": row.problem})
        columns = ["run", *self.specification.grid, *names, "sha256", "problem"]
        frame = pd.DataFrame(rows, columns=columns)
        frame.attrs["units"] = {"mean_return": "sum of rewards of an episode", "seconds": "s"}
        return frame

    @property
    def curves(self) -> pd.DataFrame:
        """Learning curves, one row a point: run, grid's values, seed, evaluations, validation return, fitness."""
        import pandas as pd

        parts = []
        for row in self._table.rows:
            points = {"evaluations": row.evaluations, "validation_return": row.validation, "fitness": row.fitness}
            parts.append(pd.DataFrame({"run": row.name, **row.values, "seed": row.seed, **points}))
        columns = ["run", *self.specification.grid, "seed", "evaluations", "validation_return", "fitness"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    @property
    def status(self) -> dict[str, Any]:
        """State of the study now, as ``neurosim-rl status --json`` gives it."""
        from neurosim_rl.studies.status import study_status_json

        return study_status_json(self.path)

    def run(self, name: str) -> Run:
        """Return one run of the study, if its folder was kept.

        Parameters
        ----------
        name : str
            Name of the run, as in the study's tables.

        Raises
        ------
        UnknownNameError
            For an unknown run, with the nearest match.
        RunFolderError
            When its folder is gone, or not made yet.
        """
        lookup("run of the study", name, self.specification.runs())
        return Run(self.path / "runs" / name)

    @overload
    def report(self, path: None = None) -> str: ...

    @overload
    def report(self, path: Path | str) -> Path: ...

    def report(self, path: Path | str | None = None) -> str | Path:
        """Return all settings in a table, and scores over tasks, as text, or write the study as one page of HTML.

        Parameters
        ----------
        path : path or None
            File to write, such as ``study.html``: one page with everything in it, which needs no network; the path is
            returned. None: the text is returned.

        Raises
        ------
        RunFolderError
            When the file cannot be written.
        """
        if path is not None:
            from neurosim_rl.studies.page import read_study_page

            return read_study_page(self.path).write(Path(path))
        from neurosim_rl.studies.text import study_summary

        return printable(study_summary(self.specification, self._table), KEPT)

    def plot(self, name: str | None = None) -> Any:
        """Return a figure by its name (``learning``, ``solved``, ...), or all that apply.

        Raises
        ------
        UnknownNameError
            For a name that does not apply, with the nearest match.
        """
        drawings = self._drawings()
        if name is None:
            return Figures({key: draw() for key, draw in drawings.items()})
        figure: Figure = lookup("figure of this study", name, drawings)()
        return in_notebooks(figure)

    def _drawings(self) -> Any:
        from neurosim_rl.studies.drawing import study_figures

        return study_figures(self.specification, self._table)

    def __fspath__(self) -> str:
        """Return the path, so that functions take the object for its path."""
        return self.target

    def __repr__(self) -> str:
        """Return two lines."""
        study, n_done = self.specification, len(self._table.rows)
        grid = " x ".join(f"{len(values)} {key}" for key, values in study.grid.items())
        return (
            f"<Study {study.name} in {self.path}\n {n_done} of {study.n_runs} runs: {grid} x {len(study.seeds)} seeds>"
        )

    def _repr_html_(self) -> str:
        """Return headline numbers and learning curves, for notebooks."""
        return card(repr(self), lambda: self.plot("learning"))


def study(
    file: Path | str,
    *,
    out: Path | str | None = None,
    workers: int = 0,
    together: int = 10,
    keep_runs: bool = True,
    progress: bool = True,
    plugins: Sequence[str] = (),
) -> Study:
    """Run a study, or the part of it that is missing, and return it.

    Parameters
    ----------
    file : path
        A TOML file with a grid of settings, seeds and a budget.
    out : path or None
        The study's folder; None: ``runs/NAME``. The same call continues it after an interruption.
    workers : int
        Runs at a time; 0: one for each core.
    together : int
        Most seeds of a setting that a worker runs in shared batches. Does not change results.
    keep_runs : bool
        Whether run folders stay when their results are in the table.
    progress : bool
        Whether to show a bar.
    plugins : sequence of str
        Modules and files that the study's file may use.

    Raises
    ------
    ConfigurationError
        When the file is wrong.
    RunFolderError
        When the folder is in use, or was made with other settings.
    KeyboardInterrupt
        When interrupted; finished runs are kept, and the message says how to continue.

    Examples
    --------
    >>> nrl.study("benchmarks/studies/classic-control.toml", out="runs/classic")  # doctest: +SKIP
    """
    from neurosim_rl.reports.progress import study_bar
    from neurosim_rl.studies.running import run_study_here

    allow(*plugins)
    path = Path(file)
    specification = read_study(path)
    folder = Path("runs") / specification.name if out is None else Path(out)
    try:
        with study_bar(specification.n_runs, shown=progress) as bar:
            run_study_here(
                specification,
                folder,
                workers=workers,
                specification=read_text(path),
                together=together,
                keep_runs=keep_runs,
                on_begin=bar.begin,
                on_row=lambda row, done, total: bar.row(done, row.name),
            )
    except KeyboardInterrupt:
        message = f'Finished runs are kept. Continue with: nrl.study("{path}", out="{folder}"{python_argument()})'
        raise KeyboardInterrupt(message) from None
    return Study(folder)
