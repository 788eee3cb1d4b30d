"""Commands in odd surroundings: full disks, other encodings, no home, a wrong choice of windows, long names."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from neurosim_rl.cli import main
from neurosim_rl.cli.surroundings import any_surroundings

SHOW = ["show", "champion:mountain-car"]


def run(arguments: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "neurosim_rl.cli", *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def test_a_full_disk_under_standard_output_is_one_line(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "stdout", open("/dev/full", "w"))  # noqa: SIM115  # main flushes it
    assert main(SHOW) == 2
    assert capsys.readouterr().err == "neurosim-rl: error: No space left on device. Free some space.\n"


def test_a_full_disk_is_noticed_once_and_not_again_at_the_end_of_the_process() -> None:
    command = f"{sys.executable} -m neurosim_rl.cli {' '.join(SHOW)} > /dev/full"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_help_on_a_full_disk_is_one_line(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "stdout", open("/dev/full", "w"))  # noqa: SIM115
    assert main(["--help"]) == 2
    assert "No space left" in capsys.readouterr().err


def test_text_that_the_encoding_lacks_is_escaped(monkeypatch) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="ascii", errors="strict")
    monkeypatch.setattr(sys, "stdout", stream)
    with any_surroundings():
        print("fl\u00fcgel \udcff")
    stream.flush()
    assert written.getvalue() == b"fl\\xfcgel \\udcff\n"
    assert stream.errors == "strict"


def test_a_wrong_choice_of_windows_does_no_harm(tmp_path: Path) -> None:
    done = run(["plot", "champion:cart-pole", "--out", str(tmp_path)], MPLBACKEND="nonsense")
    assert done.returncode == 0, done.stderr


def test_the_choice_of_windows_is_the_same_after_a_command(monkeypatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "nonsense")
    with any_surroundings():
        assert os.environ["MPLBACKEND"] == "agg"
    assert os.environ["MPLBACKEND"] == "nonsense"
    monkeypatch.delenv("MPLBACKEND")
    with any_surroundings():
        pass
    assert "MPLBACKEND" not in os.environ


LONG = "a" * 300


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", LONG],
        ["resume", LONG],
        ["status", LONG],
        ["evaluate", LONG],
        ["plot", "champion:cart-pole", "--out", LONG],
        ["evolve", "cart-pole", "--config", LONG],
        ["evolve", "cart-pole", "--out", LONG],
        ["evolve", "cart-pole", "--start-from", LONG],
        ["study", LONG],
        ["submit", "--study", LONG, "--dry-run"],
        ["submit", "cart-pole", "--profile", LONG, "--dry-run"],
        ["compare", LONG],
        ["export", "champion:cart-pole", LONG],
        ["import", LONG],
        ["record", "champion:cart-pole", "--out", LONG],
    ],
    ids=" ".join,
)
def test_a_name_that_is_too_long_is_one_line(arguments, capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    code: object
    try:
        code = main(arguments)
    except SystemExit as end:
        code = end.code
    error = capsys.readouterr().err
    assert (code, error.count("\n")) == (2, 1), error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError("Unable to allocate 7 GiB"), "out of memory: Unable to allocate 7 GiB. Set a smaller"),
        (MemoryError(), "out of memory: no memory is left. Set a smaller"),
        (RecursionError("maximum depth"), "the settings or files are nested too deeply: maximum depth."),
        (PermissionError(13, "Permission denied", "x"), "Permission denied: 'x'. Choose a place where you may"),
        (OSError("no number"), "no number. Check the path."),
    ],
)
def test_errors_of_the_machine_are_the_users(error, expected: str, monkeypatch, capsys) -> None:
    def fails(options: object) -> int:
        raise error

    monkeypatch.setattr("neurosim_rl.cli.list.list_command", fails)
    assert main(["list"]) == 2
    assert capsys.readouterr().err.startswith(f"neurosim-rl: error: {expected}")


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch, capsys) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert main(["submit", "mountain-car", "--profile", "nosuch", "--dry-run"]) == 2
    assert "Set HOME or XDG_CONFIG_HOME, or give the profile as a file" in capsys.readouterr().err
