"""A run: one training of one configuration in one folder."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from neurosim_rl.api.champion import Champion
from neurosim_rl.api.controller import Controller
from neurosim_rl.api.evaluation import headline
from neurosim_rl.api.history import history_frame
from neurosim_rl.api.status import RunStatus
from neurosim_rl.errors import RunFolderError
from neurosim_rl.optimizees import Configuration, create_optimizee
from neurosim_rl.runs import RunFolder
from neurosim_rl.settings.checks import lookup
from neurosim_rl.settings.printable import KEPT, printable

if TYPE_CHECKING:
    import pandas as pd

    from neurosim_rl.api.display import Figures
    from neurosim_rl.records.history import History


class Run:
    """One training of one configuration in one folder.

    Parameters
    ----------
    path : path
        The run folder; finished or not, it may grow meanwhile.

    Raises
    ------
    RunFolderError
        When there is none.

    Examples
    --------
    >>> run = nrl.load("runs/mountain-car-seed3")  # doctest: +SKIP
    >>> run.history.groupby("generation").fitness.max().plot()  # doctest: +SKIP
    """

    def __init__(self, path: Path | str) -> None:
        self._folder = RunFolder.open(path)
        self.path = self._folder.path
        self.target = str(path)

    @cached_property
    def configuration(self) -> Configuration:
        """Complete settings of the run."""
        return self._folder.config()

    @property
    def status(self) -> RunStatus:
        """State of the run now: running, queued, stopped or finished, and its progress."""
        return RunStatus.of(self.path)

    @property
    def is_finished(self) -> bool:
        """Whether the champion is chosen; stages of its measurement may be missing, or have failed."""
        return self._folder.champion_path.exists()

    @property
    def history(self) -> pd.DataFrame:
        """All evaluations of finished generations, one row an individual (see `history_frame`); read anew each time."""
        chosen = None
        if self.is_finished:
            record = self.champion.record
            chosen = record.generation, record.individual
        frame = history_frame(self._folder.history(), chosen)
        frame.attrs |= {"run": str(self.path), "task": self.configuration.task, "seed": self.configuration.seed}
        return frame

    @cached_property
    def champion(self) -> Champion:
        """The champion.

        Raises
        ------
        RunFolderError
            When the run is not finished; says how to resume it.
        """
        if not self.is_finished:
            status = self.status
            raise RunFolderError(
                f"{self.path} has no champion yet: {status.generations} of {status.generations_wanted} generations are "
                f'finished. Continue with: nrl.resume("{self.path}")'
            )
        return Champion(self.path)

    def individual(self, generation: int, individual: int | None = None, *, learned: bool = False) -> Controller:
        """Return the controller of one individual.

        Parameters
        ----------
        generation : int
            Negative numbers count from the last finished one.
        individual : int or None
            None: the best of its generation.
        learned : bool
            With the weights that it learned in its trial, where they are passed on; else those that it began with.

        Raises
        ------
        RunFolderError
            For a generation or individual that the run does not have, or has not yet.
        """
        history = self._history()
        number = generation + history.n_generations if generation < 0 else generation
        if not 0 <= number < history.n_generations:
            raise RunFolderError(
                f"generation {generation}: expected 0 to {history.n_generations - 1}, or a negative number."
            )
        part = history.of(number)
        wanted = int(part.best_individual[0]) if individual is None else individual
        rows = np.flatnonzero(part.individual == wanted)
        if not rows.size:
            raise RunFolderError(f"individual {wanted}: expected 0 to {len(part.individual) - 1}.")
        vectors = self._vectors(part, learned)
        return Controller(self.configuration, vectors[rows[0]])

    def genes(self, name: str | None = None, *, learned: bool = False) -> np.ndarray:
        """Return genes of all individuals, in the order of `history`'s rows.

        Parameters
        ----------
        name : str or None
            Name of a gene, such as ``"weights_0"``: shape (n_individuals, ...). None: all, (n_individuals, n_genes).
        learned : bool
            As in `individual`.

        Raises
        ------
        UnknownNameError
            For an unknown gene, with the nearest match.
        """
        vectors = self._vectors(self._history(), learned)
        if name is None:
            return vectors
        space = create_optimizee(self.configuration).parameters
        lookup("gene", name, {parameter.name: parameter for parameter in space.parameters})
        return np.stack([space.to_genome(vector)[name] for vector in vectors])

    def plot(self, name: str | None = None) -> Any:
        """Return one figure of the run by its name, or, without a name, all that apply.

        Returns
        -------
        matplotlib.figure.Figure or Figures
            ``Figures`` is a dictionary that a notebook shows.

        Raises
        ------
        UnknownNameError
            For an unknown name, with the nearest match.
        ConfigurationError
            When the figure does not apply; says why.
        """
        from neurosim_rl.api.figures import named_figure

        return self.figures() if name is None else named_figure(self.target, name)

    def figures(self) -> Figures:
        """Return all figures that apply, by name; a notebook shows them."""
        from neurosim_rl.api.figures import all_figures

        return all_figures(self.target)

    @overload
    def report(self, path: None = None) -> str: ...

    @overload
    def report(self, path: Path | str, **options: Any) -> Path: ...

    def report(self, path: Path | str | None = None, **options: Any) -> str | Path:
        """Return the run on one screen, as text, or write its report as one page of HTML.

        Parameters
        ----------
        path : path or None
            File to write, such as ``run.html``: one page with everything in it, which needs no network; the path is
            returned. None: the text is returned.
        **options
            ``variables`` and ``film`` of `neurosim_rl.reports.run_page.page.run_page`.

        Raises
        ------
        RunFolderError
            When the file cannot be written.
        UnknownNameError
            For an unknown variable, with the nearest match.
        """
        if path is not None:
            from neurosim_rl.reports.run_page.page import write_run_page

            return write_run_page(self.target, Path(path), **options)
        from neurosim_rl.reports.run import show_page

        return printable(show_page(self.target), KEPT)

    def _history(self) -> History:
        history = self._folder.history()
        if history is None:
            raise RunFolderError(f'{self.path} has no finished generation. Continue with: nrl.resume("{self.path}")')
        return history

    def _vectors(self, history: History, learned: bool) -> np.ndarray:
        """Return genomes, shape (n_rows, n_genes)."""
        if not learned:
            return history.genomes
        if not history.learned.shape[1]:
            raise RunFolderError(
                f"{self.path}: its networks pass on nothing that they learned. Leave learned=True out."
            )
        return history.learned

    def __fspath__(self) -> str:
        """Return the path, so that functions take the object for its path."""
        return self.target

    def __repr__(self) -> str:
        """Return two to four lines."""
        config = self.configuration
        lines = [f"<Run of {config.task}, seed {config.seed}, in {self.path}", f" {self.status!r}"]
        if self.is_finished:
            lines.append(f" champion: {headline(self.champion.record.unseen)}")
        return "\n".join(lines) + ">"

    def _repr_html_(self) -> str:
        """Return headline numbers and the figure of fitness, for notebooks."""
        from neurosim_rl.api.display import card

        return card(repr(self), lambda: self.plot("fitness"))
