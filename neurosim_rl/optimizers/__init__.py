"""Optimizers: all are L2L ``Optimizer`` classes, ours and L2L's own."""

from neurosim_rl.optimizers.genetic import GeneticOptimizer, GeneticParameters
from neurosim_rl.optimizers.l2l_genetic import L2LGeneticOptimizer, L2LGeneticParameters
from neurosim_rl.optimizers.search import OPTIMIZERS, Search

__all__ = [
    "OPTIMIZERS",
    "GeneticOptimizer",
    "GeneticParameters",
    "L2LGeneticOptimizer",
    "L2LGeneticParameters",
    "Search",
]
