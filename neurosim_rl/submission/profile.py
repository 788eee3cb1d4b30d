"""What a cluster wants to know of a job: a small TOML file for each cluster."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.settings.checks import nearest
from neurosim_rl.settings.layers import read_toml
from neurosim_rl.settings.options import option, read_options

TIME = re.compile(r"\d+(:\d\d){0,2}|\d+-\d+(:\d\d){0,2}")
"""What sbatch takes for --time: minutes, MM:SS, HH:MM:SS, D-HH, D-HH:MM or D-HH:MM:SS."""
MEMORY = re.compile(r"\d+[KMGT]?")


@dataclass(frozen=True)
class ClusterProfile:
    """How jobs are submitted. What is left empty is left to the cluster."""

    partition: str = option("", "partition (queue)")
    account: str = option("", "account that is charged")
    qos: str = option("", "quality of service")
    time: str = option("", "time limit of a job, such as 04:00:00; a run goes on in the next job")
    nodes: int = option(1, "nodes of a run", low=1)
    workers_per_node: int = option(1, "workers on each node", low=1)
    cpus_per_worker: int = option(1, "cores for each worker", low=1)
    memory: str = option("", "memory on each node, such as 4G")
    modules: tuple[str, ...] = option((), "modules to load", items=str)
    activate: str = option("", "shell line that activates the environment; empty: this Python by its full path")
    directives: tuple[str, ...] = option((), "further options of sbatch, such as --constraint=avx2", items=str)
    execution: str = option("", "where workers run; empty: processes on one node, slurm on several")
    interface: str = option(
        "", "network interface between several nodes, such as ib0; empty: that of the host's address"
    )
    max_parallel: int = option(0, "jobs of an array that run at a time; 0: no limit", low=0)
    signal_before_end_s: int = option(60, "how long before the time limit a run is asked to end, in s", low=1)
    chain: str = option(
        "requeue",
        "how a run goes on after its time limit: the job is queued again, or a new job depends on it",
        choices=("requeue", "dependency"),
    )

    def __post_init__(self) -> None:
        """Check what would make sbatch misread the script."""
        for name in ("partition", "account", "qos", "execution", "interface"):
            if re.search(r"\s", getattr(self, name)):
                raise ConfigurationError(f"profile.{name} = {getattr(self, name)!r}: expected a name without spaces.")
        for name, form, example in (("time", TIME, "04:00:00"), ("memory", MEMORY, "4G")):
            value = getattr(self, name)
            if value and not form.fullmatch(value):
                raise ConfigurationError(f"profile.{name} = {value!r}: expected it as sbatch takes it, as {example}.")
        for line in self.directives:
            if not line.startswith("-") or "\n" in line:
                raise ConfigurationError(
                    f"profile.directives: {line!r} is no option of sbatch; write it as in --constraint=avx2."
                )

    @property
    def n_workers(self) -> int:
        """Workers of a run."""
        return self.nodes * self.workers_per_node


def profiles_folder() -> Path:
    """Return where profiles are looked up by name: ``neurosim-rl`` under ``$XDG_CONFIG_HOME`` or ``~/.config``."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "neurosim-rl"


def load_profile(target: str | None = None, above: Mapping[str, Any] | None = None) -> ClusterProfile:
    """Return a profile, under options that win over it.

    Parameters
    ----------
    target : str or None
        A TOML file (ends with ``.toml``), the name of one in `profiles_folder`, or None: nothing but defaults.
    above : mapping or None
        Options of the command line.

    Raises
    ------
    UnknownNameError
        For an unknown name or key, with the nearest match.
    ConfigurationError
        For a file that cannot be read, or a value of the wrong type or form.
    """
    table = {} if target is None else read_toml(_path(target))
    return ClusterProfile(**read_options(ClusterProfile, {**table, **(above or {})}, "profile"))


def _path(target: str) -> Path:
    if target.endswith(".toml"):
        return Path(target)
    folder = profiles_folder()
    known = sorted(path.stem for path in folder.glob("*.toml"))
    if target not in known:
        match = nearest(target, known)
        hint = f" Did you mean {match!r}?" if match else ""
        raise UnknownNameError(
            f"unknown profile {target!r}.{hint} Expected a file that ends with .toml, "
            f"or one of {folder}: {', '.join(known) or 'it has none'}."
        )
    return folder / f"{target}.toml"
