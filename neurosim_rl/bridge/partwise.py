"""The decoder of composite action spaces that reads spike counts."""

from __future__ import annotations

from dataclasses import dataclass

from gymnasium.spaces import Box, Discrete

from neurosim_rl.bridge.decoder import Decoder
from neurosim_rl.bridge.decoders import RateDifference, WinnerTakesAll
from neurosim_rl.bridge.parts_decoder import PartwiseDecoder
from neurosim_rl.settings.options import Options, option


@dataclass
class Partwise(PartwiseDecoder):
    """Output neurons of its own for each part of ``MultiDiscrete``, ``MultiBinary``, ``Tuple`` and ``Dict`` actions.

    Each component of ``MultiDiscrete`` is a choice. So is each bit of ``MultiBinary``, with neurons for 0 and for 1. A
    tuple has the parts of its members, one after the other.

    Source: a design of this package.
    """

    discrete: Options = option(
        {"name": "winner", "tie": "first"}, "decoder of each choice", registry={"winner": WinnerTakesAll}
    )
    continuous: Options = option(
        {"name": "rate-difference"}, "decoder of each Box", registry={"rate-difference": RateDifference}
    )

    def _decoder_of(self, part: Discrete | Box) -> Decoder:
        options = self.discrete if isinstance(part, Discrete) else self.continuous
        decoder: Decoder = options.create(action_space=part, window_ms=self.window_ms, resolution_ms=self.resolution_ms)
        return decoder
