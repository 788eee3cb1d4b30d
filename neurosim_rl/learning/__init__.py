"""Learning rules: options of all rules, and plasticity that changes weights while a network plays.

All rules derive from `Rule`. `NoLearning` keeps the weights of the genome, and `PPO` and `Distil` hold the options of
training by gradients (:mod:`neurosim_rl.gradient`). Rules that change weights in the loop derive from `PlasticityRule`,
and their `PlasticLearner` does so after each window: `RewardModulatedSTDP`, and rules of one's own
(``docs/how-to/rules.rst``).
"""

from neurosim_rl.learning.critics import CRITICS
from neurosim_rl.learning.distil import Distil
from neurosim_rl.learning.evolvable import FACTOR, VALUE, WHOLE, Evolvable
from neurosim_rl.learning.gradient_rule import GradientRule
from neurosim_rl.learning.learner import LearningBatch, PlasticLearner
from neurosim_rl.learning.plastic_projection import PlasticProjection
from neurosim_rl.learning.plasticity_rule import PlasticityRule
from neurosim_rl.learning.ppo import PPO
from neurosim_rl.learning.r_stdp import RewardModulatedSTDP
from neurosim_rl.learning.recorder import LearningRecorder
from neurosim_rl.learning.rule import NoLearning, Rule
from neurosim_rl.learning.rules import LEARNING
from neurosim_rl.learning.window import LearningWindow

__all__ = [
    "CRITICS",
    "FACTOR",
    "LEARNING",
    "PPO",
    "VALUE",
    "WHOLE",
    "Distil",
    "Evolvable",
    "GradientRule",
    "LearningBatch",
    "LearningRecorder",
    "LearningWindow",
    "NoLearning",
    "PlasticLearner",
    "PlasticProjection",
    "PlasticityRule",
    "RewardModulatedSTDP",
    "Rule",
]
