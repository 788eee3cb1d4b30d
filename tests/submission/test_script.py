"""Job scripts as text, and under a shell of their own with a driver that ends as it is told."""

import shlex
import subprocess
from pathlib import Path

import pytest

from neurosim_rl.execution import EXECUTIONS
from neurosim_rl.settings.layers import combine, parse_setting
from neurosim_rl.settings.options import read_component
from neurosim_rl.submission import ClusterProfile
from neurosim_rl.submission.driver import Driver
from neurosim_rl.submission.script import array_script, compare_script, run_script, study_script

OUT = Path("/data/my runs")


def directives(script: str) -> list[str]:
    return [line.removeprefix("#SBATCH ") for line in script.splitlines() if line.startswith("#SBATCH")]


def test_a_run_on_one_node_is_one_task_with_local_workers() -> None:
    profile = ClusterProfile(partition="batch", time="01:00:00", workers_per_node=4, memory="4G")
    script = run_script(profile, OUT / "a", Driver("/opt/py"))
    assert script.startswith("#!/bin/bash\n#SBATCH ")
    assert directives(script) == [
        '--job-name="a"',
        "--partition=batch",
        '--output="/data/my runs/a/slurm-%j.log"',
        "--open-mode=append",
        "--requeue",
        "--nodes=1",
        "--ntasks-per-node=1",
        "--cpus-per-task=4",
        "--mem=4G",
        "--time=01:00:00",
        "--signal=B:USR1@60",
    ]
    assert "\nrun='/data/my runs/a'\n" in script
    assert '\n/opt/py -m neurosim_rl.cli resume "$run" --set execution.name=processes --workers 4 &\n' in script
    assert "\njob=$SLURM_JOB_ID\n" in script
    assert script.endswith('scontrol requeue "$job"\n')


def test_a_run_on_several_nodes_has_a_task_for_each_worker() -> None:
    profile = ClusterProfile(nodes=3, workers_per_node=2, cpus_per_worker=5)
    script = run_script(profile, OUT / "a", Driver("/opt/py", ["--no-figures"]))
    lines = directives(script)
    assert {"--nodes=3", "--ntasks-per-node=2", "--cpus-per-task=5"} <= set(lines)
    execution = '--set execution.name=slurm --set execution.logs="$run/workers"'
    assert f' resume "$run" {execution} --workers 6 --no-figures &\n' in script


def test_the_network_between_nodes_is_the_profile_s() -> None:
    script = run_script(ClusterProfile(nodes=2, interface="ib0"), OUT / "a", Driver("/opt/py"))
    assert " --set execution.interface=ib0 --workers 2 &\n" in script


def test_where_workers_run_can_be_told() -> None:
    script = run_script(ClusterProfile(execution="dask"), OUT / "a", Driver("/opt/py"))
    assert " --set execution.name=dask --workers 1 &\n" in script


def test_options_of_workers_are_repeated_because_the_folder_s_do_not_count() -> None:
    table = {"name": "slurm-jobs", "prologue": "module load GCC\necho 'hi'", "workers_per_job": 3, "logs": "a b"}
    execution = read_component("execution", EXECUTIONS, table)
    script = run_script(ClusterProfile(), OUT / "a", Driver("/opt/py", [], execution))
    (line,) = [line for line in script.splitlines() if " resume " in line]
    words = shlex.split(line.removesuffix(" &"))
    settings = [words[k + 1] for k, word in enumerate(words) if word == "--set"]
    assert combine(*map(parse_setting, settings)) == {"execution": table}


def test_modules_activation_and_directives_come_in_this_order() -> None:
    profile = ClusterProfile(
        modules=("GCC", "NEST/3.8"), activate="source ~/env/bin/activate", directives=("--constraint=avx2",)
    )
    lines = run_script(profile, OUT / "a", Driver("/opt/py")).splitlines()
    order = [
        "#SBATCH --constraint=avx2",
        "module load GCC NEST/3.8",
        "source ~/env/bin/activate",
        "run='/data/my runs/a'",
    ]
    assert [line for line in lines if line in order] == order
    assert any(line.startswith("python -m neurosim_rl.cli resume") for line in lines)


