"""The command line, as a user types it."""

import argparse
import contextlib
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.cli import main
from neurosim_rl.cli.main import COMMANDS, add_command
from neurosim_rl.runs.champion import read_champion
from tests.waiting import wait_until

CLI = Path(__file__).parents[2] / "neurosim_rl" / "cli"
TINY = [
    "--generations",
    "2",
    "--population",
    "4",
    "--workers",
    "1",
    "--set",
    "episodes=1",
    "--set",
    "validation_episodes=2",
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "run"
    assert main(["evolve", "cart-pole", *TINY, "--out", str(path), "--no-figures"]) == 0
    return path


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one line with which a command is refused."""
    with contextlib.suppress(SystemExit):  # argparse exits by itself; the one line below tells that it refused
        assert main(list(arguments)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    return captured.err


def test_list_names_everything(capsys) -> None:
    listed = json.loads(output(capsys, "list", "--json"))
    assert {"mountain-car", "mountain-car-yegenoglu2022", "cart-pole"} <= set(listed["tasks"])
    overview = output(capsys, "list")
    for kind, names in listed.items():
        assert re.search(rf"^{kind} +{len(names)}  ", overview, re.MULTILINE), kind
        text = output(capsys, "list", kind)
        assert [name for name in names if name not in text] == []
    assert output(capsys, "list", "fitness", "return").startswith("fitness return\n")
    assert output(capsys, "list", "tasks", "cart-pole").startswith("task cart-pole\n")


def test_evaluate_prints_one_json_object(run: Path, capsys) -> None:
    result = json.loads(output(capsys, "evaluate", str(run), "--episodes", "3", "--workers", "1", "--json"))
    assert result["task"] == "cart-pole"
    assert result["episodes"] == 3
    assert result["first_seed"] == 1_000_000
    assert result["ci95"][0] <= result["mean_return"] <= result["ci95"][1]
    assert result["mean_return"] == result["mean_length"]  # one point a step
    assert result["simulator"] == "compiled"
    in_nest = ["evaluate", str(run), "--episodes", "3", "--workers", "1", "--simulator", "nest", "--json"]
    assert json.loads(output(capsys, *in_nest)) == {**result, "simulator": "nest"}
    assert 0 <= result["success_rate"] <= 1


def test_evaluate_compares_with_the_random_policy_and_the_rule(run: Path, capsys) -> None:
    text = output(capsys, "evaluate", str(run), "--episodes", "3", "--first-seed", "5", "--workers", "1")
    assert "random policy" in text
    assert "push to the side of angle + angular velocity" in text


def test_verify_replays_in_nest(run: Path, capsys) -> None:
    result = json.loads(output(capsys, "verify", str(run), "--json"))
    assert result["spikes_compared"] > 100
    assert result["spikes_differing"] == result["actions_differing"] == 0
    assert "identical" in output(capsys, "verify", str(run))


def test_show_summarizes_a_run(run: Path, capsys) -> None:
    result = json.loads(output(capsys, "show", str(run), "--json"))
    assert result["generations"] == 2
    assert result["evaluations"] == 8
    assert result["complete"] is True
    assert len(result["champion_sha256"]) == 64
    text = output(capsys, "show", str(run))
    assert "2 of 2 generations, 8 evaluations" in text
    assert "random policy" in text


def test_show_works_on_a_champion_file(run: Path, capsys) -> None:
    result = json.loads(output(capsys, "show", str(run / "champion.h5"), "--json"))
    assert result["champion_sha256"] == json.loads(output(capsys, "show", str(run), "--json"))["champion_sha256"]


def test_plot_draws_into_the_run_folder(run: Path, capsys) -> None:
    paths = output(capsys, "plot", str(run)).split()
    assert {Path(p).name for p in paths} >= {"fitness.png", "responses.png", "episode.png", "raster.png"}
    for path in paths:
        assert Path(path).read_bytes().startswith(b"\x89PNG")


def test_resume_of_a_finished_run_changes_nothing(run: Path, capsys) -> None:
    before = json.loads(output(capsys, "show", str(run), "--json"))
    assert main(["resume", str(run), "--workers", "1", "--no-figures"]) == 0
    capsys.readouterr()
    assert json.loads(output(capsys, "show", str(run), "--json"))["champion_sha256"] == before["champion_sha256"]


def test_a_configuration_file_sets_what_the_command_line_does_not(tmp_path, capsys) -> None:
    file = tmp_path / "f.toml"
    file.write_text(
        'seed = 7\ngenerations = 9\n[model]\nhidden = [3]\n[encoder.tuning]\nname = "one-hot"\nn_bins = 4\n'
    )
    out = tmp_path / "run"
    assert main(["evolve", "cart-pole", *TINY, "--config", str(file), "--out", str(out), "--no-figures"]) == 0
    capsys.readouterr()
    result = json.loads(output(capsys, "show", str(out), "--json"))
    assert result["seed"] == 7
    assert result["generations"] == 2
    text = (out / "config.toml").read_text()
    assert 'name = "one-hot"' in text
    assert "n_bins = 4" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evolv", "cart-pole"], "Did you mean 'evolve'"),
        (["evolve", "mountain-cart"], "Did you mean 'mountain-car'"),
        (["evolve", "cart-pole", "--optimizer", "genetics"], "Did you mean 'genetic'"),
        (["evolve", "cart-pole", "--simulator", "neuron"], "unknown value for simulator 'neuron'"),
        (["evolve", "cart-pole", "--set", "encodr.peak_pa=3"], "Did you mean 'encoder'"),
        (["evolve", "cart-pole", "--set", "encoder.peak=3"], "Did you mean 'peak_pa'"),
        (["evolve", "cart-pole", "--set", "environment.id=CartPole-v7"], "Did you mean 'CartPole-v"),
        (["evolve", "cart-pole", "--set", "generations"], "expected key=value"),
        (["evolve", "cart-pole", "--set", "window_ms=0.3"], "not a multiple of the resolution"),
        (["evolve", "cart-pole", "--generations", "0"], "expected at least 1"),
        (["evolve", "cart-pole", "--generations", "many"], "invalid int value"),
        (["evolve", "cart-pole", "--config", "nowhere.toml"], "cannot read configuration file"),
        (["evaluate", "nowhere"], "does not exist"),
        (["evaluate", "champion:mountain-cat"], "unknown champion"),
        (["show", "nowhere"], "does not exist"),
        (["verify", "nowhere"], "does not exist"),
        (["plot", "nowhere"], "not a run folder"),
        (["resume", "nowhere"], "does not exist"),
    ],
)
def test_wrong_input_is_refused_in_one_line(arguments: list[str], message: str, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refusal(capsys, *arguments)
    assert not list(tmp_path.iterdir()), "a refused command leaves nothing behind"


def test_an_existing_folder_is_not_overwritten(run: Path, capsys) -> None:
    before = {p: p.read_bytes() for p in run.iterdir() if p.is_file()}
    assert "exists. Choose another folder" in refusal(capsys, "evolve", "cart-pole", *TINY, "--out", str(run))
    assert before == {p: p.read_bytes() for p in run.iterdir() if p.is_file()}


def test_a_foreign_folder_is_refused(tmp_path, capsys) -> None:
    (tmp_path / "letter.txt").write_text("dear friend")
    assert "is not a run folder" in refusal(capsys, "show", str(tmp_path))


@pytest.mark.parametrize("name", ["champion.h5", "run.h5", "config.toml"])
def test_a_truncated_file_is_refused(run: Path, name: str, tmp_path, capsys) -> None:
    copy = tmp_path / "run"
    copy.mkdir()
    for path in run.iterdir():
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes())
    whole = (copy / name).read_bytes()
    (copy / name).write_bytes(whole[: len(whole) * 2 // 5])
    assert "damaged" in refusal(capsys, "show", str(copy))


def test_a_genome_of_the_wrong_length_is_refused(run: Path, tmp_path, capsys) -> None:
    copy = tmp_path / "champion.h5"
    dataclasses.replace(read_champion(run), vector=np.array([1.0, 2.0])).write(copy)
    assert "genome has shape (2,); expected (130,)" in refusal(capsys, "evaluate", str(copy), "--workers", "1")


def test_seeds_that_are_trained_on_cannot_be_evaluated(run: Path, capsys) -> None:
    assert "are trained on" in refusal(capsys, "evaluate", str(run), "--first-seed", str(2**30))


def test_the_recipe_s_training_starts_cannot_be_evaluated(tmp_path, capsys) -> None:
    out = tmp_path / "run"
    arguments = ["evolve", "mountain-car-yegenoglu2022", *TINY, "--out", str(out), "--no-figures"]
    assert main(arguments) == 0
    capsys.readouterr()
    assert "trained on seeds 0 to 1" in refusal(capsys, "evaluate", str(out), "--first-seed", "1", "--episodes", "2")
    assert main(["evaluate", str(out), "--first-seed", "2", "--episodes", "2", "--workers", "1"]) == 0


def test_an_internal_error_is_one_line_and_exit_code_1(monkeypatch, capsys) -> None:
    monkeypatch.setattr("neurosim_rl.cli.catalogue_pages.overview_page", lambda: 1 / 0)
    assert main(["list"]) == 1
    assert "internal error: ZeroDivisionError" in capsys.readouterr().err
    assert main(["list", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_keeps_finished_generations_and_says_how_to_go_on(tmp_path, capsys) -> None:
    out = tmp_path / "run"
    command = [
        sys.executable,
        "-m",
        "neurosim_rl.cli",
        "evolve",
        "cart-pole",
        *TINY,
        "--generations",
        "1000",
        "--out",
        str(out),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ}
    )
    wait_until(
        lambda: any((out / "generations").glob("*.h5")),
        "a generation",
        lambda: "it ended" if process.poll() is not None else None,
    )
    process.send_signal(signal.SIGTERM)
    stdout, _ = process.communicate()
    assert process.returncode == 130
    assert f"neurosim-rl resume {out}" in stdout
    assert main(["show", str(out), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["complete"] is False
    assert summary["generations"] >= 1


def test_a_full_disk_is_one_line_and_loses_nothing_that_was_written(tmp_path) -> None:
    out = tmp_path / "run"
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)); "  # a generation fits, the champion does not
        "from neurosim_rl.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", limited, "evolve", "cart-pole", *TINY, "--out", str(out), "--no-figures"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    message = done.stderr.strip().splitlines()[-1]
    assert message.startswith("neurosim-rl: error: cannot write")
    assert "champion.h5" in message
    assert read_champion(out).missing  # it was written before it was measured, and is kept
    assert not list(out.rglob("*.tmp"))
    assert main(["resume", str(out), "--workers", "1", "--no-figures"]) == 0
    assert not read_champion(out).missing


def test_workers_that_cannot_be_started_leave_no_folder(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    text = refusal(capsys, "evolve", "cart-pole", *TINY, "--execution", "slurm", "--out", str(tmp_path / "run"))
    assert "SLURM_JOB_ID is not set here" in text
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_line_of_a_command_is_that_of_its_function(name: str) -> None:
    parser = argparse.ArgumentParser()
    add_command(parser, name)
    function = parser.get_default("command")
    assert (function.__doc__ or "").strip().splitlines()[0] == COMMANDS[name]


def test_every_module_named_after_a_verb_is_a_command() -> None:
    shared = {"__init__", "__main__", "arguments", "catalogue", "catalogue_pages", "examples", "main", "messages"}
    shared |= {"run_options", "sign_of_life", "signals", "surroundings", "terminal"}
    files = {path.stem if path.stem.startswith("_") else path.stem.rstrip("_") for path in CLI.glob("*.py")}
    assert files - shared == set(COMMANDS)
