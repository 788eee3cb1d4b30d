"""The text of job scripts: pure functions, so that ``--dry-run`` shows a script before anything is created."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neurosim_rl.execution.sbatch_lines import refuse_unprintable, sbatch_pattern, sbatch_quoted, sbatch_string
from neurosim_rl.runs.run_list import STUDY_FILE, STUDY_TABLE
from neurosim_rl.submission.driver import Driver, execution_options
from neurosim_rl.submission.profile import ClusterProfile

# Order of events: Slurm sends USR1 to the batch shell some time before the time limit. The shell asks the driver to end
# (TERM), and the driver ends with 130 after it has closed its files. If generations were finished, the shell queues the
# job again or submits the next one; that job resumes the run. Without a finished generation it would do so for ever.
_DRIVER = """
# The driver ends with 130 after a signal: finished generations are safe.
# Files newer than this one were written by this job.
started="$run/.started.$job"
touch "$started"
driver=
# A trap runs before the driver has started, too: then there is nothing to end yet.
trap '[ -z "$driver" ] || kill -TERM "$driver"' USR1 TERM
trap 'rm -f "$started"; children=$(jobs -p); [ -z "$children" ] || kill $children 2>/dev/null' EXIT
flock --wait 300 "$run/lock" true  # the file system may hold the lock of a lost node for some minutes
export TQDM_DISABLE=1  # no progress bar in a log; neurosim-rl status shows the progress
{command} &
driver=$!
while kill -0 "$driver" 2>/dev/null; do wait "$driver"; done  # a trapped signal ends wait early
wait "$driver"
code=$?
[ "$code" -eq 130 ] || exit "$code"

# A study's table alone is no progress: each job writes its failed runs into it again.
if [ -z "$(find "$run" -name '*.h5' ! -name {table} -newer "$started" -print -quit)" ]; then
    echo "No generation was finished since this job began, so it is not queued again. Set a longer --time." >&2
    exit 1
fi
if [ "$(squeue --noheader --jobs="$job" --format=%T)" != RUNNING ]; then
    exit "$code"  # the job was cancelled, or Slurm itself queues it again
fi
{again}
"""

_REQUEUE = """echo "$(date +%FT%T%z) job $job is queued again" >>"$run/events.log"
scontrol requeue "$job\""""

_NEXT_JOB = """next=$(sbatch --parsable --dependency=afterany:"$job" "$run/job.sbatch") || exit 1
echo "$(date +%FT%T%z) submitted as job $next to continue" >>"$run/events.log\""""

_NEXT_ELEMENT = """next=$(sbatch --parsable --array="$SLURM_ARRAY_TASK_ID" \\
    --dependency=afterany:"$job" "$out/job.sbatch") || exit 1
echo "$(date +%FT%T%z) submitted as job ${next}_$SLURM_ARRAY_TASK_ID to continue" >>"$run/events.log"
sbatch --parsable --dependency=afterany:"$next" "$out/compare.sbatch" >/dev/null"""


def run_script(profile: ClusterProfile, run: Path, driver: Driver) -> str:
    """Return the script of one run; the run continues in further jobs until it is finished.

    Parameters
    ----------
    profile : ClusterProfile
    run : path
        The run folder, an absolute path.
    driver : Driver

    Raises
    ------
    ConfigurationError
        For a folder with control characters, a backslash, or bytes that are not UTF-8; other scripts, too.
    """
    return _one_job(profile, run, _drive(profile, driver, 'resume "$run"', _again(profile)))


def study_script(profile: ClusterProfile, out: Path, driver: Driver) -> str:
    """Return the script of a study, in which each worker trains whole runs; it continues in further jobs.

    Parameters
    ----------
    profile : ClusterProfile
    out : path
        The study's folder, which contains ``study.toml``, an absolute path.
    driver : Driver
    """
    command = f'study "$run/{STUDY_FILE}" --out "$run"'
    return _one_job(profile, out, _drive(profile, driver, command, _again(profile)))


def _one_job(profile: ClusterProfile, folder: Path, drive: str) -> str:
    lines = [*_directives(profile, folder, "slurm-%j.log"), *_resources(profile)]
    return _script(lines, profile, f"run={shlex.quote(str(folder))}\njob=$SLURM_JOB_ID\n{drive}")


def _again(profile: ClusterProfile) -> str:
    return _REQUEUE if profile.chain == "requeue" else _NEXT_JOB


