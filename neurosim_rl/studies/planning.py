"""Plan of a study: its runs in order, and the groups of runs that a worker executes at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from neurosim_rl.optimizees import Configuration
from neurosim_rl.settings.grid import Setting
from neurosim_rl.studies.specification import StudySpecification
from neurosim_rl.training.check import check


@dataclass(frozen=True)
class PlannedRun:
    """One run of a study: one setting with one seed.

    Parameters
    ----------
    name : str
        Name of the run folder.
    setting : Setting
    config : Configuration
    """

    name: str
    setting: Setting
    config: Configuration


def planned_runs(study: StudySpecification) -> list[PlannedRun]:
    """Return all runs of a study, in the order of their execution.

    Raises
    ------
    ConfigurationError
        When a setting cannot be played.
    """
    configs = {setting: check(study.configuration(setting)) for setting in study.cells()}
    planned = []
    for name, (setting, seed) in study.runs().items():
        planned.append(PlannedRun(name, setting, configs[setting].replace(seed=seed)))
    return planned


def groups_of_runs(planned: Sequence[PlannedRun], together: int, n_workers: int) -> list[tuple[PlannedRun, ...]]:
    """Return groups of runs; a worker executes one group at a time, in lockstep.

    A group has up to `together` seeds of one setting, and less if some workers would be idle otherwise.
    """
    size = max(1, min(together, len(planned) // n_workers))
    of_setting: dict[Setting, list[PlannedRun]] = {}
    for run in planned:
        of_setting.setdefault(run.setting, []).append(run)
    groups_of_setting = []
    for runs in of_setting.values():
        n_together = size if _may_share(runs[0].config) else 1
        groups_of_setting.append(_parts(runs, n_together))
    # The first group of each setting, then the second of each, and so on: after an interruption all settings have
    # about as many seeds.
    groups: list[tuple[PlannedRun, ...]] = []
    for turn in zip_longest(*groups_of_setting):
        groups += filter(None, turn)  # None: a setting with fewer groups
    return groups


def _may_share(config: Configuration) -> bool:
    """Return whether runs of different seeds may share batches.

    They may not with a time limit, which would measure all runs together, or with normalisation by each run's own
    observations, because chunks are joined only if their optimizees differ in the seed alone.
    """
    return not config.timeout_s and config.normalisation.name != "running"


def _parts(runs: Sequence[PlannedRun], size: int) -> list[tuple[PlannedRun, ...]]:
    return [tuple(runs[start : start + size]) for start in range(0, len(runs), size)]
