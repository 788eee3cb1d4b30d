"""Studies: all cells of a grid with all seeds, in one table that can be resumed, printed and drawn."""

from neurosim_rl.studies.running import run_study
from neurosim_rl.studies.specification import StudySpecification, parse_study, read_study
from neurosim_rl.studies.table import Row, StudyTable

__all__ = ["Row", "StudySpecification", "StudyTable", "parse_study", "read_study", "run_study"]
