"""The text of job scripts: pure functions, so that a script can be read before anything is made."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from neurosim_rl.runs.run_list import STUDY_FILE, STUDY_TABLE
from neurosim_rl.submission.profile import ClusterProfile

_DRIVER = """
# The driver ends with 130 when a signal made it stop: what it finished is safe.
started="$run/.started.$job"
touch "$started"
driver=
trap '[ -z "$driver" ] || kill -TERM "$driver"' USR1 TERM
trap 'rm -f "$started"; children=$(jobs -p); [ -z "$children" ] || kill $children 2>/dev/null' EXIT
flock --wait 300 "$run/lock" true  # the lock of a lost node may outlive it
export TQDM_DISABLE=1  # no progress bar in a log; neurosim-rl status tells
{command} &
driver=$!
while kill -0 "$driver" 2>/dev/null; do wait "$driver"; done  # a trapped signal ends wait early
wait "$driver"
code=$?
[ "$code" -eq 130 ] || exit "$code"

# A study's table alone is no progress: what failed again is in it too.
if [ -z "$(find "$run" -name '*.h5' ! -name {table} -newer "$started" -print -quit)" ]; then
    echo "No generation was finished since this job began, so it is not queued again. Give it more --time." >&2
    exit 1
fi
if [ "$(squeue --noheader --jobs="$job" --format=%T)" != RUNNING ]; then
    exit "$code"  # cancelled, or Slurm itself queues it again
fi
{again}
"""

_REQUEUE = """echo "$(date +%FT%T%z) job $job is queued again" >>"$run/events.log"
scontrol requeue "$job\""""

_NEXT_JOB = """next=$(sbatch --parsable --dependency=afterany:"$job" "$run/job.sbatch") || exit 1
echo "$(date +%FT%T%z) submitted as job $next, to go on" >>"$run/events.log\""""

_NEXT_ELEMENT = """next=$(sbatch --parsable --array="$SLURM_ARRAY_TASK_ID" \\
    --dependency=afterany:"$job" "$out/job.sbatch") || exit 1
echo "$(date +%FT%T%z) submitted as job ${next}_$SLURM_ARRAY_TASK_ID, to go on" >>"$run/events.log"
sbatch --parsable --dependency=afterany:"$next" "$out/compare.sbatch" >/dev/null"""


def run_script(profile: ClusterProfile, run: Path, *, python: str, options: Sequence[str] = ()) -> str:
    """Return the script of one run, which goes on in as many jobs as it needs.

    Parameters
    ----------
    profile : ClusterProfile
    run : path
        The run folder; absolute.
    python : str
        Path of the interpreter; unused if the profile activates an environment.
    options : sequence of str
        Further options of ``neurosim-rl resume``.
    """
    return _one_job(profile, run, _drive(profile, python, 'resume "$run"', options, _again(profile)))


def study_script(profile: ClusterProfile, out: Path, *, python: str, options: Sequence[str] = ()) -> str:
    """Return the script of a study, whose workers make a whole run each; it goes on in as many jobs as it needs.

    Parameters
    ----------
    profile : ClusterProfile
    out : path
        The study's folder, with ``study.toml`` in it; absolute.
    python : str
        Path of the interpreter; unused if the profile activates an environment.
    options : sequence of str
        Further options of ``neurosim-rl study``.
    """
    command = f'study "$run/{STUDY_FILE}" --out "$run"'
    return _one_job(profile, out, _drive(profile, python, command, options, _again(profile)))


def _one_job(profile: ClusterProfile, folder: Path, drive: str) -> str:
    lines = [*_directives(profile, folder.name, folder / "slurm-%j.log"), *_resources(profile)]
    return _script(lines, profile, f"run={shlex.quote(str(folder))}\njob=$SLURM_JOB_ID\n{drive}")


def _again(profile: ClusterProfile) -> str:
    return _REQUEUE if profile.chain == "requeue" else _NEXT_JOB


