"""Studies: every cell of a grid with every seed, in one table that can be resumed, printed and drawn."""

from neurosim_rl.study.running import run_study
from neurosim_rl.study.specification import Study, parse_study, read_study
from neurosim_rl.study.table import Row, StudyTable

__all__ = ["Row", "Study", "StudyTable", "parse_study", "read_study", "run_study"]
