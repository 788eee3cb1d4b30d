"""Contract checks for parts of one's own: plain functions, for pytest and for a notebook.

Each takes a class or a factory, and raises `neurosim_rl.errors.ContractError` with one line
(``docs/how-to/testing.rst``).
"""

from neurosim_rl.errors import ContractError
from neurosim_rl.testing.background import check_background
from neurosim_rl.testing.critic import check_critic
from neurosim_rl.testing.decoder import check_decoder
from neurosim_rl.testing.encoder import check_encoder
from neurosim_rl.testing.environment import check_environment
from neurosim_rl.testing.fitness import check_fitness
from neurosim_rl.testing.model import check_model
from neurosim_rl.testing.normalisation import check_normalisation
from neurosim_rl.testing.optimizer import check_optimizer
from neurosim_rl.testing.rule import check_rule
from neurosim_rl.testing.task import check_task
from neurosim_rl.testing.tuning import check_tuning

__all__ = [
    "ContractError",
    "check_background",
    "check_critic",
    "check_decoder",
    "check_encoder",
    "check_environment",
    "check_fitness",
    "check_model",
    "check_normalisation",
    "check_optimizer",
    "check_rule",
    "check_task",
    "check_tuning",
]
