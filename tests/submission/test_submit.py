"""The command ``submit`` without a cluster: what it refuses, and what a dry run shows."""

import os
import subprocess
from pathlib import Path

import pytest

from neurosim_rl.cli import main
from tests.cli.test_main import output, refusal

TINY = ["--generations", "2", "--population", "4", "--set", "validation_episodes=2"]


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start in an empty folder, with no profiles."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_a_dry_run_prints_the_script_and_makes_nothing(tmp_path: Path, capsys) -> None:
    text = output(capsys, "submit", "cart-pole", *TINY, "--dry-run", "--time", "10:00", "--workers", "2")
    assert text.startswith(f"# {tmp_path}/runs/cart-pole-seed1/job.sbatch\n#!/bin/bash\n")
    assert "\n#SBATCH --time=10:00\n" in text
    assert "\n#SBATCH --cpus-per-task=2\n" in text
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    assert not list(tmp_path.iterdir())


def test_a_percent_sign_of_the_folder_is_none_of_slurm_s_patterns(tmp_path: Path, capsys) -> None:
    text = output(capsys, "submit", "cart-pole", *TINY, "--dry-run", "--out", "dropout50%noise", "--memory", "4GB")
    assert f'\n#SBATCH --output="{tmp_path}/dropout50%%noise/slurm-%j.log"\n' in text
    assert "\n#SBATCH --mem=4GB\n" in text


def test_a_dry_run_of_an_array_prints_all_its_files(tmp_path: Path, capsys) -> None:
    array = ["--seeds", "1-3", "--grid", "decoder.tie=first,random", "--max-parallel", "2", "--out", "out"]
    text = output(capsys, "submit", "cart-pole", *TINY, *array, "--dry-run")
    files = [line for line in text.splitlines() if line.startswith(f"# {tmp_path}")]
    assert files == [f"# {tmp_path}/out/{name}" for name in ("job.sbatch", "compare.sbatch", "runs.toml")]
    assert "\n#SBATCH --array=0-5%2\n" in text
    assert not list(tmp_path.iterdir())


