"""Text in terminals and pipes: widths, colours, bars, notes, help and completion."""

from __future__ import annotations

import logging.config
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from neurosim_rl.analysis.text_page import TextPage
from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.cli import main
from neurosim_rl.cli.examples import EXAMPLES
from neurosim_rl.cli.main import COMMANDS, GROUPS, LONG_COMMANDS, _parser
from neurosim_rl.cli.messages import print_note
from neurosim_rl.cli.terminal import fitted_lines, print_page
from tests.terminal import run_in_terminal

ROOT = Path(__file__).parents[2]
STUDY = ROOT / "benchmarks" / "studies" / "mountain-car"
TINY = [*("--generations", "1", "--population", "3", "--workers", "1", "--set", "episodes=1")]
TINY += ["--set", "validation_episodes=1"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two finished runs of different settings; the tests work beside it."""
    folder = tmp_path_factory.mktemp("terminal")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for seed in ("1", "2"):
            settings = ["--seed", seed, "--set", f"model.hidden=[{seed}]"]
            assert main(["evolve", "cart-pole", *TINY, *settings, "--out", f"runs/{seed}", "--no-figures"]) == 0
    return folder


WIDE = [
    ["list"],
    ["list", "tasks"],
    ["list", "optimizers"],
    ["list", "champions"],
    ["list", "optimizer", "cma-es"],
    ["list", "task", "ant"],
    ["status", "runs"],
    ["show", "runs/1"],
    ["show", "champion:ant"],
    ["compare", "runs"],
    ["report", "champion:cart-pole-linear", "--no-film", "--out", "page.html"],
    ["export", "champion:cart-pole-linear", "--csv", "tables"],
    ["analyse", "runs/1", "--no-figures"],
    ["evaluate", "runs/1", "--episodes", "2", "--workers", "1"],
    ["verify", "runs/1"],
    ["results", "--champions", "runs", "--task", "cart-pole", "--episodes", "2", "--workers", "1"],
    ["study", f"{STUDY}.toml", "--table", f"{STUDY}/study.h5"],
]


@pytest.mark.parametrize("command", WIDE, ids=" ".join)
def test_no_line_is_longer_than_the_terminal(
    command: list[str], runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(runs)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(command) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert len(lines) >= 1
    assert [line for line in lines if len(line) > 80] == []
    assert "\x1b" not in captured.out, "a pipe gets no colours"


@pytest.mark.parametrize("command", [[], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_fits_and_has_examples(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    if command:
        with pytest.raises(SystemExit, match="0"):
            main(command)
    else:
        assert main(command) == 0
    text = capsys.readouterr().out
    assert [line for line in text.splitlines() if len(line) > 80] == []
    names = re.findall(r"^  ([a-z]+) {2,}[A-Z]", text, re.MULTILINE)
    assert ("examples:" in text) if command else (sorted(names) == sorted(COMMANDS))


def test_each_command_is_in_one_group_and_has_examples_that_it_understands() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(COMMANDS)
    assert sorted(EXAMPLES) == sorted(COMMANDS)
    for name, examples in EXAMPLES.items():
        for line in examples:
            words = shlex.split(line.removeprefix('eval "$(').removesuffix(')"'))
            assert words[:2] == ["neurosim-rl", name]
            assert callable(_parser(name).parse_args(words[1:]).command)


@pytest.mark.parametrize("name", sorted(LONG_COMMANDS))
def test_commands_that_run_for_long_can_be_quiet_and_log(name: str) -> None:
    line = next(iter(EXAMPLES[name]))
    options = _parser(name).parse_args([*shlex.split(line)[1:], "--quiet", "--log-level", "info"])
    assert options.quiet
    assert options.log_level == "info"


PAGE = TextPage(("identical", TextTable(("name", "value"), [("a", "1")], ("value",), rule=True)))


def shown_in_terminal(code: str, **environment: str) -> str:
    """Return what a program prints to a terminal of its own."""
    shown = run_in_terminal(["-c", code], folder=ROOT, environment=environment)
    assert shown.code == 0
    return shown.text.replace("\r\n", "\n")


PRINTS = "from tests.cli.test_terminal import PAGE, print_page; print_page(PAGE)"


def test_a_terminal_gets_colours_unless_no_color_is_set() -> None:
    coloured = shown_in_terminal(PRINTS)
    assert "\x1b[32midentical\x1b[0m" in coloured, "green"
    assert "\x1b[1mname" in coloured, "bold"
    plain = shown_in_terminal(PRINTS, NO_COLOR="1")
    assert plain.splitlines() == ["identical", "name  value", "-----------", "a         1"]
    assert "\x1b" not in shown_in_terminal(PRINTS, TERM="dumb")


def test_a_pipe_gets_the_text_without_any_limit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    long = TextPage(("word " * 50, TextTable(("text",), [("x" * 200,)])))
    print_page(long)
    assert capsys.readouterr().out == f"{long}\n"


def test_control_characters_of_a_file_are_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for columns in ("0", "40"):  # none; a terminal
        monkeypatch.setenv("COLUMNS", columns)
        print_page(TextPage(("a\x1b[31mb [bold]", TextTable(("h",), [("c\x1b]0;d [red]e",)]))))
        text = capsys.readouterr().out
        assert "\x1b" not in text
        assert "a\\x1b[31mb [bold]" in text, "and no markup is read in it"
        assert "c\\x1b]0;d [red]e" in text


def test_paths_are_never_broken() -> None:
    path = "/" + "a" * 100
    assert fitted_lines(f"see {path} now", 40) == ["see", f"  {path}", "  now"]
    assert fitted_lines("  four words are here", 12) == ["  four words", "    are here"]


def test_an_error_is_folded_between_words_in_a_terminal_and_is_one_line_in_a_pipe() -> None:
    words = ["-m", "neurosim_rl", "show", "runs/" + "a" * 50, "--no-such-option"]
    shown = run_in_terminal(words, folder=ROOT)
    assert shown.code == 2
    folded = shown.lines()
    assert len(folded) >= 2
    assert shown.too_long() == []
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.count("\n") == 1
    assert " ".join(line.strip() for line in folded) == done.stderr.strip()


def test_wide_characters_take_two_columns(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    assert fitted_lines("カー トは 走る", 10) == ["カー トは", "  走る"]
    monkeypatch.setenv("COLUMNS", "60")
    table = TextTable(("実行", "state", "text"), [("走る" * 6, "running", "数値 " * 12), ("a", "stopped", "b")])
    print_page(TextPage((table,)))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 4
    assert max(map(cell_len, lines)) <= 60
    assert len({cell_len(line.partition("state")[0]) for line in lines if "state" in line}) == 1
    plain = str(table).splitlines()
    assert [cell_len(plain[0].partition("state")[0])] == [cell_len(plain[1].partition("running")[0])]


def test_quiet_prints_the_result_alone(runs: Path, monkeypatch: pytest.MonkeyPatch, capfd) -> None:
    monkeypatch.chdir(runs)
    assert main(["evolve", "cart-pole", *TINY, "--out", "loud", "--no-figures"]) == 0
    loud = capfd.readouterr()
    assert main(["evolve", "cart-pole", *TINY, "--out", "quiet", "--no-figures", "--quiet"]) == 0
    quiet = capfd.readouterr()
    assert quiet.err == ""
    assert quiet.out == loud.out
    assert "cart-pole, seed" in loud.err
    assert "gen" in loud.err, "the bar"


def test_the_end_of_a_run_names_commands_that_work(runs: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(runs)
    assert main(["resume", "runs/1", "--no-figures"]) == 0
    text = capsys.readouterr().err.partition("Next:\n")[2]
    commands = [shlex.split(line.partition("  (")[0].strip()) for line in text.splitlines()]
    assert [words[1] for words in commands] == ["plot", "report", "analyse", "verify", "record"]
    assert main(commands[3][1:]) == 0
    for words in commands:
        assert words[0] == "neurosim-rl"
        options = _parser(words[1]).parse_args(words[1:])
        assert options.runs == ["runs/1"] if words[1] == "report" else options.run == "runs/1"


@pytest.fixture
def disabled_loggers() -> Iterator[None]:
    """As L2L's experiments leave them: its configuration of logging disables all loggers that exist."""
    enabled = [
        logger
        for logger in logging.root.manager.loggerDict.values()
        if isinstance(logger, logging.Logger) and not logger.disabled
    ]
    logging.config.dictConfig({"version": 1})
    yield
    for logger in enabled:
        logger.disabled = False


@pytest.mark.usefixtures("disabled_loggers")
def test_the_log_has_the_events_of_the_run_and_in_detail_its_generations(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(runs)
    assert logging.getLogger("neurosim_rl.runs").disabled
    for level, has_events, has_generations in (("warning", False, False), ("info", True, False), ("debug", True, True)):
        arguments = ["evolve", "cart-pole", *TINY, "--out", level, "--no-figures", "--quiet", "--log-level", level]
        assert main(arguments) == 0
        text = capsys.readouterr().err
        assert (f"INFO {level}: finished: mean return" in text) is has_events
        assert ("DEBUG generation 1: best" in text) is has_generations
    print_note("seen again")
    assert capsys.readouterr().err == "seen again\n"


def completions(line: str) -> set[str]:
    """Return what bash is given for a line, as by the tabulator key."""
    done = subprocess.run(
        [sys.executable, "-c", "from neurosim_rl.cli import main; main()"],
        env={
            **os.environ,
            "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_IFS": "\n",
            "_ARGCOMPLETE_SHELL": "bash",
            "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
            "COMP_TYPE": "9",
            "_ARGCOMPLETE_STDOUT_FILENAME": "/dev/stdout",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split("\n"))


def test_commands_options_and_names_are_completed() -> None:
    assert completions("neurosim-rl ev") == {"evolve", "evaluate"}
    assert {"cart-pole", "cart-pole-hasegan2022"} <= completions("neurosim-rl evolve cart-")
    assert completions("neurosim-rl evolve cart-pole --optimizer cma") == {"cma-es"}
    assert completions("neurosim-rl evolve cart-pole --max") == {"--max-hours"}
    assert "cma-es" in completions("neurosim-rl list optimizers c")
    assert "champions" not in completions("neurosim-rl new c")
    # bash breaks words at colons, and expects what follows the colon.
    assert "champion:ant-linear" in {
        f"champion:{text.rpartition(':')[2]}" for text in completions("neurosim-rl show champion:ant-l")
    }


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_lines_for_a_shell_are_valid(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    assert "neurosim-rl" in text
    if shell == "bash":
        script = f"{text}\ncomplete -p neurosim-rl"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        assert re.search(r"complete .*-F _python_argcomplete neurosim-rl", done.stdout)
    else:
        assert text.startswith("#compdef neurosim-rl")
