"""Runs on a real Slurm, interrupted in the ways in which clusters interrupt: they end as a run at home does."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.cli import main
from neurosim_rl.studies import StudyTable
from tests.conftest import fully_assessed
from tests.histories import assert_same_run
from tests.slurm_cluster import SlurmCluster

pytestmark = pytest.mark.slurm

N_GENERATIONS = 40
RUN = ["mountain-car", "--generations", str(N_GENERATIONS), "--population", "6", "--no-figures"]
RUN += ["--set", "validation_episodes=2", "--set", "episodes=2"]


@pytest.fixture(scope="module", autouse=True)
def _as_in_jobs() -> Iterator[None]:
    """Assess champions here as in the jobs."""
    with fully_assessed():
        yield


@pytest.fixture(scope="module")
def at_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run in this process, without interruption."""
    path = tmp_path_factory.mktemp("home") / "run"
    assert main(["evolve", *RUN, "--workers", "1", "--out", str(path)]) == 0
    return path


def submit(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[int]:
    """Submit and return the numbers of the jobs."""
    capsys.readouterr()
    assert main(["submit", *arguments]) == 0
    return [int(number) for number in re.findall(r"^Job (\d+)", capsys.readouterr().out, re.M)]


def wait_for_a_generation(slurm: SlurmCluster, run: Path) -> None:
    slurm.wait_until(lambda: any((run / "generations").glob("*.h5")), f"{run} finished no generation")


def events(run: Path) -> str:
    return (run / "events.log").read_text()


@pytest.mark.thorough
def test_a_run_that_nothing_interrupts_is_one_job(slurm, capsys, at_home: Path, tmp_path: Path) -> None:
    run = tmp_path / "with space" / "run"
    (job,) = submit(capsys, *RUN, "--workers", "2", "--time", "30:00", "--out", str(run))
    assert f"submitted as job {job}" in events(run)
    assert slurm.wait_for_job(job) == "COMPLETED"
    assert "mean return" in (run / f"slurm-{job}.log").read_text()
    assert_same_run(run, at_home)


def test_a_run_that_is_told_that_its_time_ends_is_queued_again(slurm, capsys, at_home: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    (job,) = submit(capsys, *RUN, "--workers", "2", "--out", str(run))
    wait_for_a_generation(slurm, run)
    slurm.run("scancel", "--batch", "--signal=USR1", str(job))  # what --signal=B:USR1@60 sends
    slurm.wait_until(lambda: "queued again" in events(run), "the job is not queued again")
    assert not (run / "champion.h5").exists()
    assert slurm.wait_for_job(job) == "COMPLETED"
    assert re.search(r"resumed after \d+ generations", events(run))
    assert_same_run(run, at_home)


@pytest.mark.thorough
def test_or_its_next_job_depends_on_it(slurm, capsys, at_home: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    (job,) = submit(capsys, *RUN, "--chain", "dependency", "--out", str(run))
    wait_for_a_generation(slurm, run)
    slurm.run("scancel", "--batch", "--signal=USR1", str(job))
    slurm.wait_until(lambda: "to continue" in events(run), "no job follows")
    following = int(re.findall(r"submitted as job (\d+) to continue", events(run))[0])
    assert following != job
    assert slurm.wait_for_job(job) == "COMPLETED"
    assert slurm.wait_for_job(following) == "COMPLETED"
    assert_same_run(run, at_home)


def test_a_run_on_two_nodes_goes_on_when_that_of_the_driver_fails(slurm, capsys, at_home: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    (job,) = submit(capsys, *RUN, "--nodes", "2", "--workers-per-node", "2", "--out", str(run))
    wait_for_a_generation(slurm, run)
    slurm.set_node(slurm.run("squeue", "-h", "-j", str(job), "-o", "%B"), "DOWN")
    assert not (run / "champion.h5").exists()
    assert slurm.wait_for_job(job) == "COMPLETED"
    assert "Restarts=1" in slurm.run("scontrol", "show", "job", str(job))
    assert re.search(r"resumed after \d+ generations", events(run))
    assert any((run / "workers").glob("*.log"))
    assert_same_run(run, at_home)


@pytest.mark.thorough
def test_a_cancelled_run_is_not_queued_again_and_can_be_resumed(slurm, capsys, at_home: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    (job,) = submit(capsys, *RUN, "--out", str(run))
    wait_for_a_generation(slurm, run)
    slurm.run("scancel", str(job))
    assert slurm.wait_for_job(job) == "CANCELLED"
    assert "interrupted" in events(run)
    assert "queued again" not in events(run)
    assert main(["resume", str(run), "--workers", "1", "--no-figures"]) == 0
    assert_same_run(run, at_home)


def test_an_array_ends_with_one_table_and_one_figure(slurm, capsys, at_home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    array = ["--seeds", "1,2", "--grid", "decoder.tie=neutral,random", "--max-parallel", "3", "--out", str(out)]
    job, comparison = submit(capsys, *RUN, *array)
    first, last = out / "tie=neutral-seed1", out / "tie=random-seed2"  # the last one has the array's own number
    for index, run in ((0, first), (3, last)):
        wait_for_a_generation(slurm, run)
        slurm.run("scancel", "--batch", "--signal=USR1", f"{job}_{index}")
    assert slurm.wait_for_job(comparison) == "COMPLETED"
    assert [path.parent for path in sorted(out.glob("*/events.log")) if "queued again" in events(path.parent)] == [
        first,
        last,
    ]
    table = list(csv.DictReader((out / "compare.csv").open(newline="")))
    assert [(row["setting"], row["seed"], row["state"]) for row in table] == [
        (f"tie={tie}", seed, "finished") for tie in ("neutral", "random") for seed in ("1", "2")
    ]
    assert (out / "compare.png").read_bytes().startswith(b"\x89PNG")
    lines = (out / "compare.log").read_text().splitlines()
    assert [line.split()[:3] for line in lines[-3:-1]] == [["tie=neutral", "2", "2"], ["tie=random", "2", "2"]]
    assert_same_run(first, at_home)


STUDY = """
seeds = "1-2"
evaluations = 150

[grid]
"model.name" = ["feed-forward", "linear"]

[settings]
task = "mountain-car"
episodes = 2
validation_episodes = 2
"optimizer.population" = 6
"""


@pytest.fixture(scope="module")
def study_at_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same study in this process, without interruption."""
    out = tmp_path_factory.mktemp("home") / "study"
    out.mkdir()
    (out / "tiny.toml").write_text(STUDY)
    assert main(["study", str(out / "tiny.toml"), "--out", str(out), "--workers", "1", "--no-figures"]) == 0
    return out


def wait_for_a_generation_of(slurm: SlurmCluster, out: Path) -> None:
    slurm.wait_until(lambda: any(out.glob("runs/*/generations/*.h5")), f"{out} finished no generation")


def study_status(capsys: pytest.CaptureFixture[str], out: Path) -> dict:
    capsys.readouterr()
    assert main(["status", str(out), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def assert_same_rows(out: Path, other: Path) -> None:
    """Two studies have the same rows, up to how long they took."""
    mine, theirs = (StudyTable.read(path / "study.h5").rows for path in (out, other))
    assert len(mine) == len(theirs) == 4
    for one, two in zip(mine, theirs, strict=True):
        assert (one.name, one.values, one.seed, one.sha256, one.problem) == (
            two.name,
            two.values,
            two.seed,
            two.sha256,
            "",
        )
        for name in ("n_evaluations", "n_steps", "returns", "evaluations", "fitness", "validation"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)


@pytest.mark.thorough
def test_a_study_goes_on_in_the_next_job(slurm, capsys, study_at_home: Path, tmp_path: Path) -> None:
    out = tmp_path / "with space" / "study"
    (job,) = submit(capsys, "--study", str(study_at_home / "tiny.toml"), "--workers", "2", "--out", str(out))
    wait_for_a_generation_of(slurm, out)
    running = study_status(capsys, out)
    assert (running["state"], running["runs"], running["holder"]["job"]) == ("running", 4, str(job))
    slurm.run("scancel", "--batch", "--signal=USR1", str(job))
    slurm.wait_until(lambda: "queued again" in events(out), "the job is not queued again")
    assert study_status(capsys, out)["runs_done"] < 4
    assert slurm.wait_for_job(job) == "COMPLETED"
    assert any("resumed after" in events(run) for run in (out / "runs").iterdir())
    assert study_status(capsys, out)["state"] == "finished"
    assert_same_rows(out, study_at_home)


@pytest.mark.thorough
def test_a_study_on_two_nodes_goes_on_when_that_of_the_driver_fails(
    slurm, capsys, study_at_home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "study"
    file = str(study_at_home / "tiny.toml")
    (job,) = submit(capsys, "--study", file, "--nodes", "2", "--workers-per-node", "2", "--out", str(out))
    wait_for_a_generation_of(slurm, out)
    slurm.set_node(slurm.run("squeue", "-h", "-j", str(job), "-o", "%B"), "DOWN")
    assert slurm.wait_for_job(job) == "COMPLETED"
    assert "Restarts=1" in slurm.run("scontrol", "show", "job", str(job))
    assert {path.name.split("-")[0] for path in (out / "workers").glob("*.log")} == {"n1", "n2"}
    assert_same_rows(out, study_at_home)


@pytest.mark.thorough
def test_a_cancelled_study_is_not_queued_again_and_can_be_continued_here(
    slurm, capsys, study_at_home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "study"
    (job,) = submit(capsys, "--study", str(study_at_home / "tiny.toml"), "--out", str(out))
    wait_for_a_generation_of(slurm, out)
    slurm.run("scancel", str(job))
    assert slurm.wait_for_job(job) == "CANCELLED"
    assert "queued again" not in events(out)
    assert study_status(capsys, out)["state"] == "stopped"
    assert main(["study", str(out / "study.toml"), "--out", str(out), "--workers", "1"]) == 0
    assert_same_rows(out, study_at_home)