STUDY = """seeds = "1-2"
evaluations = 8
[grid]
"optimizer.name" = ["genetic", "cma-es"]
[settings]
task = "cart-pole"
validation_episodes = 1
"optimizer.population" = 4
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "sizes.toml"
    path.write_text(STUDY)
    return path


def test_a_dry_run_of_a_study_prints_its_script_and_its_file(study: Path, tmp_path: Path, capsys) -> None:
    cluster = ["--nodes", "2", "--workers", "4", "--time", "10:00", "--no-figures", "--together", "3", "--discard-runs"]
    text = output(capsys, "submit", "--study", "sizes.toml", *cluster, "--dry-run")
    script, file = text.split(f"\n# {tmp_path}/runs/sizes/study.toml\n")
    assert file == STUDY
    assert script.startswith(f"# {tmp_path}/runs/sizes/job.sbatch\n#!/bin/bash\n")
    assert '\n#SBATCH --job-name="sizes"\n' in script
    assert "\n#SBATCH --ntasks-per-node=2\n" in script
    assert ' study "$run/study.toml" --out "$run" --set execution.name=slurm ' in script
    assert " --workers 4 --together 3 --discard-runs --no-figures &\n" in script
    assert list(tmp_path.iterdir()) == [study]


@pytest.mark.parametrize(
    ("more", "name"),
    [
        (["cart-pole"], "TASK"),
        (["--seeds", "1-3"], "--seeds"),
        (["--seed", "0"], "--seed"),
        (["--grid", "decoder.tie=first,random"], "--grid"),
        (["--set", "episodes=3"], "--set"),
        (["--config", "sizes.toml"], "--config"),
        (["--timeout-s", "3"], "--timeout-s"),
        (["--model", "dense"], "--model"),
    ],
)
def test_what_a_study_runs_is_said_in_its_file(study: Path, more: list[str], name: str, capsys) -> None:
    message = refusal(capsys, "submit", *more, "--study", "sizes.toml", "--dry-run")
    assert f"error: {name} with --study: the settings of a study are in sizes.toml" in message


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("evaluations", "evaluation", "Did you mean 'evaluations'"),
        ("cma-es", "cma-se", "Did you mean 'cma-es'"),
        ("optimizer.population", "optimizer.populaton", "Did you mean 'population'"),
        ("evaluations = 8", "evaluations = 3", "is less than one generation"),
        ("[grid]", "[grid", "sizes.toml is not valid TOML"),
    ],
)
def test_a_study_s_mistakes_are_found_before_it_is_submitted(
    study: Path, right: str, wrong: str, message: str, tmp_path: Path, capsys
) -> None:
    study.write_text(STUDY.replace(right, wrong))
    assert message in refusal(capsys, "submit", "--study", "sizes.toml", "--dry-run")
    assert list(tmp_path.iterdir()) == [study]


def test_a_dry_run_needs_no_slurm(capsys, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "resume" in output(capsys, "submit", "cart-pole", *TINY, "--dry-run")


def test_without_slurm_nothing_is_made(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "sbatch is not found" in refusal(capsys, "submit", "cart-pole", *TINY)
    assert not list(tmp_path.iterdir())


def test_a_profile_s_file_is_read_and_the_command_line_wins(tmp_path: Path, capsys) -> None:
    Path("mine.toml").write_text('partition = "batch"\naccount = "me"\nnodes = 2\nworkers_per_node = 4\n')
    text = output(capsys, "submit", "cart-pole", *TINY, "--dry-run", "--profile", "mine.toml", "--partition", "fast")
    for line in ("partition=fast", "account=me", "nodes=2", "ntasks-per-node=4"):
        assert f"\n#SBATCH --{line}\n" in text
    assert "execution.name=slurm" in text
    assert "--workers 8" in text


def test_the_number_of_workers_is_that_of_all_nodes(capsys) -> None:
    text = output(capsys, "submit", "cart-pole", *TINY, "--dry-run", "--nodes", "2", "--workers", "6")
    assert "\n#SBATCH --ntasks-per-node=3\n" in text
    assert "--workers 6" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["submit"], "expected a TASK (see neurosim-rl list), or --study FILE.toml"),
        (["submit", "--study", "nowhere.toml"], "cannot read configuration file nowhere.toml"),
        (["submit", "cart-pole", "--discard-runs"], "apply to studies only. Add --study FILE.toml"),
        (["submit", "cart-pole", "--together", "2"], "apply to studies only. Add --study FILE.toml"),
        (["submit", "cart-poll"], "Did you mean 'cart-pole'"),
        (["submit", "cart-pole", "--set", "encodr.peak_pa=3"], "Did you mean 'encoder'"),
        (["submit", "cart-pole", "--profile", "jureca"], "unknown profile 'jureca'"),
        (["submit", "cart-pole", "--profile", "nowhere.toml"], "cannot read configuration file nowhere.toml"),
        (["submit", "cart-pole", "--time", "soon"], "expected a value for sbatch, such as 04:00:00"),
        (["submit", "cart-pole", "--nodes", "0"], "profile.nodes = 0 is out of range"),
        (["submit", "cart-pole", "--nodes", "2", "--workers", "3"], "expected a multiple of the nodes"),
        (["submit", "cart-pole", "--execution", "slrm"], "Did you mean 'slurm'"),
        (["submit", "cart-pole", "--seeds", "1-x"], "is neither a seed nor a range"),
        (["submit", "cart-pole", "--seeds", "0-9999999999"], "10000000000 seeds or more; expected at most 1000000"),
        (["submit", "cart-pole", "--seeds", "0-200000"], "an array of 200001 runs: Slurm takes at most"),
        (["submit", "cart-pole", "--seeds", "9" * 5000], "is neither a seed nor a range"),
        (["submit", "cart-pole", "--out", "a\nb"], "expected text on one line, without control characters"),
        (["submit", "cart-pole", "--out", "a\\b"], "a path with a backslash. Choose another folder"),
        (["submit", "cart-pole", "--seed", "1", "--seeds", "1-2"], "expected one of them"),
        (["submit", "cart-pole", "--grid", "decoder.tie"], "expected key=v1,v2"),
        (["submit", "cart-pole", "--grid", "decoder.tie=first,randm"], "Did you mean 'random'"),
        (["submit", "cart-pole", "--grid", "decoder.ties=first"], "Did you mean 'tie'"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_made(arguments: list[str], message: str, tmp_path, capsys) -> None:
    assert message in refusal(capsys, *arguments, "--dry-run")
    assert not list(tmp_path.iterdir())


@pytest.mark.slurm
def test_a_job_that_slurm_refuses_leaves_the_folder_and_says_how_to_submit_it(slurm, capsys, tmp_path: Path) -> None:
    message = refusal(capsys, "submit", "cart-pole", *TINY, "--partition", "nowhere", "--out", "run")
    assert "invalid partition specified: nowhere" in message
    assert message.rstrip().endswith(f"submit it: sbatch --parsable {tmp_path}/run/job.sbatch")
    script = tmp_path / "run" / "job.sbatch"
    script.write_text(script.read_text().replace("nowhere", "main"))
    job = int(subprocess.check_output(["sbatch", "--parsable", str(script)], env=os.environ))
    assert slurm.wait_for_job(job) == "COMPLETED"
    assert main(["show", "run"]) == 0
