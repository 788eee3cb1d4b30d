"""Models: a model turns a genome into a spiking network, or into a policy without neurons."""

if __name__ != "neurosim_rl.models":
    raise ImportError("import neurosim_rl.models, not models: a twin module's objects would not load elsewhere.")

from neurosim_rl.models.dense import Dense
from neurosim_rl.models.feed_forward import FeedForward
from neurosim_rl.models.lif import LIF
from neurosim_rl.models.linear import Linear
from neurosim_rl.models.model import Model
from neurosim_rl.models.policy import Policy
from neurosim_rl.models.pynest import PyNEST
from neurosim_rl.models.sensorimotor import Sensorimotor
from neurosim_rl.models.single_layer import SingleLayer
from neurosim_rl.models.spatial import Spatial
from neurosim_rl.models.spiking import SpikingModel
from neurosim_rl.models.sub_controllers import SubControllers
from neurosim_rl.settings.registry import Registry

MODELS: Registry[type[Model]] = Registry(
    "model",
    Model,
    {
        "dense": Dense,
        "feed-forward": FeedForward,
        "lif": LIF,
        "linear": Linear,
        "pynest": PyNEST,
        "sensorimotor": Sensorimotor,
        "single-layer": SingleLayer,
        "spatial": Spatial,
        "sub-controllers": SubControllers,
    },
)

__all__ = [
    "LIF",
    "MODELS",
    "Dense",
    "FeedForward",
    "Linear",
    "Model",
    "Policy",
    "PyNEST",
    "Sensorimotor",
    "SingleLayer",
    "Spatial",
    "SpikingModel",
    "SubControllers",
]