def array_script(
    profile: ClusterProfile, out: Path, runs: Sequence[str], *, python: str, options: Sequence[str] = ()
) -> str:
    """Return the script of an array of runs: element k is the k-th folder of ``out``.

    Parameters
    ----------
    out : path
        Folder of all runs; absolute.
    runs : sequence of str
        Names of their folders.
    """
    limit = f"%{profile.max_parallel}" if profile.max_parallel else ""
    lines = [
        *_directives(profile, out.name, out / "slurm-%A_%a.log"),
        *_resources(profile),
        f"#SBATCH --array=0-{len(runs) - 1}{limit}",
    ]
    names = "\n".join(f"    {shlex.quote(name)}" for name in runs)
    which = f'out={shlex.quote(str(out))}\nruns=(\n{names}\n)\nrun="$out/${{runs[$SLURM_ARRAY_TASK_ID]}}"\n'
    which += "job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID  # one element's SLURM_JOB_ID is also the whole array's\n"
    again = _REQUEUE if profile.chain == "requeue" else _NEXT_ELEMENT
    return _script(lines, profile, which + _drive(profile, python, 'resume "$run"', options, again))


def compare_script(profile: ClusterProfile, out: Path, *, python: str) -> str:
    """Return the script that compares all runs of a folder."""
    log = out / "compare.log"
    lines = [*_directives(profile, f"{out.name}-compare", log, mode="truncate"), "#SBATCH --ntasks=1"]
    command = [
        _python(profile, python),
        "-m",
        "neurosim_rl.cli",
        "compare",
        str(out),
        "--csv",
        str(out / "compare.csv"),
    ]
    return _script(lines, profile, shlex.join(command) + "\n")


def _directives(profile: ClusterProfile, name: str, log: Path, mode: str = "append") -> list[str]:
    """Return what every job asks for; the quotes let paths have spaces."""
    asked = {
        "job-name": f'"{name}"',
        "partition": profile.partition,
        "account": profile.account,
        "qos": profile.qos,
        "output": f'"{log}"',
        "open-mode": mode,
    }
    lines = [f"#SBATCH --{key}={value}" for key, value in asked.items() if value]
    return [*lines, "#SBATCH --requeue", *(f"#SBATCH {line}" for line in profile.directives)]


def _resources(profile: ClusterProfile) -> list[str]:
    """Return what a run asks for: on one node a single task with all cores, on several a task for each worker.

    Not ``--no-kill``: with it a job outlives the loss of a node unless that is its first one, where the driver is; then
    Slurm (22.05) neither ends it at once nor queues it again. Without it, the loss of any node queues it again.
    """
    tasks = profile.workers_per_node if profile.nodes > 1 else 1
    asked = {
        "nodes": profile.nodes,
        "ntasks-per-node": tasks,
        "cpus-per-task": profile.cpus_per_worker * profile.workers_per_node // tasks,
        "mem": profile.memory,
        "time": profile.time,
        "signal": f"B:USR1@{profile.signal_before_end_s}",
    }
    return [f"#SBATCH --{key}={value}" for key, value in asked.items() if value]


def _drive(profile: ClusterProfile, python: str, command: str, options: Sequence[str], again: str) -> str:
    """Return the shell that runs a command of neurosim-rl, given as shell, and what comes after it."""
    program = shlex.join([_python(profile, python), "-m", "neurosim_rl.cli"])
    more = shlex.join(["--workers", str(profile.n_workers), *options])
    line = f"{program} {command} {_execution(profile)} {more}"
    return _DRIVER.format(command=line, again=again, table=STUDY_TABLE)


def _execution(profile: ClusterProfile) -> str:
    """Return the options that say where workers run: the name before its own options, which it would reset."""
    name = profile.execution or ("slurm" if profile.nodes > 1 else "processes")
    options = f"--set execution.name={shlex.quote(name)}"
    if name != "slurm":
        return options
    interface = f" --set execution.interface={shlex.quote(profile.interface)}" if profile.interface else ""
    return f'{options} --set execution.logs="$run/workers"{interface}'


def _python(profile: ClusterProfile, python: str) -> str:
    return "python" if profile.activate else python


def _script(lines: Sequence[str], profile: ClusterProfile, body: str) -> str:
    modules = [f"module load {shlex.join(profile.modules)}"] if profile.modules else []
    setup = [*modules, *([profile.activate] if profile.activate else [])]
    return "\n".join(["#!/bin/bash", *lines, "", *setup, *([""] if setup else []), body])
