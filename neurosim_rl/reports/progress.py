"""The progress bar of a run, in terminals and notebooks."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from neurosim_rl.runs.candidate import Candidate
from neurosim_rl.runs.stages import RANDOM, RULE, VALIDATION


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


TICK_S = 10.0
"""Time after which a bar that did not move shows that the run is alive, in s."""


class RunBar:
    """The bar of a run.

    Parameters
    ----------
    bar : tqdm.tqdm
    """

    def __init__(self, bar: Any) -> None:
        self._bar, self._ended = bar, threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="progress-bar", daemon=True)
        self._ticker.start()

    def move(self, progress: GenerationProgress) -> None:
        """Move the bar after a generation."""
        self._bar.set_postfix_str(progress_text(progress), refresh=False)
        self._bar.update(progress.n_done - self._bar.n)

    def stage(self, name: str) -> None:
        """Show the name of the stage that begins."""
        # Validation follows every generation, and is mostly short: the bar shows it if it lasts.
        text = f"baselines: {name}" if name in (RANDOM, RULE) else name
        self._bar.set_postfix_str(text, refresh=name != VALIDATION)

    def _tick(self) -> None:
        # A stage may take minutes without a step of the bar: its elapsed time moves on.
        while not self._ended.wait(TICK_S):
            self._bar.refresh()

    def close(self) -> None:
        """End the thread that refreshes the bar."""
        self._ended.set()
        self._ticker.join()


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
def counting_bar(total: int, unit: str, *, shown: bool = True) -> Iterator[Callable[[int, str], None]]:
    """Show a bar, and give the function that moves it to a count, with a text beside it."""
    from tqdm.auto import tqdm

    with tqdm(total=total, unit=unit, dynamic_ncols=True, disable=not shown) as bar:

        def move(done: int, text: str) -> None:
            bar.set_postfix_str(text, refresh=False)
            bar.update(done - bar.n)

        yield move


def progress_text(progress: GenerationProgress) -> str:
    """Return fitness of the last generation, and validation return of the best individual so far."""
    parts = [f"best {progress.best_fitness:.4g}, mean {progress.mean_fitness:.4g}"]
    validation = progress.candidate.validation_return
    if math.isfinite(validation):
        parts.append(f"validation {validation:.4g}")
    if progress.n_failed:
        parts.append(f"{progress.n_failed} failed")
    return ", ".join(parts)
