"""Parts for neurosim-rl: importing this package registers them."""

from forager.decoder import Race
from forager.encoder import LogLatency
from forager.environment import Forager
from forager.figure import paths
from forager.fitness import FoodAndSmell
from forager.network import build
from forager.optimizer import ShrinkingParameters
from forager.rule import Reward
from forager.task import Foraging

__all__ = [
    "FoodAndSmell",
    "Forager",
    "Foraging",
    "LogLatency",
    "Race",
    "Reward",
    "ShrinkingParameters",
    "build",
    "paths",
]
