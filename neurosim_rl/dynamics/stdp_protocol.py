"""Protocol of the simulation of spike-timing-dependent plasticity."""

from __future__ import annotations

from dataclasses import dataclass, field

from neurosim_rl.dynamics.pair_rule import PairRule
from neurosim_rl.dynamics.paired_spikes import RESOLUTION_MS
from neurosim_rl.errors import ConfigurationError


@dataclass(frozen=True)
class StdpProtocol:
    """Protocol: parameters of Labady 2023, with the corrected sign of `alpha`.

    Parameters
    ----------
    rule : PairRule
    weight : float
        Initial weight, from 0 to ``rule.w_max``.
    largest_dt_ms : float
        Largest time difference of the window, in whole ms; the smallest is its negative.
    exponents : tuple of float
        Exponents of the dependence on the weight, for both mu_plus and mu_minus.
    pair_dt_ms : float
        Time difference of pairs for the dependence on the weight and the course; a whole number of ms.
    n_weights : int
        Number of weights for the dependence on the weight, from 0 to ``rule.w_max``.
    n_pairs : int
        Number of pairs in the course in which the target spikes last, and then first.
    period_ms : float
        Time from one pair to the next in the course, a whole number of ms, longer than twice `pair_dt_ms`.

    Raises
    ------
    ConfigurationError
        For a time that is not a positive whole number of ms, a weight out of range, a period that is too short, or
        counts below 1.
    """

    rule: PairRule = field(default_factory=PairRule)
    weight: float = 500.0
    largest_dt_ms: float = 100.0
    exponents: tuple[float, ...] = (0.0, 0.5, 1.0)
    pair_dt_ms: float = 10.0
    n_weights: int = 21
    n_pairs: int = 50
    period_ms: float = 100.0

    def __post_init__(self) -> None:
        """Check ranges; times must fit the grid, or closed form and simulation would differ."""
        for name in ("largest_dt_ms", "pair_dt_ms", "period_ms"):
            steps = getattr(self, name) / RESOLUTION_MS
            if not (steps >= 1 and float(steps).is_integer()):
                raise ConfigurationError(
                    f"StdpProtocol.{name} is {getattr(self, name)}; expected a multiple of the grid, "
                    f"{RESOLUTION_MS:g} ms."
                )
        if not self.period_ms > 2 * self.pair_dt_ms:
            raise ConfigurationError(
                f"StdpProtocol.period_ms is {self.period_ms:g}; expected more than twice pair_dt_ms, "
                f"{self.pair_dt_ms:g}: otherwise spikes of successive pairs overlap."
            )
        if not 0 <= self.weight <= self.rule.w_max:
            raise ConfigurationError(
                f"StdpProtocol.weight is {self.weight}; expected a value from 0 to the rule's w_max, "
                f"{self.rule.w_max:g}."
            )
        for name, count in (
            ("n_weights", self.n_weights),
            ("n_pairs", self.n_pairs),
            ("exponents", len(self.exponents)),
        ):
            if count < 1:
                raise ConfigurationError(f"StdpProtocol.{name}: the number is {count}; expected at least 1.")
