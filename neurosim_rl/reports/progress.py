"""Progress bars of runs, studies and films, in terminals and notebooks."""

from __future__ import annotations

import math
import os
import stat
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

from neurosim_rl.runs.candidate import Candidate
from neurosim_rl.runs.stages import RANDOM, RULE, VALIDATION
from neurosim_rl.settings.printable import printable


class GenerationProgress(Protocol):
    """State of a run after a generation (see `neurosim_rl.training.run.Progress`)."""

    @property
    def n_done(self) -> int:
        """Finished generations."""

    @property
    def best_fitness(self) -> float:
        """Best fitness of the last generation."""

    @property
    def mean_fitness(self) -> float:
        """Mean fitness of the last generation, without individuals that failed."""

    @property
    def n_failed(self) -> int:
        """Individuals of the last generation that failed."""

    @property
    def candidate(self) -> Candidate:
        """The best individual so far."""

    @property
    def note(self) -> str:
        """Remark about the generation; empty: none."""


TICK_S = 2.0
"""Time after which a bar that did not move shows that the run is alive, in s."""
FILM_DELAY_S = 1.0
"""Time after which the bar of a film shows, in s."""
STUDY_TICK_S = 2.0
"""Time between two looks at the runs of a study, in s."""
FILE_TICK_S = 60.0
"""The same in a file, such as the log of a job, which keeps each drawing of the bar, in s."""


class LivingBar:
    """A bar with an elapsed time that moves while nothing else does.

    Parameters
    ----------
    bar : tqdm.tqdm
    tick_s : float
        Time between two refreshments, in s.
    """

    def __init__(self, bar: Any, tick_s: float) -> None:
        self._bar, self._ended = bar, threading.Event()
        if is_file(getattr(bar, "fp", None)):
            tick_s = max(tick_s, FILE_TICK_S)
        self._ticker = threading.Thread(target=self._tick, args=(tick_s,), name="progress-bar", daemon=True)
        self._ticker.start()

    def _tick(self, tick_s: float) -> None:
        while not self._ended.wait(tick_s):
            self.refresh()

    def refresh(self) -> None:
        """Draw the bar again."""
        self._bar.refresh()

    def close(self) -> None:
        """End the thread that refreshes the bar."""
        self._ended.set()
        self._ticker.join()


class RunBar(LivingBar):
    """The bar of a run.

    Parameters
    ----------
    bar : tqdm.tqdm
    """

    def __init__(self, bar: Any) -> None:
        super().__init__(bar, TICK_S)  # a stage may take minutes without a step of the bar

    def move(self, progress: GenerationProgress) -> None:
        """Move the bar after a generation; a note about it gets a line above the bar."""
        if progress.note and not self._bar.disable:
            self._bar.write(printable(f"note: {progress.note}"), file=sys.stderr)
        self._bar.set_postfix_str(progress_text(progress), refresh=False)
        self._bar.update(progress.n_done - self._bar.n)

    def stage(self, name: str) -> None:
        """Show the name of the stage that begins."""
        # Validation follows every generation, and is mostly short: the bar shows it if it lasts.
        text = f"baselines: {name}" if name in (RANDOM, RULE) else name
        self._bar.set_postfix_str(text, refresh=name != VALIDATION)


class StudyProgress(Protocol):
    """The runs of a study that are under way (see `neurosim_rl.studies.under_way.RunsUnderWay`)."""

    def generations(self) -> dict[str, tuple[int, int]]:
        """Return finished and planned generations of each run that has begun."""


class StudyBar(LivingBar):
    """The bar of a study: a finished run counts 1, and one under way its share of generations.

    Parameters
    ----------
    bar : tqdm.tqdm
    """

    def __init__(self, bar: Any) -> None:
        self._under_way: StudyProgress | None = None
        self._n_rows, self._result = 0, ""
        super().__init__(bar, STUDY_TICK_S)

    def begin(self, under_way: StudyProgress, n_rows: int) -> None:
        """Show the runs under way from now on; so many others are finished already."""
        self._n_rows, self._under_way = n_rows, under_way
        self._bar.initial = n_rows  # the time that is left is estimated without them
        self.refresh()

    def row(self, n_rows: int, result: str) -> None:
        """Show that a run is finished, with its result."""
        self._n_rows, self._result = n_rows, result
        self.refresh()

    def refresh(self) -> None:
        """Move the bar to what is finished now."""
        begun = {} if self._under_way is None else self._under_way.generations()
        shares = [min(finished / wanted, 1.0) for finished, wanted in begun.values()]
        n = round(float(self._n_rows + sum(shares)), 2)
        self._bar.n = int(n) if n.is_integer() else n
        texts = filter(None, [under_way_text(begun), self._result])
        self._bar.set_postfix_str("; ".join(texts), refresh=False)
        self._bar.refresh()


