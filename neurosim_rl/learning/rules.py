"""Learning rules by name."""

from __future__ import annotations

from neurosim_rl.learning.ppo import PPO
from neurosim_rl.learning.r_stdp import RewardModulatedSTDP
from neurosim_rl.learning.rule import NoLearning, Rule

LEARNING: dict[str, type[Rule]] = {
    "none": NoLearning,
    "ppo": PPO,
    "r-stdp": RewardModulatedSTDP,
}
