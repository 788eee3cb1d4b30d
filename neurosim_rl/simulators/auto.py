"""Choosing a simulator by what the networks need."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim_rl.bridge.drive import Drive
from neurosim_rl.errors import NetworkError, SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.simulators.base import Simulator


def choose(network: Network) -> str:
    """Return ``"compiled"`` if the compiled simulator covers the network, else ``"nest"``."""
    from neurosim_rl.simulators.compiled_layout import check_covered

    try:
        check_covered(network)
    except (SimulatorError, NetworkError, ArithmeticError):  # NEST says what is wrong with a parameter
        return "nest"
    return "compiled"


class AutoSimulator(Simulator):
    """The compiled simulator where it covers all networks of a batch, NEST otherwise; both give the same spikes."""

    def __init__(self) -> None:
        self._chosen: Simulator | None = None

    def build(
        self,
        networks: Sequence[Network],
        *,
        record_spikes: bool = False,
        record_membranes: bool = False,
        window_spikes_of: Sequence[str] = (),
        sets_weights: bool = False,
        noise_seeds: Sequence[int] | None = None,
    ) -> None:
        """Choose a simulator and build the batch in it."""
        from neurosim_rl.simulators import create_simulator

        self.close()
        for name in ("compiled", "nest"):  # the second if the first does not cover the networks
            self._chosen = create_simulator(name)
            try:
                self._chosen.build(
                    networks,
                    record_spikes=record_spikes,
                    record_membranes=record_membranes,
                    window_spikes_of=window_spikes_of,
                    sets_weights=sets_weights,
                    noise_seeds=noise_seeds,
                )
            except (SimulatorError, NetworkError):
                if name == "nest":
                    raise
            else:
                break
        self.networks = networks

    def _require(self) -> Simulator:
        if self._chosen is None:
            raise SimulatorError("no network yet: call build() first.")
        return self._chosen

    def advance(self, drive: Drive, window_ms: float, active: np.ndarray) -> np.ndarray:
        """Simulate one window."""
        return self._require().advance(drive, window_ms, active)

    def output_mv(self) -> np.ndarray:
        """Return the output neurons' membranes at the end of the last window."""
        return self._require().output_mv()

    def spikes(self) -> Spikes:
        """Return all spikes since ``build``."""
        return self._require().spikes()

    def window_spikes(self) -> Spikes:
        """Return the spikes of the last window."""
        return self._require().window_spikes()

    def membranes(self) -> Membranes:
        """Return all membrane potentials since ``build``."""
        return self._require().membranes()

    def weights_pa(self) -> list[list[np.ndarray]]:
        """Return the present weights."""
        return self._require().weights_pa()

    def set_weights_pa(
        self, projection: int, weight_pa: np.ndarray | Sequence[np.ndarray], elements: np.ndarray | None = None
    ) -> None:
        """Set the weights of one projection."""
        self._require().set_weights_pa(projection, weight_pa, elements)

    def close(self) -> None:
        """Close the chosen simulator."""
        if self._chosen is not None:
            self._chosen.close()
        self._chosen, self.networks = None, ()
