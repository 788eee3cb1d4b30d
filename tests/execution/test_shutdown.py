"""Workers end with their executor, however that ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neurosim_rl.execution import create_executor
from tests.execution.calls import nap, process_id
from tests.execution.conftest import EVERYWHERE, alive, table
from tests.slurm_cluster import SlurmCluster

ROOT = Path(__file__).parents[2]
LIMIT_S = 45.0
"""A worker elsewhere may look so long for a driver that was killed."""


@pytest.fixture(params=EVERYWHERE)
def name(request: pytest.FixtureRequest) -> str:
    """Give the name of an execution that can be started here and now."""
    if request.param == "slurm":
        request.getfixturevalue("allocation")
    elif request.param == "slurm-jobs":
        request.getfixturevalue("slurm").wait_until_idle()
    return request.param


def wait_until_gone(pids: list[int], name: str, request: pytest.FixtureRequest) -> None:
    """Wait until processes have ended, and with them steps and jobs of Slurm."""
    limit = time.monotonic() + LIMIT_S
    while alive(pids):
        assert time.monotonic() < limit, f"a worker outlived its executor by {LIMIT_S:g} s"
        time.sleep(0.1)
    if name.startswith("slurm"):
        slurm: SlurmCluster = request.getfixturevalue("slurm")
        running = ["squeue", "-s", "-h", "-o", "%i"] if name == "slurm" else ["squeue", "-h", "-o", "%i"]
        slurm.wait_until(lambda: not slurm.run(*running), "steps or jobs go on", LIMIT_S)


def test_no_worker_outlives_its_executor(name: str, request: pytest.FixtureRequest, tmp_path) -> None:
    with create_executor(2, table(name, tmp_path)) as executor:
        worker = executor.submit(process_id, 0).result(timeout=60)
        open_future = executor.submit(nap, 60, 0)
    assert open_future.done(), "whoever waits for it would wait for ever"
    wait_until_gone([worker], name, request)


DRIVER = """
import sys
from neurosim_rl.execution import create_executor
from tests.execution.calls import process_id

if __name__ == "__main__":
    with create_executor(2, {table}) as executor:
        print(*set(executor.map(process_id, [0.2] * 4)), flush=True)
        executor.map(process_id, [60.0] * 4)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_no_worker_outlives_a_driver(
    name: str, number: signal.Signals, request: pytest.FixtureRequest, tmp_path
) -> None:
    script = tmp_path / "driver.py"
    script.write_text(DRIVER.format(table=table(name, tmp_path)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    driver = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert driver.stdout is not None
    pids = [int(word) for word in driver.stdout.readline().split()]
    assert alive(pids), driver.communicate()[1]
    driver.send_signal(number)
    said = driver.communicate(timeout=LIMIT_S)[1]
    assert (driver.returncode == -number) or "KeyboardInterrupt" in said
    wait_until_gone(pids, name, request)
