"""Distribution of tests: which are run each day, which stay together in a process, and in which order they begin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

SLURM = "slurm"
"""Group of all tests that share the private Slurm. They mostly wait, so they get a process of their own, first."""

NOTEBOOKS = "notebooks"
"""Group of all tests that start a notebook's kernel: two kernels that start at one time in two processes may choose the
same ports, and hang."""

ALONE = ("tests/models/test_champions.py",)
"""Files with long tests that share no fixture: each of their tests goes to the process that is free."""

LONG = (
    "tests/test_notebooks.py",
    "tests/training/test_one_seed.py",
    "tests/studies/test_lockstep.py",
    "tests/training/test_run_faults.py",
    "tests/studies/test_committed.py",
    "tests/training/test_policy_runs.py",
    "tests/models/test_champions.py",
    "tests/reports/test_all_tasks.py",
    "tests/optimizees/test_robots.py",
    "tests/execution/test_dask.py",
    "tests/evaluation/test_dispatch.py",
    "tests/l2l_experiments/test_guards.py",
    "tests/l2l_experiments/test_runner.py",
    "tests/test_benchmarks.py",
    "tests/cli/test_main.py",
    "tests/reports/test_pages_in_browser.py",
    "tests/dashboard/test_dashboard_in_browser.py",
    "tests/studies/test_running.py",
    "tests/gradient/test_training.py",
    "tests/gradient/test_distillation.py",
    "tests/optimizees/test_closed_loop.py",
    "tests/training/test_ancestor.py",
    "tests/optimizees/test_changing_cart_pole.py",
    "tests/reports/test_network_figures.py",
    "tests/execution/test_shutdown.py",
    "tests/execution/test_contract.py",
    "tests/examples/test_forager.py",
)
"""Files that take longest, the longest first. A long file that begins last would leave the other cores idle."""


def each_day(values: Iterable[Any], *chosen: Any) -> list[Any]:
    """Return values of a parameter; tests of those that are not chosen are run by ``make test-all`` only."""
    values = list(values)
    assert set(chosen) <= set(values)
    return [value if value in chosen else pytest.param(value, marks=pytest.mark.thorough) for value in values]


class FilesTogether(LoadGroupScheduling):
    """Tests of one file go to one process, so that fixtures of a module are made once; groups cross files."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        config.option.loadscopereorder = False  # `order` has done better than the number of tests can
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        group = super()._split_scope(nodeid)
        file = nodeid.partition("::")[0]
        return file if group == nodeid and file not in ALONE else group


def order(items: list[pytest.Item]) -> None:
    """Sort tests: those on Slurm, then long files, then all others as they were."""
    ranks = {file: rank for rank, file in enumerate(LONG)}

    def rank(item: pytest.Item) -> int:
        if item.get_closest_marker("xdist_group"):
            return -1
        return ranks.get(item.nodeid.partition("::")[0], len(ranks))

    items.sort(key=rank)
