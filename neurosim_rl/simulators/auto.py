"""Choosing a simulator by what the networks need."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim_rl.bridge.drive import Drive
from neurosim_rl.errors import SimulatorError
from neurosim_rl.network import Network
from neurosim_rl.simulators.base import Membranes, Simulator, Spikes


def choose(network: Network) -> str:
    """Return ``"compiled"`` if the compiled simulator covers the network, else ``"nest"``."""
    from neurosim_rl.simulators.compiled import check_covered

    try:
        check_covered(network)
    except SimulatorError:
        return "nest"
    return "compiled"


class AutoSimulator(Simulator):
    """The compiled simulator where it covers all networks of a batch, NEST otherwise; both give the same spikes."""

    def __init__(self) -> None:
        self._chosen: Simulator | None = None

    def build(
        self, networks: Sequence[Network], *, record_spikes: bool = False, record_membranes: bool = False
    ) -> None:
        """Choose a simulator and build the batch in it."""
        from neurosim_rl.simulators import create_simulator

        self.close()
        try:
            self._build_in(create_simulator("compiled"), networks, record_spikes, record_membranes)
        except SimulatorError:  # not covered
            self._build_in(create_simulator("nest"), networks, record_spikes, record_membranes)

    def _build_in(self, simulator: Simulator, networks: Sequence[Network], spikes: bool, membranes: bool) -> None:
        self._chosen = simulator
        simulator.build(networks, record_spikes=spikes, record_membranes=membranes)
        self.networks = networks

    def _require(self) -> Simulator:
        if self._chosen is None:
            raise SimulatorError("no network yet: call build() first.")
        return self._chosen

    def advance(self, drive: Drive, window_ms: float, active: np.ndarray) -> np.ndarray:
        """Simulate one window."""
        return self._require().advance(drive, window_ms, active)

    def spikes(self) -> Spikes:
        """Return all spikes since ``build``."""
        return self._require().spikes()

    def membranes(self) -> Membranes:
        """Return all membrane potentials since ``build``."""
        return self._require().membranes()

    def weights_pa(self) -> list[list[np.ndarray]]:
        """Return the present weights."""
        return self._require().weights_pa()

    def close(self) -> None:
        """Close the chosen simulator."""
        if self._chosen is not None:
            self._chosen.close()
        self._chosen, self.networks = None, ()
