"""L2L's own ``Experiment``, made fast by our runner, or safe by guards around its own."""

from neurosim_rl.l2l_experiments.guards import guarded_runner
from neurosim_rl.l2l_experiments.policy import FaultPolicy
from neurosim_rl.l2l_experiments.runner import Runner, fast_runner

__all__ = ["FaultPolicy", "Runner", "fast_runner", "guarded_runner"]
