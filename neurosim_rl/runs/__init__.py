"""Run folders: their files, what is in them, and who works on them.

Champions, :mod:`neurosim_rl.runs.champion`, are imported where they are needed: they load tasks, and with these L2L.
"""

from neurosim_rl.records.history import History
from neurosim_rl.runs.folder import RunFolder

__all__ = ["History", "RunFolder"]