def is_file(stream: TextIO | None) -> bool:
    """Return whether a stream is written to a file: neither to a terminal, nor to a pipe, nor to a notebook."""
    if stream is None:
        return False
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (AttributeError, OSError, ValueError):  # a stream without a file descriptor
        return False


@contextmanager
def progress_bar(n_generations: int, n_done: int = 0, *, shown: bool = True) -> Iterator[RunBar]:
    """Show a bar that is moved after each generation and names the stages after the last one.

    Parameters
    ----------
    n_generations : int
        Generations of the whole run.
    n_done : int
        Generations that are finished already; the time that is left is estimated without them.
    shown : bool
        False: nothing is shown.
    """
    from tqdm.auto import tqdm  # chooses between terminal and notebook; loads IPython where that runs

    with tqdm(total=n_generations, initial=n_done, unit="gen", dynamic_ncols=True, disable=not shown) as bar:
        run_bar = RunBar(bar)
        try:
            yield run_bar
        finally:
            run_bar.close()


@contextmanager
def study_bar(n_runs: int, *, shown: bool = True) -> Iterator[StudyBar]:
    """Show the bar of a study, which moves with the generations of the runs under way.

    Parameters
    ----------
    n_runs : int
        Runs of the whole study.
    shown : bool
        False: nothing is shown.
    """
    from tqdm.auto import tqdm

    with tqdm(total=n_runs, unit="run", dynamic_ncols=True, disable=not shown) as bar:
        of_study = StudyBar(bar)
        try:
            yield of_study
        finally:
            of_study.close()


class FilmBar(LivingBar):
    """The bar of a film, which moves with its frames; before the first one, an episode may have to be played.

    Parameters
    ----------
    bar : tqdm.tqdm
    """

    def __init__(self, bar: Any) -> None:
        bar.set_postfix_str("the episode", refresh=False)
        super().__init__(bar, TICK_S)

    def move(self, n_done: int, n_frames: int) -> None:
        """Move the bar to the frames that are written."""
        self._bar.total = n_frames
        self._bar.set_postfix_str("", refresh=False)
        self._bar.update(n_done - self._bar.n)


@contextmanager
def film_bar(*, shown: bool = True) -> Iterator[FilmBar]:
    """Show the bar of a film; `shown` is False: nothing is shown."""
    from tqdm.auto import tqdm

    # The delay: a wrong option is one line, without a bar above it.
    with tqdm(unit="frame", dynamic_ncols=True, disable=not shown, delay=FILM_DELAY_S) as bar:
        of_film = FilmBar(bar)
        try:
            yield of_film
        finally:
            of_film.close()


def under_way_text(begun: Mapping[str, tuple[int, int]]) -> str:
    """Return how far the runs under way are; empty: none has begun.

    Examples
    --------
    >>> under_way_text({"a": (3, 30), "b": (5, 30)})
    '2 runs at generations 3 to 5 of 30'
    """
    if not begun:
        return ""
    finished, wanted = zip(*begun.values(), strict=True)
    reached = _range_text("generation", finished)
    planned = f"{min(wanted)}" if min(wanted) == max(wanted) else f"{min(wanted)} to {max(wanted)}"
    return f"{len(begun)} run{'s' if len(begun) > 1 else ''} at {reached} of {planned}"


def _range_text(noun: str, numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{noun} {low}" if low == high else f"{noun}s {low} to {high}"


def progress_text(progress: GenerationProgress) -> str:
    """Return fitness of the last generation, and validation return of the best individual so far."""
    parts = [f"best {progress.best_fitness:.4g}, mean {progress.mean_fitness:.4g}"]
    validation = progress.candidate.validation_return
    if math.isfinite(validation):
        parts.append(f"validation {validation:.4g}")
    if progress.n_failed:
        parts.append(f"{progress.n_failed} failed")
    return ", ".join(parts)
