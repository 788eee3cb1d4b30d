"""Small networks and drives for the tests of simulators."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim_rl.bridge import Currents
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.simulators import Simulator

ONE = np.zeros(1, np.int64)
STRONG_PA = 40000.0


def projection(source: str, target: str, rows: list[tuple[int, int, float]], delay_ms: float = 1.0) -> Projection:
    pre, post, weight_pa = zip(*rows, strict=True) if rows else ((), (), ())
    return Projection(
        source,
        target,
        np.array(pre, np.int64),
        np.array(post, np.int64),
        np.array(weight_pa, np.float64),
        np.full(len(rows), delay_ms),
    )


def network(*projections: Projection, model: str = "iaf_psc_alpha", **parameters: Any) -> Network:
    """Return two input neurons and two output neurons of the model and parameters."""
    chosen = projections or (projection("in", "out", [(0, 0, 9000.0), (1, 1, 9000.0)]),)
    return Network((Population("in", 2), Population("out", 2, model, parameters)), chosen, "in", "out")


def spiking_network() -> Network:
    projections = (projection("in", "out", [(0, 0, 9000.0), (1, 1, 9000.0)]),)
    return Network((Population("in", 2, SPIKE_SOURCE), Population("out", 2)), projections, "in", "out")


def drive(n_rows: int, pa: float = STRONG_PA) -> Currents:
    return Currents(np.full((n_rows, 2), pa))


def works(simulator: Simulator) -> bool:
    """Return whether a network can be built and lets its output neurons spike."""
    simulator.build([network()])
    return bool((simulator.advance(drive(1), 20.0, ONE) > 0).all())
