"""The bridge between an environment and a spiking network.

Encoders turn observations into a drive. Backgrounds add spikes that do not depend on observations. Decoders turn spike
counts into actions. All work on a whole batch at once.
"""

from neurosim_rl.bridge.background import BACKGROUNDS, Background
from neurosim_rl.bridge.bounds import scaled_to_bounds
from neurosim_rl.bridge.decoder import NO_SPIKE, Decoder
from neurosim_rl.bridge.decoder_registry import DECODERS
from neurosim_rl.bridge.drive import Currents, Drive, SpikeTrains
from neurosim_rl.bridge.encoder import Encoder
from neurosim_rl.bridge.encoders import ENCODERS
from neurosim_rl.bridge.normalisation import (
    NORMALISATIONS,
    MeasuredNormalisation,
    Normalisation,
    RunningNormalisation,
)
from neurosim_rl.bridge.tunings import TUNINGS, Tuning

__all__ = [
    "BACKGROUNDS",
    "DECODERS",
    "ENCODERS",
    "NORMALISATIONS",
    "NO_SPIKE",
    "TUNINGS",
    "Background",
    "Currents",
    "Decoder",
    "Drive",
    "Encoder",
    "MeasuredNormalisation",
    "Normalisation",
    "RunningNormalisation",
    "SpikeTrains",
    "Tuning",
    "scaled_to_bounds",
]
