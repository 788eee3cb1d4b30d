"""Printed commands: what the user copies names the same files, whatever they are called."""

import shlex
from pathlib import Path

import pytest

from neurosim_rl.cli.evolve import _print_interrupted, next_steps
from neurosim_rl.errors import RunFolderError
from neurosim_rl.reports.run import show_page
from neurosim_rl.reports.subject import Subject
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion, shipped_champions
from neurosim_rl.runs.status import status_json, status_text
from neurosim_rl.settings.command_line import command_line
from neurosim_rl.training.configure import configure

NAMES = ["my run", "it's mine; touch 1 $(touch 2) `touch 3` > 4", "*", "~", "a\\b"]


def words_in(text: str, command: str = "neurosim-rl resume") -> list[str]:
    """Return the words that a shell makes of a printed command, of which the rest of the line is left out."""
    (line,) = [line for line in text.splitlines() if command in line]
    return shlex.split(line[line.index(command) :].partition("  (")[0])


@pytest.mark.parametrize("name", NAMES)
def test_the_shell_reads_a_printed_command_as_it_was_meant(name: str) -> None:
    assert shlex.split(command_line("resume", Path(name), "--workers", 2)) == [
        "neurosim-rl",
        "resume",
        name,
        "--workers",
        "2",
    ]


def test_control_characters_reach_no_terminal() -> None:
    assert command_line("resume", "a\x1b[31m\n") == r"neurosim-rl resume 'a\x1b[31m\n'"


@pytest.mark.parametrize("name", NAMES)
def test_every_place_that_says_how_a_run_goes_on_quotes_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = tmp_path / name
    folder = RunFolder.create(path, config := configure("mountain-car"))
    expected = ["neurosim-rl", "resume", str(path)]
    assert words_in(status_text([status_json(path)])) == expected
    assert words_in(str(show_page(str(path)))) == expected
    for refused in (
        lambda: RunFolder.create(path, config),
        lambda: read_champion(path),
        lambda: Subject.of(str(path)),
    ):
        with pytest.raises(RunFolderError, match="neurosim-rl resume ") as error:
            refused()
        assert words_in(str(error.value)) == expected
    _print_interrupted(folder, ["tensorboard"])
    assert words_in(capsys.readouterr().out) == [*expected, "--track", "tensorboard"]
    champion = read_champion(shipped_champions()["mountain-car"])
    for line in next_steps(path, champion, [])[1:]:
        words = words_in(line, "neurosim-rl")
        assert words[2] == str(path)
        assert words[3:] in ([], ["--episodes", "3"], ["--out", f"{name}.gif"])