def test_a_study_is_one_job_like_a_run() -> None:
    profile = ClusterProfile(workers_per_node=4, time="01:00:00")
    script = study_script(profile, OUT / "a", Driver("/opt/py", ["--no-figures"]))
    assert directives(script) == directives(run_script(profile, OUT / "a", Driver("/opt/py")))
    execution = "--set execution.name=processes --workers 4 --no-figures"
    assert f'\n/opt/py -m neurosim_rl.cli study "$run/study.toml" --out "$run" {execution} &\n' in script
    assert script.endswith('scontrol requeue "$job"\n')


def test_a_study_on_several_nodes_has_a_task_for_each_worker() -> None:
    script = study_script(ClusterProfile(nodes=3, workers_per_node=2, interface="ib0"), OUT / "a", Driver("/opt/py"))
    assert {"--nodes=3", "--ntasks-per-node=2"} <= set(directives(script))
    execution = '--set execution.name=slurm --set execution.logs="$run/workers" --set execution.interface=ib0'
    assert f' study "$run/study.toml" --out "$run" {execution} --workers 6 &\n' in script


def test_an_array_names_the_folder_of_each_index() -> None:
    script = array_script(
        ClusterProfile(max_parallel=2), OUT, ["seed1", "tie=a-seed1", "tie=b-seed1"], Driver("/opt/py")
    )
    assert {"--array=0-2%2", '--output="/data/my runs/slurm-%A_%a.log"'} <= set(directives(script))
    which = script[script.index("out=") : script.index("\n\n# The driver")]
    for index, name in enumerate(["seed1", "tie=a-seed1", "tie=b-seed1"]):
        shell = f'SLURM_ARRAY_TASK_ID={index}\n{which}\necho "$run"'
        assert subprocess.check_output(["bash", "-c", shell], text=True) == f"/data/my runs/{name}\n"


def test_an_array_without_a_limit_runs_as_many_as_fit() -> None:
    assert "--array=0-1" in directives(array_script(ClusterProfile(), OUT, ["seed1", "seed2"], Driver("py")))


def test_the_comparison_needs_one_core() -> None:
    script = compare_script(ClusterProfile(account="me", nodes=4, workers_per_node=8), OUT, driver=Driver("/opt/py"))
    assert directives(script) == [
        '--job-name="my runs-compare"',
        "--account=me",
        '--output="/data/my runs/compare.log"',
        "--open-mode=truncate",
        "--requeue",
        "--ntasks=1",
    ]
    assert script.endswith("\n/opt/py -m neurosim_rl.cli compare '/data/my runs' --csv '/data/my runs/compare.csv'\n")


PROFILES = [
    ClusterProfile(),
    ClusterProfile(chain="dependency"),
    ClusterProfile(nodes=2, modules=("a",), activate="source x", time="1-0", qos="q", directives=("--exclusive",)),
]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_scripts_are_valid_shell(profile: ClusterProfile) -> None:
    for script in (
        run_script(profile, OUT / "it's", Driver("/opt/my py")),
        study_script(profile, OUT / "it's", Driver("/opt/my py")),
        array_script(profile, OUT, ["a", "it's"], Driver("/opt/my py")),
        compare_script(profile, OUT, driver=Driver("/opt/my py")),
    ):
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


PROGRAMS = {
    "squeue": 'cat "$0.says"',
    "scontrol": 'echo scontrol "$@" >>"${0%/*}/calls"',
    "sbatch": 'echo sbatch "$@" >>"${0%/*}/calls"; echo 8',
}


