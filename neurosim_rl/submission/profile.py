"""Cluster profiles: the options of Slurm jobs on one cluster, in a small TOML file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.execution.sbatch_lines import refuse_unprintable
from neurosim_rl.settings.checks import nearest
from neurosim_rl.settings.layers import read_toml
from neurosim_rl.settings.options import option, option_fields, read_options

TIME = re.compile(r"([0-9]+-)?[0-9]+(:[0-9]+){0,2}|unlimited|infinite|-1", re.IGNORECASE)
"""Forms of sbatch --time: minutes, MM:SS, HH:MM:SS, D-HH, D-HH:MM, D-HH:MM:SS; -1 and the words mean no limit."""
MEMORY = re.compile(r"[0-9]+([KMGT]B?)?", re.IGNORECASE)
"""Forms of sbatch --mem: a number of megabytes, or one with its unit; 0 means all of the node's."""


@dataclass(frozen=True)
class ClusterProfile:
    """Options of jobs on one cluster. An empty option is not passed to sbatch: the cluster's default applies."""

    partition: str = option("", "partition (queue)")
    account: str = option("", "account to charge")
    qos: str = option("", "quality of service")
    time: str = option("", "time limit of a job, such as 04:00:00 or UNLIMITED; the next job continues the run")
    nodes: int = option(1, "nodes of a run", low=1)
    workers_per_node: int = option(1, "workers on each node", low=1)
    cpus_per_worker: int = option(1, "cores for each worker", low=1)
    memory: str = option("", "memory on each node, such as 4G")
    modules: tuple[str, ...] = option((), "modules to load", items=str)
    activate: str = option("", "shell line that activates the environment; empty: this Python by its full path")
    directives: tuple[str, ...] = option((), "more options of sbatch, such as --constraint=avx2", items=str)
    execution: str = option(
        "", "kind of workers, a name of [execution]; empty: processes on one node, slurm on several nodes"
    )
    interface: str = option("", "network interface between nodes, such as ib0; empty: the one of the host's address")
    max_parallel: int = option(0, "jobs of an array that run at the same time; 0: no limit", low=0)
    signal_before_end_s: int = option(60, "time from the signal that asks a run to end to the time limit, in s", low=1)
    chain: str = option(
        "requeue",
        "after the time limit: requeue = queue the same job again, dependency = submit a new job that depends on it",
        choices=("requeue", "dependency"),
    )

    def __post_init__(self) -> None:
        """Check values that sbatch would misread or refuse."""
        for name in option_fields(ClusterProfile):
            value = getattr(self, name)
            for text in (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ():
                refuse_unprintable(f"profile.{name}", text, kept="\t")
        for name in ("partition", "account", "qos", "execution", "interface"):
            if re.search(r"\s", getattr(self, name)):
                raise ConfigurationError(f"profile.{name} = {getattr(self, name)!r}: expected a name without spaces.")
        for name, form, example in (("time", TIME, "04:00:00"), ("memory", MEMORY, "4G")):
            value = getattr(self, name)
            if value and not form.fullmatch(value):
                raise ConfigurationError(f"profile.{name} = {value!r}: expected a value for sbatch, such as {example}.")
        for line in self.directives:
            if not line.startswith("-"):
                raise ConfigurationError(
                    f"profile.directives: {line!r} is no option of sbatch; expected a form such as --constraint=avx2."
                )

    @property
    def n_workers(self) -> int:
        """Number of workers of a run."""
        return self.nodes * self.workers_per_node


def profiles_folder() -> Path:
    """Return the folder of profiles with a name: ``neurosim-rl`` under ``$XDG_CONFIG_HOME`` or ``~/.config``.

    Raises
    ------
    ConfigurationError
        When the user has no home folder, as in some containers.
    """
    if os.environ.get("XDG_CONFIG_HOME"):
        return Path(os.environ["XDG_CONFIG_HOME"]) / "neurosim-rl"
    try:
        return Path.home() / ".config" / "neurosim-rl"
    except RuntimeError as error:
        raise ConfigurationError(
            "profiles with a name are in the home folder, and there is none. Set HOME or XDG_CONFIG_HOME, or give the "
            "profile as a file: --profile F.toml."
        ) from error


def load_profile(target: str | None = None, above: Mapping[str, Any] | None = None) -> ClusterProfile:
    """Return a profile; the options in ``above`` replace its own.

    Parameters
    ----------
    target : str or None
        A TOML file (its name ends with ``.toml``), the name of a file in `profiles_folder`, or None: defaults only.
    above : mapping or None
        Options of the command line.

    Raises
    ------
    UnknownNameError
        For an unknown name or key, with the nearest match.
    ConfigurationError
        For a file that cannot be read, or a value of the wrong type or form.
    """
    table: dict[str, Any] = {}
    if target is not None:
        table.update(read_toml(_path(target)))
    if above:
        table.update(above)
    return ClusterProfile(**read_options(ClusterProfile, table, "profile"))


def _path(target: str) -> Path:
    if target.endswith(".toml"):
        return Path(target)
    folder = profiles_folder()
    known = sorted(path.stem for path in folder.glob("*.toml"))
    if target not in known:
        match = nearest(target, known)
        hint = f" Did you mean {match!r}?" if match else ""
        raise UnknownNameError(
            f"unknown profile {target!r}.{hint} Expected a file with a name that ends with .toml, "
            f"or one of {folder}: {', '.join(known) or 'it has none'}."
        )
    return folder / f"{target}.toml"
