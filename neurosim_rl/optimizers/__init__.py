"""Optimizers: ours and L2L's own. All are classes of L2L's ``Optimizer``."""

from neurosim_rl.optimizers.ars import ARSOptimizer, ARSParameters
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.cma_es import CMAESOptimizer, CMAESParameters
from neurosim_rl.optimizers.ensemble_kalman import EnsembleKalmanOptimizer, EnsembleKalmanParameters
from neurosim_rl.optimizers.genetic import GeneticOptimizer, GeneticParameters
from neurosim_rl.optimizers.l2l_genetic import L2LGeneticOptimizer, L2LGeneticParameters
from neurosim_rl.optimizers.multiplicative_es import MultiplicativeESOptimizer, MultiplicativeESParameters
from neurosim_rl.optimizers.openai_es import OpenAIESOptimizer, OpenAIESParameters
from neurosim_rl.optimizers.search import OPTIMIZERS, Search, parameters_of
from neurosim_rl.optimizers.structured_genetic import StructuredGeneticOptimizer, StructuredGeneticParameters

__all__ = [
    "OPTIMIZERS",
    "ARSOptimizer",
    "ARSParameters",
    "CMAESOptimizer",
    "CMAESParameters",
    "EnsembleKalmanOptimizer",
    "EnsembleKalmanParameters",
    "GeneticOptimizer",
    "GeneticParameters",
    "L2LGeneticOptimizer",
    "L2LGeneticParameters",
    "MultiplicativeESOptimizer",
    "MultiplicativeESParameters",
    "OpenAIESOptimizer",
    "OpenAIESParameters",
    "OptimizerParameters",
    "Search",
    "StructuredGeneticOptimizer",
    "StructuredGeneticParameters",
    "parameters_of",
]
