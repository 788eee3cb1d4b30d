"""Runs and studies as Slurm jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.layers import read_text
from neurosim_rl.settings.plugins import allow, options_to_repeat
from neurosim_rl.training.configure import configure
from neurosim_rl.training.naming import free_folder, run_name

if TYPE_CHECKING:
    from neurosim_rl.optimizees import Configuration
    from neurosim_rl.submission.plan import Plan
    from neurosim_rl.submission.profile import ClusterProfile


@dataclass(frozen=True, repr=False)
class Submission:
    """A job that was submitted, or, after a dry run, its script alone.

    Parameters
    ----------
    path : path
        Folder of the run, of all runs, or of the study.
    script : str
        All files that were written, or would be.
    n_runs : int
        0 for a study: its job makes the runs.
    job : str or None
        Slurm's number; None: a dry run.
    """

    path: Path
    script: str
    n_runs: int
    job: str | None

    def __repr__(self) -> str:
        """Return two lines."""
        what = f"{self.n_runs} run{'s' if self.n_runs > 1 else ''}" if self.n_runs else "a study"
        state = "dry run: nothing is made" if self.job is None else f"job {self.job}"
        return f"<Submission of {what} in {self.path}\n {state}>"


def submit(
    task: str | None = None,
    *layers: Mapping[str, Any],
    study: Path | str | None = None,
    seeds: str | None = None,
    grid: Sequence[str] = (),
    profile: str | None = None,
    cluster: Mapping[str, Any] | None = None,
    out: Path | str | None = None,
    dry_run: bool = False,
    plugins: Sequence[str] = (),
    **settings: Any,
) -> Submission:
    """Submit a run, an array of runs over seeds and settings, or a study to Slurm.

    Parameters
    ----------
    task, *layers, **settings
        As for `evolve`; `learner`, `network`, `files` and `start_from` as for `configure`.
    study : path or None
        TOML file of a study, instead of a task.
    seeds : str or None
        A run for each: ``"1-10"`` or ``"1,2,5"``.
    grid : sequence of str
        A run for each value, and each combination: ``["decoder.tie=first,random"]``.
    profile : str or None
        Profile of the cluster: a TOML file, or the name of one in ``~/.config/neurosim-rl``.
    cluster : mapping or None
        Options that win over the profile: ``{"partition": "batch", "nodes": 2}``.
    out : path or None
        Folder to make; None: one under ``runs/``, with the next free suffix.
    dry_run : bool
        True: return the script; make and submit nothing.
    plugins : sequence of str
        Modules and files that files may use; the jobs may, too.

    Raises
    ------
    ConfigurationError
        For wrong settings.
    SubmissionError
        When there is no Slurm here, or it refuses the job; the folder is kept.

    Examples
    --------
    >>> print(nrl.submit("mountain-car", seeds="1-10", dry_run=True).script)  # doctest: +SKIP
    """
    from neurosim_rl.submission import load_profile, require_sbatch

    allow(*plugins)
    if not dry_run:
        require_sbatch()
    loaded = load_profile(profile, dict(cluster or {}))
    folder = None if out is None else Path(out)
    if study is not None:
        if task is not None or layers or seeds or grid or settings:
            raise ConfigurationError(f"study = {str(study)!r} beside a task or settings: a study's file has them all.")
        plan = _study_plan(Path(study), folder, loaded)
    elif task is None:
        raise ConfigurationError("nothing to submit: expected a task, or study='FILE.toml'.")
    elif seeds or grid:
        plan = _array_plan(task, [*layers], settings, seeds, grid, folder, loaded)
    else:
        plan = _run_plan(task, [*layers], settings, folder, loaded)
    if dry_run:
        return Submission(plan.out, plan.text(), len(plan.runs), None)
    plan.make()
    return Submission(plan.out, plan.text(), len(plan.runs), plan.submit()[0])


def _run_plan(
    task: str, layers: list[Mapping[str, Any]], settings: dict[str, Any], out: Path | None, profile: ClusterProfile
) -> Plan:
    from neurosim_rl.submission.plan import plan_run

    configuration = _checked(configure(task, *layers, **settings))
    path = out or free_folder(Path("runs") / run_name(configuration))
    return plan_run(configuration, path, profile, options_to_repeat(with_project=True))


def _checked(configuration: Configuration) -> Configuration:
    """Return the configuration, if a run of it can be played; a job would find out too late."""
    from neurosim_rl.training.check import check

    return check(configuration)


def _array_plan(
    task: str,
    layers: list[Mapping[str, Any]],
    settings: dict[str, Any],
    seeds: str | None,
    grid: Sequence[str],
    out: Path | None,
    profile: ClusterProfile,
) -> Plan:
    from neurosim_rl.submission import parse_grid, parse_seeds
    from neurosim_rl.submission.plan import plan_array

    if seeds and "seed" in settings:
        raise ConfigurationError("seed and seeds: expected one of them. Put all seeds into seeds.")
    configurations = {}
    for setting in parse_grid(grid):
        # Values of the grid win over settings by keyword, which `configure` puts on top of its layers.
        wanted = configure(task, *layers, settings_of(settings), *setting.layers(), **named(settings))
        configurations[setting] = _checked(wanted)
    numbers = parse_seeds(seeds) if seeds else (next(iter(configurations.values())).seed,)
    path = out or free_folder(Path("runs") / f"{task}-array")
    return plan_array(configurations, numbers, path, profile, options_to_repeat(with_project=True))


NAMED = ("files", "learner", "network", "start_from")
"""Arguments of `configure` that are no settings."""


def named(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `configure` among keywords."""
    return {key: value for key, value in settings.items() if key in NAMED}


def settings_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings among keywords."""
    return {key: value for key, value in settings.items() if key not in NAMED}


def _study_plan(file: Path, out: Path | None, profile: ClusterProfile) -> Plan:
    from neurosim_rl.studies.running import check_study
    from neurosim_rl.submission.plan import plan_study

    text = read_text(file)
    study = check_study(text, file)
    path = out or free_folder(Path("runs") / study.name)
    configs = [study.configuration(cell) for cell in study.cells()]
    return plan_study(text, path, profile, options_to_repeat(with_project=True), configs)
