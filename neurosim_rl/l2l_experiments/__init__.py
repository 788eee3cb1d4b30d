"""Runners for L2L's own ``Experiment``: a fast one on our executors, and L2L's own with guards around it."""

from neurosim_rl.l2l_experiments.guards import guarded_runner
from neurosim_rl.l2l_experiments.policy import FaultPolicy
from neurosim_rl.l2l_experiments.runner import Runner, fast_runner

__all__ = ["FaultPolicy", "Runner", "fast_runner", "guarded_runner"]
