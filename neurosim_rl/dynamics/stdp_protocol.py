"""What the experiment on spike-timing-dependent plasticity simulates."""

from __future__ import annotations

from dataclasses import dataclass, field

from neurosim_rl.dynamics.pair_rule import PairRule
from neurosim_rl.dynamics.paired_spikes import RESOLUTION_MS
from neurosim_rl.errors import ConfigurationError


@dataclass(frozen=True)
class StdpProtocol:
    """What is simulated; the report's parameters, with `alpha` of the right sign.

    Parameters
    ----------
    rule : PairRule
    weight : float
        Initial weight, from 0 to ``rule.w_max``.
    largest_dt_ms : float
        The window spans the time differences from minus this to this, in whole ms.
    exponents : tuple of float
        Values of mu_plus and mu_minus for the dependence on the weight.
    pair_dt_ms : float
        Time difference of the pairs there, and in the course; a whole number of ms.
    n_weights : int
        Weights for which the dependence is found, from 0 to ``rule.w_max``.
    n_pairs : int
        Pairs in which the target follows in the course, and as many again in which it leads.
    period_ms : float
        Time from one pair to the next in the course, a whole number of ms, longer than `pair_dt_ms` twice.

    Raises
    ------
    ConfigurationError
        For a time that is not a positive whole number of ms, a weight out of range, too short a period, or nothing to
        simulate.
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
        """Check what closed form and simulation would take differently."""
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
                f"{self.pair_dt_ms:g}, or spikes of one pair fall among those of the next."
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
                raise ConfigurationError(f"StdpProtocol.{name}: there are {count}; expected at least 1.")
