"""Run folders: their files, the records in these files, and locks.

Import champions from :mod:`neurosim_rl.runs.champion` where they are needed: that module loads tasks, and these L2L.
"""

from neurosim_rl.records.history import History
from neurosim_rl.runs.folder import RunFolder

__all__ = ["History", "RunFolder"]
