"""Contract of tunings: activities within their range, row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neurosim_rl.bridge import Tuning
from neurosim_rl.testing.contract import Contract
from neurosim_rl.testing.making import first_of, maker_of, pickled

N_ROWS = 40


def check_tuning(tuning: type[Tuning] | Callable[[], Tuning], *, n_observations: int = 3, **options: Any) -> None:
    """Raise unless a tuning keeps its contract.

    Checked are its options, the number and the range of activities, that a row alone equals the row among others,
    that inputs are not changed, pickling into workers, and the mirror if there is one.

    Parameters
    ----------
    tuning : type or callable
        A class derived from `neurosim_rl.bridge.Tuning`, or a function without arguments that returns one.
    n_observations : int
        Number of observed variables, scaled to [0, 1].
    **options
        Options of a class.

    Raises
    ------
    ContractError
    """
    contract = Contract.of("check_tuning", tuning)
    make = maker_of(contract, tuning, "encoder.tuning", {}, options)
    made = first_of(contract, make, Tuning)  # type: ignore[type-abstract]
    rng = np.random.default_rng(1)
    # Bounds, the middle and equal values are where bins begin and ties are.
    scaled = np.concatenate(
        [rng.random((N_ROWS, n_observations)), np.eye(n_observations), np.full((1, n_observations), 0.5)]
    )
    before = scaled.copy()
    with contract.works("activity()"):
        activity = made.activity(scaled)
    contract.same("activity() changes its argument", before, scaled, "Copy what you change.")
    shape = len(scaled), made.n_inputs(n_observations)
    contract.expect(np.shape(activity) == shape, f"activity() has shape {np.shape(activity)}; expected {shape}")
    low, found = -1.0 if made.signed else 0.0, (float(activity.min()), float(activity.max()))
    contract.expect(
        low <= found[0] and found[1] <= 1.0,
        f"activities lie in [{found[0]:g}, {found[1]:g}]; expected [{low:g}, 1], as signed = {made.signed} says",
    )
    for row in range(len(scaled)):
        alone = made.activity(scaled[row : row + 1])[0]
        contract.same(f"row {row} alone differs from the row among others", activity[row], alone)
    contract.same("a worker's copy differs", activity, pickled(contract, make)().activity(scaled))
    _check_mirror(contract, made, scaled)


def _check_mirror(contract: Contract, tuning: Tuning, scaled: np.ndarray) -> None:
    variables = [0]
    order = contract.offers("mirrored()", lambda: tuning.mirrored(scaled.shape[1], variables))
    if order is None:
        return
    image = scaled.copy()
    image[:, variables] = 1.0 - image[:, variables]
    inside = ~np.isin(scaled, (0.0, 0.5, 1.0)).any(axis=1)  # edges of bins belong to one side
    agrees = np.allclose(tuning.activity(scaled)[inside][:, order], tuning.activity(image)[inside], atol=1e-9)
    contract.expect(agrees, "x and 1 - x do not give the mirror images that mirrored() promises")
