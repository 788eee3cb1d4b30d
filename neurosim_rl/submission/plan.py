"""Plans of submissions: the run folders and scripts to create, complete before the first of them is created."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from neurosim_rl.errors import ConfigurationError, PluginError, RunFolderError
from neurosim_rl.execution import EXECUTIONS
from neurosim_rl.optimizees import Configuration
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.files import writing
from neurosim_rl.runs.run_list import NAME, STUDY_FILE, Entry, to_toml
from neurosim_rl.settings.checks import lookup
from neurosim_rl.settings.grid import Setting
from neurosim_rl.settings.options import Options, read_component
from neurosim_rl.settings.plugin_loading import loaded
from neurosim_rl.settings.plugin_records import recorded
from neurosim_rl.settings.plugins import allowed
from neurosim_rl.settings.project import with_project_options
from neurosim_rl.settings.registered_environments import MAIN
from neurosim_rl.submission.driver import Driver, default_execution
from neurosim_rl.submission.profile import ClusterProfile
from neurosim_rl.submission.script import array_script, compare_script, run_script, study_script
from neurosim_rl.submission.slurm import largest_array, sbatch
from neurosim_rl.training.ancestor import begin_run

JOB = "job.sbatch"
COMPARE = "compare.sbatch"
PROCESSES = "processes"
"""The execution of settings that choose none."""


@dataclass(frozen=True)
class Plan:
    """The run folders and files of a submission. A study has files only: its job creates its run folders.

    Parameters
    ----------
    out : path
        The run folder, or the folder that contains all runs.
    runs : mapping of path to Configuration
        Folders to create, with their configurations.
    files : mapping of str to str
        Texts by name under ``out``: ``job.sbatch``; for an array also ``compare.sbatch`` and ``runs.toml``; for a study
        also ``study.toml``.
    """

    out: Path
    runs: Mapping[Path, Configuration]
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_array(self) -> bool:
        """Whether the job is an array, with one element for each run."""
        return COMPARE in self.files

    def text(self) -> str:
        """Return the text of all files, each under its path."""
        return "\n".join(f"# {self.out / name}\n{text}" for name, text in self.files.items())

    def make(self) -> None:
        """Create folders and files.

        Raises
        ------
        RunFolderError
            When a folder exists already, or cannot be written.
        """
        if self.out not in self.runs:  # `begin_run` creates the folder of a single run
            self._make_out()
        for path, config in self.runs.items():
            begin_run(path, config)
        for name, text in self.files.items():
            with writing(self.out / name) as temporary:
                temporary.write_text(text, encoding="utf-8")

    def _make_out(self) -> None:
        """Create the folder that contains all runs."""
        if self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
            raise RunFolderError(f"{self.out} exists and is not empty. Choose another folder with --out.")
        try:
            self.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFolderError(f"cannot create {self.out}: {error}. Choose another folder with --out.") from error

    def submit(self) -> list[str]:
        """Submit the scripts; return the jobs' numbers: of the runs, and of the comparison after an array."""
        job = sbatch(self.out / JOB)
        if not self.is_array:
            for path in self.runs or [self.out]:  # a study's folder has a log too
                RunFolder(path).log(f"submitted as job {job}")
            return [job]
        for k, path in enumerate(self.runs):
            RunFolder(path).log(f"submitted as job {job}_{k}")
        # afterany: the comparison starts after the last element has ended, also if some have failed.
        return [job, sbatch(self.out / COMPARE, f"--dependency=afterany:{job}")]


def plan_run(config: Configuration, path: Path, profile: ClusterProfile, options: Sequence[str] = ()) -> Plan:
    """Return the plan of one run.

    Raises
    ------
    PluginError
        When a job would not have a part of the run.
    """
    path = path.absolute()
    _require_plugins([config])
    driver = _driver(profile, options, config.execution)
    return Plan(path, {path: config}, {JOB: run_script(profile, path, driver)})