def array_script(profile: ClusterProfile, out: Path, runs: Sequence[str], driver: Driver) -> str:
    """Return the script of an array of runs: element k is the k-th folder of ``out``.

    Parameters
    ----------
    out : path
        Folder that contains all runs, an absolute path.
    runs : sequence of str
        Names of the run folders.
    driver : Driver
    """
    for name in runs:
        refuse_unprintable("folder", name)
    limit = f"%{profile.max_parallel}" if profile.max_parallel else ""
    lines = [
        *_directives(profile, out, "slurm-%A_%a.log"),
        *_resources(profile),
        f"#SBATCH --array=0-{len(runs) - 1}{limit}",
    ]
    names = "\n".join(f"    {shlex.quote(name)}" for name in runs)
    element = f'out={shlex.quote(str(out))}\nruns=(\n{names}\n)\nrun="$out/${{runs[$SLURM_ARRAY_TASK_ID]}}"\n'
    element += (
        "job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID  # SLURM_JOB_ID of one element is that of the whole array\n"
    )
    again = _REQUEUE if profile.chain == "requeue" else _NEXT_ELEMENT
    return _script(lines, profile, element + _drive(profile, driver, 'resume "$run"', again))


def compare_script(profile: ClusterProfile, out: Path, *, driver: Driver) -> str:
    """Return the script that compares all runs of a folder, with the plugins of the driver."""
    lines = [*_directives(profile, out, "compare.log", suffix="-compare", mode="truncate"), "#SBATCH --ntasks=1"]
    command = [_python(profile, driver.python), "-m", "neurosim_rl.cli", "compare", str(out)]
    command += ["--csv", str(out / "compare.csv"), *driver.plugins]
    return _script(lines, profile, f"{driver.place}{shlex.join(command)}\n")


def _directives(profile: ClusterProfile, folder: Path, log: str, suffix: str = "", mode: str = "append") -> list[str]:
    """Return the #SBATCH lines that every job has.

    ``log`` is the pattern of the output file's name, which may contain symbols such as ``%j``.
    """
    refuse_unprintable("folder", str(folder))
    options = {
        "job-name": sbatch_string(folder.name + suffix),
        "partition": sbatch_quoted(profile.partition),
        "account": sbatch_quoted(profile.account),
        "qos": sbatch_quoted(profile.qos),
        "output": sbatch_pattern(folder, log),
        "open-mode": mode,
    }
    return [*_lines(options), "#SBATCH --requeue", *[f"#SBATCH {line}" for line in profile.directives]]


def _lines(options: Mapping[str, Any]) -> list[str]:
    """Return an #SBATCH line for each option that has a value."""
    return [f"#SBATCH --{key}={value}" for key, value in options.items() if value]


def _resources(profile: ClusterProfile) -> list[str]:
    """Return the #SBATCH lines of a run's nodes, processors, memory and time.

    On one node the job is a single task with all cores, on several nodes it has one task for each worker.
    """
    # No --no-kill. With it, a job survives the loss of a node, except of its first node, where the driver runs: then
    # Slurm (22.05) neither ends the job at once nor queues it again. Without it, Slurm queues the job again after the
    # loss of any node, and the run is resumed.
    tasks = profile.workers_per_node if profile.nodes > 1 else 1
    options = {
        "nodes": profile.nodes,
        "ntasks-per-node": tasks,
        "cpus-per-task": profile.cpus_per_worker * profile.workers_per_node // tasks,
        "mem": sbatch_quoted(profile.memory),
        "time": sbatch_quoted(profile.time),
        "signal": f"B:USR1@{profile.signal_before_end_s}",  # B: to the batch shell, not to its children
    }
    return _lines(options)


def _drive(profile: ClusterProfile, driver: Driver, command: str, again: str) -> str:
    """Return the shell code that runs a command of neurosim-rl and queues its continuation.

    ``command`` and ``again`` are shell code too.
    """
    program = shlex.join([_python(profile, driver.python), "-m", "neurosim_rl.cli"])
    more = shlex.join(["--workers", str(profile.n_workers), *driver.options])
    line = f"{program} {command} {execution_options(profile, driver.execution)} {more}"
    return driver.place + _DRIVER.format(command=line, again=again, table=STUDY_TABLE)


def _python(profile: ClusterProfile, python: str) -> str:
    return "python" if profile.activate else python


def _script(lines: Sequence[str], profile: ClusterProfile, body: str) -> str:
    setup = []
    if profile.modules:
        setup.append(f"module load {shlex.join(profile.modules)}")
    if profile.activate:
        setup.append(profile.activate)
    if setup:
        setup.append("")  # an empty line before the body
    return "\n".join(["#!/bin/bash", *lines, "", *setup, body])
