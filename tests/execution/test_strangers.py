"""Nobody but the run's own processes gets into its ports and files."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from neurosim_rl.execution import Executor, ProcessExecutor, create_executor
from neurosim_rl.execution.private_folder import PREFIX
from tests.execution import stranger
from tests.execution.calls import meet
from tests.execution.conftest import EVERYWHERE, granted, table
from tests.execution.test_dask import foreign_scheduler
from tests.slurm_cluster import SlurmCluster


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder that everybody can enter, unlike those of pytest."""
    path = Path(tempfile.mkdtemp(prefix="strangers-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module", params=EVERYWHERE)
def run(request: pytest.FixtureRequest, open_folder: Path) -> Iterator[tuple[Executor, Path]]:
    """Two workers of each execution, without a dashboard; and the folder with their keys."""
    name, folder = request.param, open_folder / request.param
    folder.mkdir()
    slurm: SlurmCluster | None = request.getfixturevalue("slurm") if name.startswith("slurm") else None
    with ExitStack() as started, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        if slurm is not None:
            slurm.wait_until_idle()
            if name == "slurm":
                started.enter_context(granted(slurm))
        yield started.enter_context(create_executor(2, table(name, folder))), folder


def processes(executor: Executor, folder: Path) -> list[psutil.Process]:
    """Return this process, those that it started, and the workers with their nannies, wherever Slurm started them."""
    meeting = Path(tempfile.mkdtemp(dir=folder))
    found = {os.getpid(): psutil.Process()}
    for worker in executor.map(meet, [meeting] * 2, [2] * 2):
        process = psutil.Process(worker)
        found[worker] = process
        parent = process.parent()
        assert parent is not None
        found[parent.pid] = parent
    for child in psutil.Process().children(recursive=True):
        if not any("slurmd" in word or "slurmctld" in word or "munged" in word for word in child.cmdline()):
            found.setdefault(child.pid, child)
    return list(found.values())


def listening(process: psutil.Process) -> list[tuple[str, int]]:
    """Return the addresses at which a process waits for connections."""
    return [tuple(c.laddr) for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]


def ask_a_stranger(ports: list[tuple[str, int]], files: list[Path]) -> dict[str, list[str]]:
    """Return what another user gets."""
    request: dict[str, Any] = {"ports": [("127.0.0.1" if host == "0.0.0.0" else host, port) for host, port in ports]}
    request["files"] = [str(file) for file in files]
    done = subprocess.run([sys.executable, stranger.__file__, json.dumps(request)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answer: dict[str, list[str]] = json.loads(done.stdout)
    return answer


def test_a_stranger_gets_into_no_port_and_no_file(run: tuple[Executor, Path]) -> None:
    executor, folder = run
    ports = [port for process in processes(executor, folder) for port in listening(process)]
    keys = [path for path in folder.rglob("*") if PREFIX in str(path)]
    if isinstance(executor, ProcessExecutor):  # pipes only
        assert not ports
        assert not keys
        return
    assert len(ports) >= 5, "a scheduler, two nannies and two workers"
    assert len(keys) >= 4
    got = ask_a_stranger(ports, keys)
    assert got["in"] == []
    if os.getuid() == 0:  # else the stranger is the same user
        assert got["read"] == []


def test_ports_of_a_run_are_open_on_one_address_of_a_node(run: tuple[Executor, Path]) -> None:
    executor, folder = run
    open_to_all = []
    for process in processes(executor, folder):
        if process.name() != "srun":  # its ports speak Slurm's protocol, with munge
            open_to_all += [port for port in listening(process) if port[0] in ("0.0.0.0", "::")]
    assert open_to_all == []


def test_keys_are_for_the_user_alone(run: tuple[Executor, Path]) -> None:
    executor, folder = run
    if isinstance(executor, ProcessExecutor):
        return
    (private,) = folder.glob(f"{PREFIX}*")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (private, *private.glob("*.pem"))}
    assert modes.pop(private.name) == 0o700
    assert modes == dict.fromkeys(["authority.pem", "certificate.pem", "key.pem"], 0o600)


def test_a_stranger_would_get_into_a_scheduler_without_certificates(tmp_path: Path) -> None:
    """Without this, the tests above would pass if the stranger could not connect to anything."""
    with foreign_scheduler(tmp_path) as (scheduler, _):
        ports = listening(psutil.Process(scheduler.pid))
        got = ask_a_stranger(ports, [Path("/etc/passwd")])
    assert [word for word in got["in"] if word.startswith("tcp://") and word.endswith(": Scheduler")]
    assert [word for word in got["in"] if word.startswith("http://")]
    assert got["read"] == ["/etc/passwd"]


def test_no_key_remains_after_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with create_executor(1, {"name": "dask", "dashboard": ""}):
        assert [path.name for path in tmp_path.glob(f"{PREFIX}*/key.pem")] == ["key.pem"]
    assert list(tmp_path.iterdir()) == []
