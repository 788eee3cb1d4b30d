"""How networks learn: rules that change weights while a network plays, and the options of training by gradients."""

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
