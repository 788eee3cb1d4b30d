"""Decoders by name: spikes to actions, for a whole batch at once."""

from __future__ import annotations

from neurosim_rl.bridge.decoder import Decoder
from neurosim_rl.bridge.decoders import MembraneReadout
from neurosim_rl.bridge.first_spike import FirstSpike
from neurosim_rl.bridge.partwise import Partwise
from neurosim_rl.bridge.sliding_rate import READOUTS, SlidingRate
from neurosim_rl.settings.registry import Registry

DECODERS: Registry[type[Decoder]] = Registry(
    "decoder",
    Decoder,
    {
        **READOUTS,
        "first-spike": FirstSpike,
        "membrane": MembraneReadout,
        "parts": Partwise,
        "sliding-rate": SlidingRate,
    },
)
