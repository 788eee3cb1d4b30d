"""First-spike decoder: the output neuron that spikes first selects the action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.bridge.decoder import NO_SPIKE
from neurosim_rl.bridge.decoders import WinnerTakesAll
from neurosim_rl.networks.network import Network
from neurosim_rl.settings.checks import check_shape
from neurosim_rl.settings.options import option


@dataclass
class FirstSpike(WinnerTakesAll):
    """The action of the neuron that spikes first in the window, for ``Discrete`` spaces.

    Neurons are grouped as for the winner: the first ``neurons_per_action`` belong to the first action, and so on; the
    first spike of a group counts. Spikes in the same grid step are a tie of their actions, which ``tie`` decides as for
    the winner. If no output neuron spikes, ``silence`` decides: all actions are tied (``tie``), or the last action is
    taken again (``hold``; before the first spike of a trial all actions are tied). Spike counts do not matter.

    Source: Gardner & Gruning 2021, Front. Comput. Neurosci. 15:617862 (first-to-spike decoding); Thorpe, Delorme & Van
    Rullen 2001, Neural Netw. 14:715 (codes of first spikes).
    """

    silence: str = option("tie", "action if no output neuron spikes", choices=("tie", "hold"))
    _last: np.ndarray = field(init=False, repr=False, compare=False)
    _has_acted: np.ndarray = field(init=False, repr=False, compare=False)

    reads_first_spikes = True

    def start(self, networks: Sequence[Network]) -> None:
        """Forget the last actions."""
        self._last = np.zeros(len(networks), np.int64)
        self._has_acted = np.zeros(len(networks), bool)

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        """Return the actions; here `counts` holds the step of each output neuron's first spike, or ``NO_SPIKE``."""
        check_shape("first_steps", counts, (len(active), self.n_outputs))
        first = counts.reshape(len(counts), self.n_actions, self.neurons_per_action).min(axis=2)
        if self.silence == "tie":
            return self._of_most(-first, active, rngs)
        is_silent = first.min(axis=1) == NO_SPIKE
        chosen = ~(is_silent & self._has_acted[active])
        actions = self._last[active]
        actions[chosen] = self._of_most(-first[chosen], active[chosen], rngs)
        self._last[active] = actions
        self._has_acted[active] |= ~is_silent
        return actions
