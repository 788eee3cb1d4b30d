"""What a submission makes: run folders and scripts, known before anything is made."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from neurosim_rl.errors import ConfigurationError, RunFolderError
from neurosim_rl.execution import EXECUTIONS
from neurosim_rl.optimizees import Configuration
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.files import writing
from neurosim_rl.runs.run_list import NAME, STUDY_FILE, Entry, to_toml
from neurosim_rl.settings.checks import lookup
from neurosim_rl.settings.grid import Setting
from neurosim_rl.submission.profile import ClusterProfile
from neurosim_rl.submission.script import array_script, compare_script, run_script, study_script
from neurosim_rl.submission.slurm import sbatch
from neurosim_rl.training.ancestor import begin_run

JOB = "job.sbatch"
COMPARE = "compare.sbatch"


@dataclass(frozen=True)
class Plan:
    """Run folders, and files beside or in them; of a study, whose job makes its run folders, only files.

    Parameters
    ----------
    out : path
        The run folder, or the folder of all runs.
    runs : mapping of path to Configuration
        Folders to make.
    files : mapping of str to str
        Name under ``out`` and text: ``job.sbatch``; for an array also ``compare.sbatch`` and ``runs.toml``, for a study
        ``study.toml``.
    """

    out: Path
    runs: Mapping[Path, Configuration]
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_array(self) -> bool:
        """Whether there is a folder of runs."""
        return COMPARE in self.files

    def text(self) -> str:
        """Return everything that would be written."""
        return "\n".join(f"# {self.out / name}\n{text}" for name, text in self.files.items())

    def make(self) -> None:
        """Make folders and files.

        Raises
        ------
        RunFolderError
            When something is there already, or cannot be written.
        """
        if self.out not in self.runs:
            self._make_out()
        for path, config in self.runs.items():
            begin_run(path, config)
        for name, text in self.files.items():
            with writing(self.out / name) as temporary:
                temporary.write_text(text, encoding="utf-8")

    def _make_out(self) -> None:
        """Make the folder of several runs."""
        if self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
            raise RunFolderError(f"{self.out} exists and is not empty. Choose another folder with --out.")
        try:
            self.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFolderError(f"cannot make {self.out}: {error}.") from error

    def submit(self) -> list[str]:
        """Submit what was made; return the jobs' numbers: of the runs, and of the comparison that waits for them."""
        job = sbatch(self.out / JOB)
        for k, path in enumerate(self.runs or [self.out]):  # a study's folder has a log like a run's
            RunFolder(path).log(f"submitted as job {job}_{k}" if self.is_array else f"submitted as job {job}")
        return [job, sbatch(self.out / COMPARE, f"--dependency=afterany:{job}")] if self.is_array else [job]


def plan_run(config: Configuration, path: Path, profile: ClusterProfile, options: Sequence[str] = ()) -> Plan:
    """Return the plan of one run."""
    path = path.absolute()
    _check_execution(profile)
    return Plan(path, {path: config}, {JOB: run_script(profile, path, python=sys.executable, options=options)})


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
        Prepared; the seed is replaced.
    seeds : sequence of int
    out : path
        Folder for the runs.
    """
    out = out.absolute()
    _check_execution(profile)
    elements = [(setting, seed) for setting in configs for seed in seeds]
    names = [f"{setting.folder}-seed{seed}".lstrip("-") for setting, seed in elements]
    if len(set(names)) < len(names):
        raise ConfigurationError("--grid: two settings would share a folder; write their values so that they differ.")
    runs = {
        out / name: configs[setting].replace(seed=seed) for name, (setting, seed) in zip(names, elements, strict=True)
    }
    entries = [
        Entry(path, setting.label, seed, dict(setting.values))
        for path, (setting, seed) in zip(runs, elements, strict=True)
    ]
    files = {
        JOB: array_script(profile, out, names, python=sys.executable, options=options),
        COMPARE: compare_script(profile, out, python=sys.executable),
        NAME: to_toml(entries),
    }
    return Plan(out, runs, files)


def plan_study(specification: str, out: Path, profile: ClusterProfile, options: Sequence[str] = ()) -> Plan:
    """Return the plan of a study.

    Parameters
    ----------
    specification : str
        The study's TOML text, checked already.
    out : path
        Its folder.
    """
    out = out.absolute()
    _check_execution(profile)
    script = study_script(profile, out, python=sys.executable, options=options)
    return Plan(out, {}, {JOB: script, STUDY_FILE: specification})


def _check_execution(profile: ClusterProfile) -> None:
    if profile.execution:
        lookup("execution", profile.execution, EXECUTIONS)
