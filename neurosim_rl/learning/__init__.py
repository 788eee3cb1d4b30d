"""How networks learn: rules that change weights while a network plays, and the options of training by gradients."""

from neurosim_rl.learning.critics import CRITICS
from neurosim_rl.learning.diary import Diary, DiaryKeeper, WeightCourse
from neurosim_rl.learning.learner import PlasticLearner
from neurosim_rl.learning.ppo import PPO
from neurosim_rl.learning.rule import LEARNING, NoLearning, RewardModulatedSTDP, Rule

__all__ = [
    "CRITICS",
    "LEARNING",
    "PPO",
    "Diary",
    "DiaryKeeper",
    "NoLearning",
    "PlasticLearner",
    "RewardModulatedSTDP",
    "Rule",
    "WeightCourse",
]
