"""Energy of operations, estimated from their counts by constants from the literature.

The estimates leave out data transfer to and from a device, idle power and overhead. They compare algorithms, not
machines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np

N = TypeVar("N", float, np.ndarray)


@dataclass(frozen=True)
class Device:
    """Energy of the operations of a device.

    Parameters
    ----------
    name : str
    operation_j : float
        Energy in J of a synaptic operation; in a dense network, of a multiply-accumulate.
    update_j : float
        Energy in J of one step of one neuron, or of one unit of a dense network.
    spiking_only : bool
        Whether the device runs spiking networks only.
    source : str
        Source of the constants.
    """

    name: str
    operation_j: float
    update_j: float
    spiking_only: bool
    source: str

    def energy_j(self, operations: N, updates: float) -> N:
        """Return the energy in J of a number of synaptic operations and neuron updates."""
        return operations * self.operation_j + updates * self.update_j


_DEGNAN = "Degnan, Marr & Hasler 2016, IEEE Trans. VLSI Syst. 24:58-66, as in ModelEnergy of KerasSpiking"

DEVICES: dict[str, Device] = {
    "loihi": Device(
        "Loihi",
        operation_j=(23.6 + 3.5) * 1e-12,
        update_j=81e-12,
        spiking_only=True,
        source="Davies et al. 2018, IEEE Micro 38:82-99: 23.6 pJ for a synaptic operation, 3 and 4 pJ for a hop of its "
        "spike to the next tile (3.5 on average), 81 pJ for an update of an active neuron; as in ModelEnergy of "
        "KerasSpiking",
    ),
    "arm": Device("ARM Cortex-A", operation_j=0.9e-9, update_j=0.9e-9, spiking_only=False, source=_DEGNAN),
    "x86": Device("x86, i7-4960X", operation_j=8.6e-9, update_j=8.6e-9, spiking_only=False, source=_DEGNAN),
}
"""Devices by name."""


def dense_operations(sizes: Sequence[int]) -> tuple[int, int]:
    """Return the number of multiply-accumulates, and of computed units, of one pass through a dense network.

    Parameters
    ----------
    sizes : sequence of int
        Units in each layer, input and output included. Inputs are not computed; a bias is part of its unit.
    """
    operations = sum(before * after for before, after in pairwise(sizes))
    return operations, sum(sizes[1:])
