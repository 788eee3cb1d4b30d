"""Runs and studies as Slurm jobs: a profile of the cluster, a job script, and arrays over seeds and settings.

``neurosim_rl.submission.plan``, which creates folders, is not imported here: the parser of every command needs the
profile's options, and must not wait until HDF5 is loaded.
"""

from neurosim_rl.settings.grid import Setting, parse_grid, parse_seeds
from neurosim_rl.submission.profile import ClusterProfile, load_profile
from neurosim_rl.submission.slurm import require_sbatch, sbatch

__all__ = ["ClusterProfile", "Setting", "load_profile", "parse_grid", "parse_seeds", "require_sbatch", "sbatch"]
