"""Learning rules: options of all rules, and plasticity that changes weights while a network plays.

There are three rules (`Rule`): `NoLearning` keeps the weights of the genome, `RewardModulatedSTDP` changes them in the
loop (`PlasticLearner`), and `PPO` holds the options of training by gradients (:mod:`neurosim_rl.gradient`).
"""

from neurosim_rl.learning.critics import CRITICS
from neurosim_rl.learning.learner import PlasticLearner
from neurosim_rl.learning.ppo import PPO
from neurosim_rl.learning.recorder import LearningRecorder
from neurosim_rl.learning.rule import LEARNING, NoLearning, RewardModulatedSTDP, Rule

__all__ = [
    "CRITICS",
    "LEARNING",
    "PPO",
    "LearningRecorder",
    "NoLearning",
    "PlasticLearner",
    "RewardModulatedSTDP",
    "Rule",
]
