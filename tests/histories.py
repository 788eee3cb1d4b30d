"""Histories whose values tell where they belong."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion


def generation(number: int, n: int = 3) -> History:
    """Return a generation of random values, the same for the same number."""
    rng = np.random.default_rng(number)
    fitness = rng.normal(size=n)
    return History(
        generation=np.full(n, number),
        individual=np.arange(n),
        genomes=rng.normal(size=(n, 4)),
        learned=rng.normal(size=(n, 4)),
        behaviour=rng.random((n, 3)),
        fitness=fitness,
        returns=rng.normal(size=(n, 2)),
        lengths=rng.integers(1, 200, (n, 2)),
        terminated=rng.random((n, 2)) < 0.5,
        failure=np.array(["", f"ValueError: {number}\nTraceback", ""][:n] + [""] * (n - 3), dtype=object),
        number=np.array([number]),
        best_fitness=fitness.max(keepdims=True),
        mean_fitness=fitness.mean(keepdims=True),
        best_individual=np.array([fitness.argmax()]),
        validation_return=np.array([np.nan]),
        seconds=np.array([0.5]),
    )


def assert_equal(one: History | None, other: History) -> None:
    assert one is not None
    for name, values in vars(other).items():
        np.testing.assert_array_equal(getattr(one, name), values, err_msg=name)
        assert getattr(one, name).dtype == values.dtype


def assert_same_run(one: Path, other: Path) -> None:
    """Check that two finished runs have the same records and the same champion, bit for bit."""
    mine, theirs = (RunFolder.open(path).history() for path in (one, other))
    assert mine is not None
    assert theirs is not None
    for name in ("genomes", "learned", "fitness", "returns", "lengths", "terminated", "validation_return"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name), err_msg=name)
    assert read_champion(one).sha256 == read_champion(other).sha256


def with_generations(folder: RunFolder, *numbers: int) -> RunFolder:
    for number in numbers:
        folder.add_generation(generation(number))
    return folder
