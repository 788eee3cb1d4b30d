"""Workers by Slurm: what an allocation has room for, steps and nodes that are lost, jobs that are cancelled."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from neurosim_rl.errors import ConfigurationError, ExecutionError
from neurosim_rl.execution import create_executor, slurm_jobs, slurm_steps
from neurosim_rl.execution.slurm_allocation import Allocation, expand_counts, slurm_command
from neurosim_rl.execution.slurm_steps import worker_command
from tests.execution.calls import hold, holders, meet, nap
from tests.execution.conftest import table
from tests.slurm_cluster import SlurmCluster

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("text", "counts"), [("4", [4]), ("2(x3)", [2, 2, 2]), ("36(x2),4,1(x2)", [36, 36, 4, 1, 1])])
def test_counts_are_read_as_slurm_abbreviates_them(text: str, counts: list[int]) -> None:
    assert expand_counts(text) == counts


def test_workers_are_spread_over_the_nodes_of_an_allocation() -> None:
    allocation = Allocation("7", {"a": 3, "b": 1}, cpus=2)
    assert allocation.placed(0) == ["a", "b", "a", "a"]
    assert allocation.placed(2) == ["a", "b"]
    with pytest.raises(ExecutionError, match=r"workers = 5: .* room for 4 with 2 processors each .*sbatch --ntasks"):
        allocation.placed(5)


@pytest.mark.slurm
def test_an_allocation_has_room_for_its_tasks_or_else_its_processors(slurm: SlurmCluster) -> None:
    nodes = {"SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": "n[1-2]", "SLURM_JOB_CPUS_PER_NODE": "2(x2)"}
    assert Allocation.current(nodes).slots == {"n1": 2, "n2": 2}
    assert Allocation.current({**nodes, "SLURM_CPUS_PER_TASK": "2"}).slots == {"n1": 1, "n2": 1}
    by_task = Allocation.current({**nodes, "SLURM_NTASKS": "3", "SLURM_TASKS_PER_NODE": "2,1"})
    assert (by_task.slots, by_task.cpus) == ({"n1": 2, "n2": 1}, 1)


def test_outside_an_allocation_it_says_how_to_get_into_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    with pytest.raises(ExecutionError, match=r"SLURM_JOB_ID is not set here.*neurosim-rl submit.*salloc"):
        create_executor(2, {"name": "slurm"})


def test_jobs_of_their_own_need_a_number() -> None:
    with pytest.raises(ConfigurationError, match="workers = 0: execution 'slurm-jobs' needs a number of workers"):
        create_executor(0, {"name": "slurm-jobs"})


def test_a_step_takes_one_worker_s_processors_of_one_node() -> None:
    command = " ".join(worker_command("n7", 4, "tcp://1.2.3.4:5", "n7-0", "ib0"))
    assert command.startswith("srun -N 1 -n 1 -c 4 -w n7 --exact --mem=0 --export=ALL ")
    assert f"{sys.executable} -m distributed.cli.dask_worker tcp://1.2.3.4:5 --nthreads 1 --nworkers 1" in command
    assert " --worker-class neurosim_rl.execution.private_worker.PrivateWorker --no-dashboard " in command
    assert command.endswith("--interface ib0")


def test_a_command_of_slurm_that_fails_is_told() -> None:
    with pytest.raises(ExecutionError, match=r"no-such-sinfo -h failed \(FileNotFoundError.*Check that Slurm works"):
        slurm_command("no-such-sinfo", "-h")


@pytest.mark.slurm
def test_a_worker_that_cannot_start_is_told_with_its_output(
    allocation: str, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slurm_steps.sys, "executable", "/no/such/python")
    with pytest.raises(ExecutionError, match=r"ended before it joined.*n[12]-0\.log.*/no/such/python"):
        create_executor(2, table("slurm", tmp_path))


@pytest.mark.slurm
def test_a_lost_step_is_started_again(allocation: str, slurm: SlurmCluster, tmp_path) -> None:
    with create_executor(2, table("slurm", tmp_path)) as executor:
        assert executor.map(nap, [0.0] * 4, range(4)) == [0, 1, 2, 3]
        steps = re.findall(rf"{allocation}\.\d+", slurm.run("squeue", "-s", "-h", "-o", "%i"))
        slurm.run("scancel", "--signal=KILL", steps[0])
        assert executor.map(nap, [0.1] * 8, range(8)) == list(range(8))
        (tmp_path / "meeting").mkdir()
        executor.map(meet, [tmp_path / "meeting"] * 2, [2] * 2)  # the lost worker has come back


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"directives": "--constraint=avx2\ntouch pwned"}, r"'touch pwned' is no option of sbatch"),
        ({"partition": "a\n#SBATCH --wrap=x"}, "without control characters, in UTF-8"),
        ({"prologue": "module load \x1b[31m"}, "without control characters, in UTF-8"),
        ({"interface": "ib0; touch pwned"}, "expected the name of a network interface, such as ib0"),
    ],
)
def test_options_that_would_leave_their_line_in_a_job_s_script_are_refused(
    option: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        create_executor(2, {"name": "slurm-jobs", **option})


@pytest.mark.slurm
def test_jobs_write_their_output_where_it_was_asked_for(slurm: SlurmCluster, tmp_path) -> None:
    logs = tmp_path / 'my 50%j "logs" # it\'s'
    slurm.wait_until_idle()
    with create_executor(1, table("slurm-jobs", logs)) as executor:
        assert executor.map(nap, [0.0], [3]) == [3]
    slurm.wait_until_idle()
    assert {path.suffix for path in logs.iterdir()} == {".out", ".err"}


@pytest.mark.slurm
def test_all_workers_of_an_allocation_are_used(allocation: str, tmp_path) -> None:
    with create_executor(0, table("slurm", tmp_path)) as executor:
        assert executor.n_workers == 4
        meeting = tmp_path / "meeting"
        meeting.mkdir()
        assert len(set(executor.map(meet, [meeting] * 4, [4] * 4))) == 4
    assert sorted(path.name for path in tmp_path.glob("*.log")) == ["n1-0.log", "n1-1.log", "n2-0.log", "n2-1.log"]


DRIVER = """
from pathlib import Path
from neurosim_rl.execution import create_executor
from tests.execution.calls import hold

