"""Constant weights in the compiled simulator, wave by wave: the synapses, and spikes that wait in a slice."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np

from neurosim_rl.networks.network import Network
from neurosim_rl.simulators.compiled_cut_waves import advance_cut
from neurosim_rl.simulators.compiled_state import Layout, State
from neurosim_rl.simulators.compiled_static_waves import advance_static, synapses_of


class StaticWaves:
    """Static synapses of a batch, and the spikes of neurons in a slice that the last window has cut.

    Parameters
    ----------
    layout : Layout
        Every neuron is numbered as one with synapses.
    network : Network
        Any network of the batch.
    """

    def __init__(self, layout: Layout, network: Network) -> None:
        self._layout, self._synapses = layout, synapses_of(layout)
        self._slice_steps = network.delay_range_steps[0]
        # Without sources the order of summation is the same whether spikes wait or not.
        self._may_wait = network.is_driven_by_spikes
        self._waiting = np.zeros((0, 3), np.int64)

    def advance(self, state: State, window: tuple[Any, ...], results: tuple[np.ndarray, ...]) -> int:
        """Advance by one window; return how many spikes were recorded.

        Parameters
        ----------
        window : tuple
            Arguments of :func:`compiled_static_waves.advance_static` from ``rows`` to ``wave_ends``.
        results : tuple
            Its arrays ``counts``, ``spikes`` and ``v_mv``.
        """
        now, end = window[-2], window[-2] + int(window[-1][-1])
        cuts = now % self._slice_steps != 0, end % self._slice_steps != 0
        if self._may_wait and any(cuts):
            return self._advance_cut(state, window, np.array(cuts), results)
        return int(advance_static(self._layout, self._synapses, state, *window, *results))

    def spread(self, element: int, elements: np.ndarray) -> StaticWaves:
        """Return the same for a batch in which all elements have the waiting spikes of one."""
        other = copy(self)
        mine = self._waiting[self._waiting[:, 0] == element]
        # In the order of the lines of each element; elements one after the other.
        other._waiting = np.tile(mine, (len(elements), 1))
        other._waiting[:, 0] = np.repeat(elements, len(mine))
        return other

    def _advance_cut(
        self, state: State, window: tuple[Any, ...], cuts: np.ndarray, results: tuple[np.ndarray, ...]
    ) -> int:
        active = window[1]
        n_in_slice = len(active) * int(self._layout.first[-1]) * self._slice_steps
        left = np.empty((len(self._waiting) + n_in_slice, 3), np.int64)
        arguments = self._layout, self._synapses, state, *window, cuts, self._waiting, *results, left
        n_recorded, n_left = advance_cut(*arguments)
        self._waiting = left[:n_left].copy()
        return int(n_recorded)
