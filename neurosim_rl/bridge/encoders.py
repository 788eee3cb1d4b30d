"""Encoders by name: observations to drive, for a whole batch at once."""

from __future__ import annotations

from neurosim_rl.bridge.encoder import Encoder
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder, PoissonEncoder, RegularEncoder
from neurosim_rl.bridge.weighted_encoders import PulseEncoder, WeightedEncoder
from neurosim_rl.settings.registry import Registry

ENCODERS: Registry[type[Encoder]] = Registry(
    "encoder",
    Encoder,
    {
        "current": CurrentEncoder,
        "poisson": PoissonEncoder,
        "pulses": PulseEncoder,
        "regular": RegularEncoder,
        "weighted": WeightedEncoder,
    },
)
