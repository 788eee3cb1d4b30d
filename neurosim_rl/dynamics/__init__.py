"""Single neurons and single synapses beside their closed forms (Labady 2023, sections 3.1 and 3.2)."""

from neurosim_rl.dynamics.dc import DcProtocol, DcRecord, run_dc
from neurosim_rl.dynamics.membrane import Membrane
from neurosim_rl.dynamics.pair_rule import Course, PairRule, follow
from neurosim_rl.dynamics.paired_spikes import PairedSpikes, simulated_weights
from neurosim_rl.dynamics.stdp import StdpRecord, run_stdp
from neurosim_rl.dynamics.stdp_protocol import StdpProtocol

__all__ = [
    "Course",
    "DcProtocol",
    "DcRecord",
    "Membrane",
    "PairRule",
    "PairedSpikes",
    "StdpProtocol",
    "StdpRecord",
    "follow",
    "run_dc",
    "run_stdp",
    "simulated_weights",
]
