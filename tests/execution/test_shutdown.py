"""Workers end with their executor, however that ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from neurosim_rl.execution import create_executor
from neurosim_rl.execution.private_folder import PREFIX
from tests.execution.calls import hold, process_id
from tests.execution.conftest import EVERYWHERE, alive, table
from tests.slurm_cluster import SlurmCluster
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]


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
    wait_until(lambda: not alive(pids), "the workers end")
    if name.startswith("slurm"):
        slurm: SlurmCluster = request.getfixturevalue("slurm")
        running = ["squeue", "-s", "-h", "-o", "%i"] if name == "slurm" else ["squeue", "-h", "-o", "%i"]
        slurm.wait_until(lambda: not slurm.run(*running), "steps or jobs go on")


def test_no_worker_outlives_its_executor(name: str, request: pytest.FixtureRequest, tmp_path) -> None:
    with create_executor(2, table(name, tmp_path)) as executor:
        worker = executor.submit(process_id).result()
        open_future = executor.submit(hold, tmp_path, 0)
    assert open_future.done(), "whoever waits for it would wait for ever"
    wait_until_gone([worker], name, request)


DRIVER = """
import sys
from pathlib import Path

from neurosim_rl.execution import create_executor
from tests.execution.calls import hold, meet

if __name__ == "__main__":
    with create_executor(2, {table}) as executor:
        print(*executor.map(meet, [Path({meeting!r})] * 2, [2] * 2), flush=True)
        executor.map(hold, [Path({meeting!r})] * 2, range(2))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_no_worker_outlives_a_driver(
    name: str, number: signal.Signals, request: pytest.FixtureRequest, tmp_path
) -> None:
    script = tmp_path / "driver.py"
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    script.write_text(DRIVER.format(table=table(name, tmp_path), meeting=str(meeting)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    driver = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert driver.stdout is not None
    pids = [int(word) for word in driver.stdout.readline().split()]
    assert alive(pids), driver.communicate()[1]
    assert len(list(tmp_path.glob(f"{PREFIX}*/key.pem"))) == (name != "processes")
    driver.send_signal(number)
    said = driver.communicate()[1]
    assert (driver.returncode == -number) or "KeyboardInterrupt" in said
    wait_until_gone(pids, name, request)
    wait_until(lambda: not list(tmp_path.glob(f"{PREFIX}*")), "keys are removed")
