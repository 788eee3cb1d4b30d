"""The process that a job starts, and where its workers run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import tomli_w

from neurosim_rl.execution.sbatch_lines import refuse_unprintable
from neurosim_rl.settings.frozen_table import plain
from neurosim_rl.settings.options import Options, changed_options
from neurosim_rl.submission.profile import ClusterProfile


@dataclass(frozen=True)
class Driver:
    """The process that a job starts.

    Parameters
    ----------
    python : str
        Path of the interpreter; unused if the profile activates an environment.
    options : sequence of str
        More options of ``neurosim-rl resume`` or ``study``.
    execution : Options or None
        Where its workers run, with all options; None: as the profile says.
    folder : str
        Working folder, from which plugins are imported; empty: the one of the submission.
    python_path : sequence of str
        Folders from which plugins import modules, besides.
    """

    python: str
    options: Sequence[str] = ()
    execution: Options | None = None
    folder: str = ""
    python_path: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check that everything is on one line."""
        for text in (self.python, *self.options, self.folder, *self.python_path):
            refuse_unprintable("an option of the job", text)

    @property
    def place(self) -> str:
        """Shell code that goes to the folder of plugins; empty: there is none."""
        lines = []
        if self.folder:
            lines.append(f"cd {shlex.quote(self.folder)} || exit 1  # plugins are imported from here\n")
        if self.python_path:
            # A module of the cluster may have set the variable, too.
            folders = shlex.quote(":".join(self.python_path))
            lines.append(f"export PYTHONPATH={folders}${{PYTHONPATH:+:$PYTHONPATH}}\n")
        return "".join(lines)

    @property
    def plugins(self) -> list[str]:
        """The options that name plugins."""
        found = []
        for word, name in pairwise(self.options):
            if word == "--plugin":
                found += [word, name]
        return found


def default_execution(profile: ClusterProfile) -> str:
    """Return the name of the execution that fits a profile."""
    return profile.execution or ("slurm" if profile.nodes > 1 else "processes")


def execution_options(profile: ClusterProfile, execution: Options | None) -> str:
    """Return the ``--set`` options of the workers: the job takes none of them from the run folder."""
    name = execution.name if execution else default_execution(profile)
    # First the name: it resets the other options of its table.
    words = [f"--set execution.name={shlex.quote(name)}"]
    if name == "slurm":
        words.append('--set execution.logs="$run/workers"')
        if profile.interface:
            words.append(f"--set execution.interface={shlex.quote(profile.interface)}")
    for key, value in changed_options(execution).items():
        toml = tomli_w.dumps({key: plain(value)}).strip().partition(" = ")[2]
        words.append(f"--set {shlex.quote(f'execution.{key}={toml}')}")
    return " ".join(words)
