"""L2L's own runner with srun and our guards, on a real Slurm: faults end as elsewhere, and no job is left behind."""

from __future__ import annotations

import json
import re
import shlex
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from neurosim_rl.l2l_experiments.__main__ import main
from tests.l2l_experiments.faulty import Setup, run
from tests.l2l_experiments.scripts import PENALTY, ROOT, SCRIPT, processes_of, started
from tests.slurm_cluster import SlurmCluster
from tests.waiting import wait_until

pytestmark = pytest.mark.slurm

STEP = "srun -N 1 -n 1 -c 1 --exact --mem=0"
"""A worker in the allocation of a batch script."""


@pytest.fixture(scope="module")
def fitness(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """What the individuals are worth, from our runner in this process."""
    setup = Setup(runner="fast", options={"workers": 1})
    return [value for _, _, _, value in run(tmp_path_factory.mktemp("fitness"), setup)]


def submit(slurm: SlurmCluster, folder: Path, words: list[str]) -> int:
    """Submit a command in an allocation of both nodes; what it says goes to the folder."""
    folder.mkdir()
    command = f"{shlex.join(words)} > {folder}/stdout 2> {folder}/stderr"
    return slurm.submit(f"export PYTHONPATH={ROOT}\nexec {command}", "-N", "2", "-n", "2")


def script(folder: Path, setup: Setup) -> list[str]:
    """Return the command that runs ``faulty.py``."""
    return [sys.executable, str(SCRIPT), str(folder), json.dumps(asdict(setup))]


def test_faults_in_an_allocation_cost_only_those_who_have_them(
    slurm: SlurmCluster, tmp_path: Path, fitness: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    faulty, command = tmp_path / "faulty", tmp_path / "command"
    faults = {"0": "kill itself once", "1": "raise an error"}
    first = submit(slurm, faulty, script(faulty, Setup(faults=faults, population=2, srun=STEP)))
    options = ["--generations", "1", "--population", "2", "--workers", "2", "--srun", STEP]
    words = [sys.executable, "-m", "neurosim_rl.l2l_experiments", "cart-pole", "--out", str(command / "out"), *options]
    second = submit(slurm, command, words)
    kill_a_worker(command)
    for folder, job in ((faulty, first), (command, second)):
        assert slurm.wait_for_job(job) == "COMPLETED", (folder / "stderr").read_text()
    assert last_line(faulty) == [fitness[0], PENALTY]
    assert "ValueError: boom" in (faulty / "L2L/faults/generation-0-individual-1.txt").read_text()
    assert main([*words[3:5], str(tmp_path / "ours"), *words[6:12], "--runner", "neurosim-rl"]) == 0
    assert (command / "stdout").read_text() == capsys.readouterr().out
    wait_until(lambda: processes_of(tmp_path) == [], "all processes ended")
    assert slurm.jobs() == {}


def kill_a_worker(folder: Path) -> None:
    """Kill a worker that has just started."""
    logs = folder / "out" / "cart-pole" / "simulation" / "individual_logs"
    wait_until((logs / "workers_0.wlog").exists, "a worker started")
    for process in processes_of(folder):
        if process.cmdline()[-2:] == [str(logs.parent / "run_optimizee.py"), "0"] and process.name() != "srun":
            process.kill()
            return
    raise AssertionError("there is no worker to kill")


def test_a_signal_ends_the_workers_that_are_jobs_of_their_own(slurm: SlurmCluster, tmp_path: Path) -> None:
    setup = Setup(faults={"0": "sleep", "1": "sleep"}, population=2, srun="srun -n 1 -c 1")
    with started(tmp_path / "run", setup) as running:
        wait_until(
            lambda: running.evaluated(0, 0)() and running.evaluated(0, 1)(),
            "both workers began",
            lambda: running.errors if running.ended else None,
        )
        assert len(slurm.jobs()) == 2
        running.process.send_signal(signal.SIGTERM)
        assert running.wait() == 128 + signal.SIGTERM, running.errors
        assert slurm.jobs() == {}
        wait_until(lambda: running.processes() == [], "all processes ended")


def test_steps_that_cannot_start_end_the_experiment(slurm: SlurmCluster, tmp_path: Path) -> None:
    faults = {str(k): "sleep" for k in range(3)}
    greedy = Setup(faults=faults, population=3, workers=3, srun="srun -N 1 -n 1", options={"start_limit_s": 5.0})
    job = submit(slurm, tmp_path / "run", script(tmp_path / "run", greedy))  # each step takes a whole node
    assert slurm.wait_for_job(job) == "FAILED"
    last = (tmp_path / "run" / "stderr").read_text().splitlines()[-1]
    assert re.match(r"ExecutionError: worker (\d) \(individual \1 of generation 0\) has not started within 5 s", last)
    wait_until(lambda: processes_of(tmp_path) == [], "all processes ended")
    assert slurm.jobs() == {}


def last_line(folder: Path) -> list[float]:
    """Return the fitness of each individual."""
    return [value for _, _, _, value in json.loads((folder / "stdout").read_text().splitlines()[-1])]
