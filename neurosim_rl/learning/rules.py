"""Learning rules by name."""

from __future__ import annotations

from neurosim_rl.learning.distil import Distil
from neurosim_rl.learning.ppo import PPO
from neurosim_rl.learning.r_stdp import RewardModulatedSTDP
from neurosim_rl.learning.rule import NoLearning, Rule
from neurosim_rl.settings.registry import Registry

LEARNING: Registry[type[Rule]] = Registry(
    "rule",
    Rule,
    {
        "distil": Distil,
        "none": NoLearning,
        "ppo": PPO,
        "r-stdp": RewardModulatedSTDP,
    },
)
