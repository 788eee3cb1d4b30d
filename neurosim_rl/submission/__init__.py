"""Runs as Slurm jobs: a profile of the cluster, a job script, and arrays over seeds and settings."""

from neurosim_rl.submission.grid import Setting, parse_grid, parse_seeds
from neurosim_rl.submission.plan import Plan, plan_array, plan_run
from neurosim_rl.submission.profile import ClusterProfile, load_profile
from neurosim_rl.submission.slurm import require_sbatch

__all__ = [
    "ClusterProfile",
    "Plan",
    "Setting",
    "load_profile",
    "parse_grid",
    "parse_seeds",
    "plan_array",
    "plan_run",
    "require_sbatch",
]
