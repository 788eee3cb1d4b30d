"""The page for users of L2L: its blocks run, in their order, and give one trajectory on all workers."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neurosim_rl.l2l_experiments import fast_runner
from tests.execution.conftest import granted, table
from tests.l2l_experiments.scripts import ROOT
from tests.slurm_cluster import SlurmCluster

TEXT = (ROOT / "docs" / "how-to" / "l2l.rst").read_text(encoding="utf-8")
BLOCKS = [
    re.sub("^ {4}", "", block, flags=re.M)
    for block in re.findall(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", TEXT, re.M)
]


def fitness(trajectory: Any) -> list[tuple[int, float]]:
    """Return generation and fitness of each evaluation."""
    results = trajectory.results.all_results
    return [(generation, value[0]) for generation in results for _, value in results[generation]]


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The names of a script made of the first blocks, and its result without workers."""
    names: dict[str, Any] = {"__name__": "__main__"}  # classes of a script travel by value
    *definitions, local, _, _ = BLOCKS
    [the_import] = re.findall("^from neurosim_rl.*$", local, re.M)
    for block in (*definitions, the_import):
        exec(compile(block, "docs/how-to/l2l.rst", "exec"), names)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("alone"))
        names["alone"] = fitness(names["tune"](fast_runner(workers=1), "results"))
    yield names
    sys.modules["nest"].ResetKernel()  # the optimizee has left its neuron in this process


def test_local_workers_and_dask_give_the_trajectory_of_this_process(
    script: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    for block in BLOCKS[-3:]:
        assert "SLURM_JOB_ID" not in os.environ  # the last block does nothing here
        exec(compile(block, "docs/how-to/l2l.rst", "exec"), script)
    assert fitness(script["trajectory"]) == fitness(script["same"]) == script["alone"]
    assert len({value for _, value in script["alone"]}) > 2


@pytest.mark.slurm
def test_workers_on_slurm_give_it_too(
    script: dict[str, Any], slurm: SlurmCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    block = BLOCKS[-1].replace('{"name": "slurm", "logs": "workers"}', repr(table("slurm", tmp_path / "workers")))
    assert block != BLOCKS[-1]
    with granted(slurm):
        exec(compile(block, "docs/how-to/l2l.rst", "exec"), script)
    assert fitness(script["on_slurm"]) == script["alone"]