if __name__ == "__main__":
    with create_executor(0, {table}) as executor:
        print("all", *executor.map(hold, [Path({held!r})] * 8, range(8)), flush=True)
"""


@pytest.mark.slurm
def test_a_node_that_is_lost_costs_no_result(slurm: SlurmCluster, tmp_path) -> None:
    slurm.wait_until_idle()
    script, held = tmp_path / "driver.py", tmp_path / "held"
    held.mkdir()
    script.write_text(DRIVER.format(table=table("slurm", tmp_path), held=str(held)))
    text = f"export PYTHONPATH={ROOT}\nexec {sys.executable} {script}"
    job = slurm.submit(text, "-N", "2", "-n", "4", "--no-kill", "--no-requeue")
    slurm.wait_until(lambda: len(holders(held)) == 4, "the workers of both nodes do not work")
    slurm.set_node("n2", "DOWN")
    (held / "go").touch()
    assert slurm.wait_for_job(job) == "COMPLETED", slurm.job_output(job)
    assert slurm.job_output(job).splitlines()[-1] == " ".join(["all", *map(str, range(8))])
    slurm.wait_until_idle()


@pytest.mark.slurm
def test_a_cancelled_job_is_submitted_again(slurm: SlurmCluster, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm_jobs, "WATCH_S", 1.0)
    slurm.wait_until_idle()
    held = tmp_path / "held"
    held.mkdir()
    with create_executor(2, table("slurm-jobs", tmp_path)) as executor:
        futures = [executor.submit(hold, held, k) for k in range(5)]
        slurm.wait_until(lambda: len(holders(held)) == 2, "the two jobs do not work")
        victim = min(slurm.jobs())
        slurm.run("scancel", str(victim))
        (held / "go").touch()
        assert [future.result() for future in futures] == list(range(5))
        slurm.wait_until(lambda: len(jobs := slurm.jobs()) == 2 and victim not in jobs, "no other job is submitted")


@pytest.mark.slurm
def test_a_job_cancelled_before_its_workers_came_is_submitted_again(
    slurm: SlurmCluster, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slurm_jobs, "WATCH_S", 1.0)
    slurm.wait_until_idle()
    options = {**table("slurm-jobs", tmp_path), "directives": "--begin=now+3"}

    def pending() -> bool:
        return list(slurm.jobs().values()) == ["PENDING"] * 2

    with ThreadPoolExecutor() as pool:
        starting = pool.submit(create_executor, 2, options)
        slurm.wait_until(lambda: starting.done() or pending(), "the two jobs are not submitted")
        assert not starting.done(), starting.exception()
        victim = min(slurm.jobs())
        slurm.run("scancel", str(victim))
        with starting.result():
            slurm.wait_until(lambda: list(slurm.jobs().values()) == ["RUNNING"] * 2, "no other job is submitted")
            assert victim not in slurm.jobs()


@pytest.mark.parametrize(("n_came", "n_forgotten"), [(0, 2), (1, 3), (4, 4)])
def test_only_jobs_that_end_before_their_workers_came_are_numbered(
    n_came: int, n_forgotten: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slurm_jobs, "WATCH_S", 0.01)
    monkeypatch.setattr(slurm_jobs, "slurm_command", lambda *_: "")  # each job has left the queue
    jobs = [SimpleNamespace(job_id=str(k)) for k in range(4)]
    cluster = SimpleNamespace(
        workers={"c-0": jobs[0]},
        worker_spec={},
        observed={f"c-{k}" for k in range(n_came)},
        loop=SimpleNamespace(add_callback=lambda function, lost: function(lost)),
    )
    watch = slurm_jobs._LostJobWatcher(cluster, 2)
    for k, job in enumerate(jobs):
        cluster.workers[f"c-{k}"] = job
        watch._thread.join(0.2)  # some rounds
    watch.end()
    assert len(jobs) - len(cluster.workers) == n_forgotten


FIRST_USE_IN_A_THREAD = """
import signal
from concurrent.futures import ThreadPoolExecutor
from neurosim_rl.execution.slurm_jobs import _import_jobqueue

before = signal.getsignal(signal.SIGINT)
with ThreadPoolExecutor() as pool:
    pool.submit(_import_jobqueue).result()
assert signal.getsignal(signal.SIGINT) is before
"""


def test_jobs_can_first_be_used_in_any_thread_and_leave_ctrl_c_as_it_was() -> None:
    pytest.importorskip("dask_jobqueue", reason="the extra [hpc] is not installed")
    subprocess.run([sys.executable, "-c", FIRST_USE_IN_A_THREAD], check=True)


@pytest.mark.slurm
def test_a_queue_that_never_comes_is_told(slurm: SlurmCluster, tmp_path) -> None:
    options = {"name": "slurm-jobs", "dashboard": "", "logs": str(tmp_path), "start_limit_s": 1}
    with pytest.raises(ExecutionError, match=r"0 of 1 workers have joined within 1 s .*squeue --me"):
        create_executor(1, {**options, "directives": "--begin=now+1hour"})
    slurm.wait_until(lambda: not slurm.jobs(), "its jobs stay in the queue")
