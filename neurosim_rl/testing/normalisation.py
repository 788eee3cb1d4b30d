"""Contract of normalisations: row by row, within their bounds, and made again from what was measured."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from neurosim_rl.bridge import MeasuredNormalisation, Normalisation
from neurosim_rl.testing.contract import Contract
from neurosim_rl.testing.making import first_of, maker_of, pickled

N_OBSERVATIONS, N_ROWS = 3, 50


def check_normalisation(normalisation: type[Normalisation] | Callable[[], Normalisation], **options: Any) -> None:
    """Raise unless a normalisation of 3 observed variables keeps its contract.

    Checked are its options, that a row alone equals the row among others, the bounds that encoders get, variables that
    never move, that inputs are not changed, pickling into workers, and that measured options make it again.

    Parameters
    ----------
    normalisation : type or callable
        A class derived from `neurosim_rl.bridge.Normalisation`, or a function without arguments that returns one for
        3 observed variables, measured if it needs to be.
    **options
        Options of a class.

    Raises
    ------
    ContractError
    """
    contract = Contract.of("check_normalisation", normalisation)
    rng = np.random.default_rng(1)
    observed = rng.normal(0, 1, (N_ROWS, N_OBSERVATIONS)) * [1.0, 100.0, 0.0] + [0.0, 5.0, 7.0]  # the last never moves
    low, high = observed.min(axis=0) - 1.0, observed.max(axis=0) + 1.0
    make = maker_of(contract, normalisation, "normalisation", {"low": low, "high": high}, options)
    made = first_of(contract, make, Normalisation)  # type: ignore[type-abstract]
    if isinstance(made, MeasuredNormalisation) and not made.is_measured:
        make = _measured(contract, type(made), made, observed)
        made = make()
    before = observed.copy()
    with contract.works("apply()"):
        applied = np.array(made.apply(observed))
    contract.same("apply() changes its argument", before, observed, "Return a new array.")
    contract.expect(applied.shape == observed.shape, f"apply() has shape {applied.shape}; expected {observed.shape}")
    contract.expect(
        np.isfinite(applied).all(), "apply() gives values that are not finite", "A variable may never move."
    )
    for row in range(N_ROWS):
        contract.same(f"row {row} alone differs", applied[row], made.apply(observed[row : row + 1])[0])
    low, high = made.bounds
    slack = 1e-5 * (1 + np.abs(applied))
    contract.expect(
        (applied >= low - slack).all() and (applied <= high + slack).all(),
        f"apply() gives values in [{applied.min():g}, {applied.max():g}], out of the bounds that encoders get",
    )
    contract.same("a worker's copy differs", applied, pickled(contract, make)().apply(observed))


def _measured(
    contract: Contract, cls: type, made: MeasuredNormalisation, observed: np.ndarray
) -> Callable[[], Normalisation]:
    """Return a maker by the measured options, after a check that they make the same normalisation."""
    with contract.works("measured()"):
        measured = made.measured(observed)
    contract.expect(measured.is_measured, "measured() gives one that is not measured")
    again = partial(cls, low=made.low, high=made.high, **measured.measured_options)
    with contract.works("making it from measured_options"):
        contract.same(
            "made again from its measured_options, it differs", measured.apply(observed), again().apply(observed)
        )
    return again
