"""The progress bar of a run, in terminals and notebooks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from neurosim_rl.runs.candidate import Candidate


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


@contextmanager
def progress_bar(n_generations: int, n_done: int = 0, *, shown: bool = True) -> Iterator[Callable[[Any], None]]:
    """Show a bar, and give the function that moves it after each generation.

    Parameters
    ----------
    n_generations : int
        Generations of the whole run.
    n_done : int
        Generations that are finished already; the time that is left is estimated without them.
    shown : bool
        False: the function does nothing.
    """
    from tqdm.auto import tqdm  # chooses between terminal and notebook; loads IPython where that runs

    with tqdm(total=n_generations, initial=n_done, unit="gen", dynamic_ncols=True, disable=not shown) as bar:

        def move(progress: GenerationProgress) -> None:
            bar.set_postfix_str(progress_text(progress), refresh=False)
            bar.update(progress.n_done - bar.n)

        yield move


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
