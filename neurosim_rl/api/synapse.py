"""One plastic synapse between two neurons, in a simulator beside its closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, cast

from neurosim_rl.api.display import card, in_notebooks
from neurosim_rl.dynamics import PairRule, StdpProtocol, StdpRecord, run_stdp
from neurosim_rl.settings.checks import lookup, unknown_name

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class SynapseStdp:
    """Spike-timing-dependent plasticity of one synapse.

    Parameters
    ----------
    record : StdpRecord
        Window, dependence on the weight, and course of the weight.
    """

    record: StdpRecord

    def to_frame(self) -> pd.DataFrame:
        """Return the window, one row a time difference: ``dt_ms``, ``change``, ``expected`` (pandas)."""
        import pandas as pd

        window = self.record.window
        return pd.DataFrame({"dt_ms": window.dt_ms, "change": window.change, "expected": window.expected})

    def plot(self, name: str = "all") -> Figure:
        """Return a figure: ``"all"``, or ``"window"`` alone.

        Raises
        ------
        UnknownNameError
            For another name, with the nearest match.
        """
        from neurosim_rl.dynamics.stdp_figure import draw_stdp, plot_window

        drawings: dict[str, Callable[[], Figure]] = {
            "all": lambda: draw_stdp(self.record),
            "window": lambda: cast("Figure", plot_window(self.record).figure),
        }
        return in_notebooks(lookup("figure of a synapse", name, drawings)())

    def __repr__(self) -> str:
        """Return two lines."""
        rule, window = self.record.protocol.rule, self.record.window
        times = f"tau+ {rule.tau_plus_ms:g} ms, tau- {rule.tau_minus_ms:g} ms, alpha {rule.alpha:g}"
        return (
            f"<STDP of one synapse in {self.record.simulator}: {times}\n"
            f" {len(window.dt_ms)} pairs of spikes; largest relative distance from the closed form "
            f"{window.largest_relative_distance:.1e}>"
        )

    def _repr_html_(self) -> str:
        """Return headline numbers and the figure, for notebooks."""
        return card(repr(self), self.plot)


def stdp(simulator: str = "nest", **parameters: Any) -> SynapseStdp:
    """Make two neurons spike at chosen times, and follow the weight of the plastic synapse between them.

    Parameters
    ----------
    simulator : str
        ``"nest"``, or ``"compiled"``, which gives the same and is faster.
    **parameters
        Of the rule, such as ``tau_plus_ms``, ``tau_minus_ms`` (ms) and ``alpha`` (depression over potentiation), and of
        the protocol, such as ``largest_dt_ms`` and ``n_pairs``.

    Raises
    ------
    UnknownNameError
        For an unknown parameter, with the nearest match.
    ConfigurationError
        For a value out of range.

    Examples
    --------
    >>> nrl.stdp("compiled", tau_plus_ms=10.0).plot("window")  # doctest: +SKIP
    """
    of_rule = {field.name for field in fields(PairRule)}
    of_protocol = {field.name for field in fields(StdpProtocol)} - {"rule"}
    rule: dict[str, Any] = {}
    protocol: dict[str, Any] = {}
    for name, value in parameters.items():
        if name not in of_rule | of_protocol:
            raise unknown_name("parameter of stdp", name, of_rule | of_protocol)
        table = rule if name in of_rule else protocol
        table[name] = value
    return SynapseStdp(run_stdp(StdpProtocol(rule=PairRule(**rule), **protocol), simulator))
