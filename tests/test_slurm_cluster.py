"""The private test Slurm behaves as a cluster does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.slurm_cluster import SlurmCluster, free_ports, missing_programs

pytestmark = pytest.mark.slurm


def test_every_node_is_idle(slurm: SlurmCluster) -> None:
    slurm.wait_until_idle()
    assert slurm.node_states() == {"n1": "idle", "n2": "idle"}
    assert slurm.run("sinfo", "-h", "-o", "%D %c") == "2 2"


def test_srun_reaches_every_node(slurm: SlurmCluster) -> None:
    said = slurm.run("srun", "-N", "2", "-n", "4", "sh", "-c", "echo $SLURMD_NODENAME")
    assert sorted(said.split()) == ["n1", "n1", "n2", "n2"]


def test_a_batch_script_runs_and_its_failure_is_seen(slurm: SlurmCluster) -> None:
    good, bad = slurm.submit("srun echo here", "-n", "2"), slurm.submit("exit 7")
    assert slurm.wait_for_job(good) == "COMPLETED"
    assert slurm.job_output(good).split() == ["here", "here"]
    assert slurm.wait_for_job(bad) == "FAILED"


def test_a_job_is_requeued_when_its_node_goes_down(slurm: SlurmCluster) -> None:
    script = "echo attempt ${SLURM_RESTART_COUNT:-0}\n[ ${SLURM_RESTART_COUNT:-0} = 1 ] || sleep 60"
    job = slurm.submit(script, "-w", "n2")
    slurm.wait_until(lambda: "attempt 0" in slurm.job_output(job), "the job does not start")
    slurm.set_node("n2", "DOWN")
    assert slurm.wait_for_job(job) == "COMPLETED"
    assert "attempt 1" in slurm.job_output(job)
    slurm.wait_until_idle()


def test_the_environment_of_the_tests_points_to_it(slurm: SlurmCluster) -> None:
    assert os.environ["SLURM_CONF"] == str(slurm.folder / "slurm.conf")
    assert "n[1-2]" in subprocess.run(["sinfo", "-h", "-o", "%N"], capture_output=True, text=True).stdout


def test_a_second_cluster_runs_beside_it(slurm: SlurmCluster) -> None:
    with SlurmCluster(nodes=1, cpus=3) as other:
        assert other.run("sinfo", "-h", "-o", "%D %c") == "1 3"
        assert slurm.run("sinfo", "-h", "-o", "%D %c") == "2 2"
        daemons = list(other.daemons.values())
    assert not any(daemon.is_running() for daemon in daemons)
    assert not other.folder.exists()


def test_a_shell_can_start_and_stop_one(slurm: SlurmCluster) -> None:
    folder = slurm.folder / "second"
    command = [sys.executable, "-m", "tests.slurm_cluster"]
    root = Path(__file__).parents[1]
    said = subprocess.run([*command, "start", folder, "--nodes", "1"], cwd=root, capture_output=True, text=True)
    assert said.stdout == f"export SLURM_CONF={folder}/slurm.conf\n", said.stderr
    other = SlurmCluster(nodes=1, folder=folder)
    assert other.node_states() == {"n1": "idle"}
    subprocess.run([*command, "stop", folder], cwd=root, check=True)
    assert "DOWN" in other.run("scontrol", "ping", check=False)


def test_ports_are_distinct() -> None:
    assert len(set(free_ports(20))) == 20


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.slurm_cluster.PROGRAMS", ("sh", "no-such-program"))
    assert missing_programs() == ["no-such-program"]
