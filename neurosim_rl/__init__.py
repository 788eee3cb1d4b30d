"""Spiking NEST networks that learn to control Gymnasium environments.

The names below describe networks, bridge and loop; importing them starts neither NEST nor L2L. Tasks are in
:mod:`neurosim_rl.optimizees`, whole runs in :mod:`neurosim_rl.training.run`.
"""

from neurosim_rl.bridge import Currents, Decoder, Encoder, SpikeTrains
from neurosim_rl.environments import EnvironmentBatch, EnvironmentOptions, EnvironmentSpec
from neurosim_rl.errors import NeurosimError
from neurosim_rl.loop.rollout import rollout
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.simulators import Simulator, create_simulator

__version__ = "0.1.0"

__all__ = [
    "Currents",
    "Decoder",
    "Encoder",
    "EnvironmentBatch",
    "EnvironmentOptions",
    "EnvironmentSpec",
    "Episodes",
    "Genome",
    "Network",
    "NeurosimError",
    "Parameter",
    "ParameterSpace",
    "Population",
    "Projection",
    "Simulator",
    "SpikeTrains",
    "create_simulator",
    "rollout",
]
