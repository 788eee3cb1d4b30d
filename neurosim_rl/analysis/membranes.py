"""Membranes of some neurons over time, as panels of a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurosim_rl.analysis.panels import Panel, Trace

if TYPE_CHECKING:
    from neurosim_rl.records.spikes import Membranes


def membrane_panels(membranes: Membranes, neurons: Sequence[int] | np.ndarray, names: Sequence[str]) -> Sequence[Panel]:
    """Return a panel for the membrane of each of some neurons, in mV over biological time in s.

    Neurons without a membrane, such as spike sources, are left out.

    Parameters
    ----------
    membranes : Membranes
        Of one trial.
    neurons : sequence of int
        Numbers of the neurons through all populations.
    names : sequence of str
        Their names.
    """
    panels: list[Panel] = []
    for neuron, name in zip(neurons, names, strict=True):
        v_mv = membranes.v_mv[0, neuron]
        if np.isfinite(v_mv).any():
            panels.append(Trace(f"membrane,\n{name} (mV)", membranes.time_ms * 1e-3, v_mv))
    return panels
