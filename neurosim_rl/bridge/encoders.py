"""Encoders by name: observations to drive, for a whole batch at once."""

from __future__ import annotations

from neurosim_rl.bridge.delta import DeltaEncoder
from neurosim_rl.bridge.encoder import Encoder
from neurosim_rl.bridge.latency import LatencyEncoder
from neurosim_rl.bridge.population_code import PopulationEncoder
from neurosim_rl.bridge.population_pulses import PopulationPulses
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder, PoissonEncoder, RegularEncoder
from neurosim_rl.bridge.weighted_encoders import PulseEncoder, WeightedEncoder
from neurosim_rl.settings.registry import Registry

ENCODERS: Registry[type[Encoder]] = Registry(
    "encoder",
    Encoder,
    {
        "current": CurrentEncoder,
        "delta": DeltaEncoder,
        "latency": LatencyEncoder,
        "poisson": PoissonEncoder,
        "population": PopulationEncoder,
        "population-pulses": PopulationPulses,
        "pulses": PulseEncoder,
        "regular": RegularEncoder,
        "weighted": WeightedEncoder,
    },
)