def _driver(profile: ClusterProfile, options: Sequence[str], given: Options | None = None) -> Driver:
    """Return what a job starts: the one place where options of the submission are repeated in its script.

    The job takes from the run folder what it computes, and nothing else: workers are those of the profile, of the
    command line and of the project, whose options are written into the script.

    Parameters
    ----------
    options : sequence of str
        Options of the job's command.
    given : Options or None
        The table ``[execution]`` of the submission.
    """
    name = default_execution(profile)
    if not profile.execution and given is not None and given.name != PROCESSES:
        name = given.name
    lookup("execution", name, EXECUTIONS)
    table = given.table() if given is not None and given.name == name else {"name": name}
    execution = read_component("execution", EXECUTIONS, with_project_options(table))
    if "--plugin" not in options:
        return Driver(sys.executable, options, execution)
    folders = [os.path.abspath(folder) for folder in os.environ.get("PYTHONPATH", "").split(":") if folder]
    return Driver(sys.executable, options, execution, os.getcwd(), folders)


def plan_array(
    configs: Mapping[Setting, Configuration],
    seeds: Sequence[int],
    out: Path,
    profile: ClusterProfile,
    options: Sequence[str] = (),
) -> Plan:
    """Return the plan of every setting with every seed.

    Parameters
    ----------
    configs : mapping of Setting to Configuration
        Prepared configurations; their seed is replaced.
    seeds : sequence of int
    out : path
        Folder that will contain the runs.
    """
    out = out.absolute()
    _check_size(len(configs) * len(seeds))
    _require_plugins(configs.values())
    if len({config.execution for config in configs.values()}) > 1:
        raise ConfigurationError("--grid execution: expected the same workers for all runs. Use --set, or the profile.")
    driver = _driver(profile, options, next(iter(configs.values())).execution)
    names: list[str] = []
    runs: dict[Path, Configuration] = {}
    entries: list[Entry] = []
    for setting, config in configs.items():
        for seed in seeds:
            name = f"{setting.folder}-seed{seed}".lstrip("-")
            names.append(name)
            runs[out / name] = config.replace(seed=seed)
            entries.append(Entry(out / name, setting.label, seed, dict(setting.values)))
    if len(runs) < len(names):
        raise ConfigurationError("--grid: two settings would share a folder; write their values so that they differ.")
    files = {
        JOB: array_script(profile, out, names, driver),
        COMPARE: compare_script(profile, out, driver=driver),
        NAME: to_toml(entries),
    }
    return Plan(out, runs, files)


def plan_study(
    specification: str,
    out: Path,
    profile: ClusterProfile,
    options: Sequence[str] = (),
    configs: Iterable[Configuration] = (),
) -> Plan:
    """Return the plan of a study.

    Parameters
    ----------
    specification : str
        The study's TOML text, already checked.
    out : path
        The study's folder.
    configs : iterable of Configuration
        Configurations of the study, of which a job must have all parts.
    """
    out = out.absolute()
    _require_plugins(configs)
    script = study_script(profile, out, _driver(profile, options))
    return Plan(out, {}, {JOB: script, STUDY_FILE: specification})


def _require_plugins(configs: Iterable[Configuration]) -> None:
    """Raise if a part is of a script, of a notebook, or of a module that is no plugin: a job would not have it."""
    named = {*allowed(), *(plugin.name for plugin in loaded())}
    for config in configs:
        for name, record in recorded(config).items():
            if name in named:
                continue
            what = ", ".join(record["parts"])
            if name == MAIN:
                raise PluginError(
                    f"{what}: defined in this script or notebook, which a job does not have. Move it into a module, "
                    "such as my_parts.py, and name that: --plugin my_parts (in Python: plugins=['my_parts'])."
                )
            raise PluginError(
                f"{what}: defined in module {name!r}, which a job does not import. Add --plugin {name} (in Python: "
                f"plugins=[{name!r}])."
            )


def _check_size(n_runs: int) -> None:
    """Raise unless an array can have so many elements."""
    most = largest_array()
    if n_runs > most:
        raise ConfigurationError(
            f"an array of {n_runs} runs: Slurm takes at most {most} (MaxArraySize). Submit fewer --seeds at a time, or "
            "a --study, which is one job."
        )
