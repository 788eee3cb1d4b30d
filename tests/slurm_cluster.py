"""A private Slurm on this one machine, for tests: munged, slurmctld and some slurmd on loopback, without systemd.

``python -m tests.slurm_cluster start DIR`` and ``stop DIR`` do the same for a shell. Nothing of the system's own Slurm
or munge is touched: key, socket, ports, state and logs are those of the folder.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

PROGRAMS = ("munged", "mungekey", "slurmctld", "slurmd", "srun", "sbatch", "scontrol", "setpriv")
LIMIT_S = 300.0
"""Longest that anything here may take."""
DAEMON_FOLDERS = ("/usr/sbin", "/usr/local/sbin")  # not on every user's PATH

CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
# cred_expire: a requeued job waits for so long; the default is two minutes
AuthInfo=socket={folder}/munge/socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.%n.log
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/log/jobcomp.log
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
ReturnToService=2
SlurmdTimeout=10
KillWait=2
MinJobAge=600
# nodes may claim more processors than there are
SlurmdParameters=config_overrides
PropagateResourceLimits=NONE
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 State=UP
"""
NODE = "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory=1000 State=UNKNOWN\n"


def missing_programs() -> list[str]:
    """Return which of the programs that a cluster needs are not installed."""
    return [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]


class SlurmCluster:
    """A Slurm of some nodes that all are this machine. A context manager.

    Parameters
    ----------
    nodes, cpus : int
        Number of nodes, named n1, n2, ..., and of processors that each claims to have.
    folder : path or None
        Where key, state and logs are; None: a new temporary one, removed at the end. It and its parents have to be
        open to everyone (``o+x``), or munged refuses.
    outlive : bool
        Whether the daemons go on when this process ends.
    """

    def __init__(self, nodes: int = 2, cpus: int = 2, folder: Path | None = None, *, outlive: bool = False) -> None:
        self.cpus = cpus
        self.names = [f"n{k + 1}" for k in range(nodes)]
        self._temporary = folder is None
        self._outlive = outlive
        self.folder = Path(folder or tempfile.mkdtemp(prefix="slurm-")).resolve()
        self.environment = {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": _path()}
        self.daemons: dict[str, psutil.Popen] = {}

    def start(self) -> None:
        """Start all daemons and wait until every node is idle.

        Raises
        ------
        RuntimeError
            With the end of the logs, when they do not come up.
        """
        self._write_configuration()
        socket_path = self.folder / "munge" / "socket"
        files = {"key-file": "munge/key", "socket": "munge/socket", "pid-file": "munged.pid"}
        files |= {"log-file": "log/munged.log", "seed-file": "munge/seed"}
        self._launch("munged", "-F", "--num-threads=2", *(f"--{k}={self.folder / v}" for k, v in files.items()))
        try:
            self.wait_until(socket_path.exists, "munged has no socket")
            self._launch("slurmctld", "-D", "-i")
            for name in self.names:
                self.start_slurmd(name)
            self.wait_until_idle()
        except BaseException:
            self.stop()
            raise

    def _write_configuration(self) -> None:
        for name in ("munge", "state", "log", *(f"spool.{name}" for name in self.names)):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for path in (self.folder, self.folder / "munge"):
            path.chmod(0o755)
        host, user = socket.gethostname().partition(".")[0], getpass.getuser()
        port, *ports = free_ports(1 + len(self.names))
        lines = [NODE.format(name=n, host=host, port=p, cpus=self.cpus) for n, p in zip(self.names, ports, strict=True)]
        text = CONF.format(host=host, user=user, port=port, folder=self.folder)
        head, partition = text.rsplit("PartitionName", 1)
        (self.folder / "slurm.conf").write_text("".join([head, *lines, "PartitionName", partition]))
        key = self.folder / "munge" / "key"
        if not key.exists():
            self.run("mungekey", "--create", f"--keyfile={key}")

    def _launch(self, program: str, *arguments: str, name: str = "") -> None:
        """Start a daemon in the foreground, as a child that ends with this process unless it may outlive it."""
        command = [shutil.which(program, path=_path()) or program, *arguments]
        if not self._outlive:
            command = ["setpriv", "--pdeathsig", "TERM", *command]
        with (self.folder / "log" / f"{name or program}.out").open("wb") as out:
            self.daemons[name or program] = psutil.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        pids = {name: [daemon.pid, daemon.create_time()] for name, daemon in self.daemons.items()}
        (self.folder / "daemons.json").write_text(json.dumps(pids))

    def start_slurmd(self, name: str) -> None:
        """Start the daemon of one node."""
        self._launch("slurmd", "-D", "-N", name, name=f"slurmd-{name}")

    def kill_slurmd(self, name: str) -> None:
        """Kill the daemon of one node; what runs there goes on, and Slurm notices after half a minute."""
        self.daemons[f"slurmd-{name}"].kill()
        self.daemons[f"slurmd-{name}"].wait(LIMIT_S)

    def run(self, *command: str, check: bool = True, limit_s: float = LIMIT_S) -> str:
        """Return what a command says on this cluster, both streams."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SLURM_")}
        done = subprocess.run(
            command,
            env={**environment, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=limit_s,
        )
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stdout}")
        return done.stdout.strip()

    def submit(self, script: str, *options: str) -> int:
        """Submit a batch script; return the number of its job. Its output is ``job_output``."""
        path = self.folder / f"script-{time.monotonic_ns()}.sh"
        path.write_text(script if script.startswith("#!") else f"#!/bin/bash\n{script}\n")
        output = self.folder / "log" / "job-%j.out"
        return int(self.run("sbatch", "--parsable", f"--output={output}", "--open-mode=append", *options, str(path)))

    def job_output(self, job: int) -> str:
        """Return what a job printed so far."""
        path = self.folder / "log" / f"job-{job}.out"
        return path.read_text() if path.exists() else ""

    def jobs(self) -> dict[int, str]:
        """Return the state of every job that has not ended, such as PENDING, RUNNING or COMPLETING."""
        lines = self.run("squeue", "-h", "-t", "PD,R,CG,CF,S", "-o", "%A %T").splitlines()
        return {int(line.split()[0]): line.split()[1] for line in lines}

    def wait_for_job(self, job: int, limit_s: float = LIMIT_S) -> str:
        """Return the state in which a job ended."""
        self.wait_until(lambda: job not in self.jobs(), f"job {job} goes on", limit_s)
        fields = dict(word.partition("=")[::2] for word in self.run("scontrol", "-o", "show", "job", str(job)).split())
        return fields["JobState"]

    def node_states(self) -> dict[str, str]:
        """Return each node's state, such as idle, mixed, allocated or down."""
        return dict(line.split() for line in self.run("sinfo", "-h", "-N", "-o", "%N %T").splitlines())

    def wait_until_idle(self, limit_s: float = LIMIT_S) -> None:
        """Wait until every node is idle."""

        def idle() -> bool:
            return self._alive() and self.node_states() == dict.fromkeys(self.names, "idle")

        self.wait_until(idle, "the nodes are not idle", limit_s)

    def set_node(self, name: str, state: str) -> None:
        """Set a node's state: DOWN is a node failure at once; a node whose slurmd lives comes back by itself."""
        self.run("scontrol", "update", f"NodeName={name}", f"State={state}", "Reason=test", check=state != "RESUME")

    def stop(self) -> None:
        """End all jobs and daemons, and remove a temporary folder."""
        if self._alive():
            for options in (["--signal=KILL", "--full", "--state=RUNNING"], ["--state=PENDING,RUNNING,SUSPENDED"]):
                self.run("scancel", *options, check=False)
            self._until(lambda: not self.jobs(), 5)
        for name in sorted(self.daemons, reverse=True):  # slurmd, slurmctld, munged
            _end(self.daemons[name])
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _alive(self) -> bool:
        """Return whether there is a controller to talk to; without one, every command blocks."""
        controller = self.daemons.get("slurmctld")
        return controller is not None and _is_running(controller)

    def wait_until(self, condition: Callable[[], bool], complaint: str, limit_s: float = LIMIT_S) -> None:
        """Wait for a condition; a RuntimeError with the complaint and the logs' ends when it does not come."""
        if not self._until(condition, limit_s):
            logs = {path.name: path.read_text(errors="replace")[-600:] for path in (self.folder / "log").glob("*ctld*")}
            raise RuntimeError(f"{complaint} after {limit_s:g} s; {self.folder}/log: {logs}")

    def _until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        deadline = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def __enter__(self) -> SlurmCluster:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop it."""
        self.stop()


def free_ports(n: int) -> list[int]:
    """Return free ports below those that the kernel gives to outgoing connections."""
    found: list[int] = []
    while len(found) < n:
        port = random.SystemRandom().randrange(11_000, 32_000)
        with socket.socket() as probe:
            if port not in found and probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
    return found


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), *DAEMON_FOLDERS])


def _is_running(process: Any) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def _end(process: Any) -> None:
    """End a process, by force after some seconds."""
    for end in (process.terminate, process.kill):
        deadline = time.monotonic() + 5
        try:
            end()
            while _is_running(process):
                if time.monotonic() > deadline:
                    break
                time.sleep(0.02)
            else:
                break
        except psutil.NoSuchProcess:
            break
    if isinstance(process, psutil.Popen):
        process.wait(5)


def main() -> None:
    """Start or stop a cluster from a shell."""
    parser = argparse.ArgumentParser(prog="python -m tests.slurm_cluster", description=__doc__)
    parser.add_argument("command", choices=("start", "stop"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--cpus", type=int, default=2)
    options = parser.parse_args()
    cluster = SlurmCluster(options.nodes, options.cpus, options.folder, outlive=True)
    if options.command == "start":
        cluster.start()
        print(f"export SLURM_CONF={cluster.environment['SLURM_CONF']}")
        return
    for name, (pid, created) in json.loads((cluster.folder / "daemons.json").read_text()).items():
        if psutil.pid_exists(pid) and psutil.Process(pid).create_time() == created:
            cluster.daemons[name] = psutil.Process(pid)
    cluster.stop()


if __name__ == "__main__":
    main()