@pytest.fixture
def shell(tmp_path: Path):
    """Run a job script in which the driver is a line of shell, and Slurm's commands note how they are called."""
    folder, run = tmp_path / "bin", tmp_path / "out" / "seed1"
    folder.mkdir()
    run.mkdir(parents=True)
    for name, text in PROGRAMS.items():
        (folder / name).write_text(f"#!/bin/bash\n{text}\n")
        (folder / name).chmod(0o755)

    def go(driver: str, state: str = "RUNNING", chain: str = "requeue", kind: str = "run") -> tuple[int, list[str]]:
        (folder / "squeue.says").write_text(f"{state}\n")
        python = folder / "driver"
        python.write_text(f'#!/bin/bash\nrun="${{4%/study.toml}}"\n{driver}\n')
        python.chmod(0o755)
        profile = ClusterProfile(chain=chain)
        if kind == "array":
            script = array_script(profile, run.parent, ["seed0", "seed1"], Driver(str(python)))
        else:
            script = {"run": run_script, "study": study_script}[kind](profile, run, Driver(str(python)))
        environment = {
            "PATH": f"{folder}:/usr/bin:/bin",
            "SLURM_JOB_ID": "7",
            "SLURM_ARRAY_JOB_ID": "5",
            "SLURM_ARRAY_TASK_ID": "1",
        }
        done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=30)
        calls = folder / "calls"
        assert not list(run.glob(".started*"))
        return done.returncode, calls.read_text().splitlines() if calls.exists() else []

    return go


PROGRESS = 'sleep 0.05; touch "$run/run.h5"'


def test_an_interrupted_run_is_queued_again(shell) -> None:
    assert shell(f"{PROGRESS}; exit 130") == (0, ["scontrol requeue 7"])


def test_of_an_array_only_the_element_is_queued_again(shell) -> None:
    assert shell(f"{PROGRESS}; exit 130", kind="array") == (0, ["scontrol requeue 5_1"])


def test_or_goes_on_in_a_dependent_job(shell, tmp_path: Path) -> None:
    code, (call,) = shell(f"{PROGRESS}; exit 130", chain="dependency")
    assert code == 0
    assert call == f"sbatch --parsable --dependency=afterany:7 {tmp_path}/out/seed1/job.sbatch"
    assert "submitted as job 8 to continue" in (tmp_path / "out" / "seed1" / "events.log").read_text()


def test_a_dependent_element_of_an_array_is_compared_after_it(shell, tmp_path: Path) -> None:
    _, calls = shell(f"{PROGRESS}; exit 130", chain="dependency", kind="array")
    assert calls == [
        f"sbatch --parsable --array=1 --dependency=afterany:5_1 {tmp_path}/out/job.sbatch",
        f"sbatch --parsable --dependency=afterany:8 {tmp_path}/out/compare.sbatch",
    ]


@pytest.mark.parametrize("code", [0, 1, 2, 137])
def test_a_run_that_ends_otherwise_ends_the_chain(shell, code: int) -> None:
    assert shell(f"{PROGRESS}; exit {code}") == (code, [])


def test_a_run_that_comes_nowhere_ends_the_chain(shell) -> None:
    assert shell("exit 130") == (1, [])


IN_A_RUN = 'mkdir -p "$run/runs/a/generations"; sleep 0.05; touch "$run/runs/a/generations/000007.h5"'


def test_a_study_goes_on_if_one_of_its_runs_came_further(shell) -> None:
    assert shell(f"{IN_A_RUN}; exit 130", kind="study") == (0, ["scontrol requeue 7"])


def test_or_goes_on_in_a_study_s_dependent_job(shell, tmp_path: Path) -> None:
    code, calls = shell(f"{IN_A_RUN}; exit 130", chain="dependency", kind="study")
    assert (code, calls) == (0, [f"sbatch --parsable --dependency=afterany:7 {tmp_path}/out/seed1/job.sbatch"])


def test_a_study_of_which_only_the_table_is_written_again_ends_the_chain(shell) -> None:
    assert shell('sleep 0.05; touch "$run/study.h5"; exit 130', kind="study") == (1, [])


@pytest.mark.parametrize("state", ["CANCELLED", "COMPLETING", "PREEMPTED", ""])
def test_a_cancelled_job_is_not_queued_again(shell, state: str) -> None:
    assert shell(f"{PROGRESS}; exit 130", state=state) == (130, [])


@pytest.mark.parametrize("signal", ["USR1", "TERM"])
def test_a_signal_to_the_job_is_handed_to_the_driver_and_its_end_awaited(shell, signal: str) -> None:
    driver = f"trap 'sleep 0.3; {PROGRESS}; exit 130' TERM\nkill -{signal} $PPID\nwhile :; do sleep 0.05; done"
    assert shell(driver) == (0, ["scontrol requeue 7"])
