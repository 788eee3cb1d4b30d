"""Constants of learning rules as genes: from a gene to the value of the constant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from neurosim_rl.bridge.elementary import power_of_two

PREFIX = "rule_"
"""Beginning of the names of rule parameters in a genome."""


@dataclass(frozen=True)
class Evolvable:
    """Encoding of a constant of a rule as a gene.

    Parameters
    ----------
    low, high : float
        Bounds of the gene.
    initial : tuple of float
        Range of the gene in the first generation.
    unit : str
    decode : callable
        Configured value and genes, shape (n_batch,), to values of the constant, shape (n_batch,).
    """

    low: float
    high: float
    initial: tuple[float, float]
    unit: str
    decode: Callable[[float, np.ndarray], np.ndarray]


def _value_of(base: float, genes: np.ndarray) -> np.ndarray:
    """Return the genes: they are the values of the parameter."""
    return genes


def _power_of_2(base: float, genes: np.ndarray) -> np.ndarray:
    """Return the configured value times 2 to the power of each gene."""
    return base * power_of_two(np.round(genes, 12))


def _whole_power_of_2(base: float, genes: np.ndarray) -> np.ndarray:
    """Return `_power_of_2`, rounded to whole numbers of at least 1."""
    return np.maximum(np.round(_power_of_2(base, genes)), 1.0)


VALUE = Evolvable(-3.0, 3.0, (-1.0, 1.0), "1", _value_of)
"""The gene is the value, between -3 and 3."""
FACTOR = Evolvable(-4.0, 4.0, (-1.0, 1.0), "a factor of 2", _power_of_2)
"""The configured value times 2 to the power of the gene, between -4 and 4."""
WHOLE = replace(FACTOR, decode=_whole_power_of_2)
"""`FACTOR`, rounded to whole numbers of at least 1."""
