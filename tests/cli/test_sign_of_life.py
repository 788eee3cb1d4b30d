"""The sign of life: every command has one, it fits the terminal, and nothing else is on its line."""

from __future__ import annotations

import argparse
import ast
import importlib
import io
import re
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from neurosim_rl.cli import main
from neurosim_rl.cli.arguments import print_output
from neurosim_rl.cli.main import COMMANDS
from neurosim_rl.cli.messages import messages, print_note, print_problem, without_sign, working
from neurosim_rl.cli.sign_of_life import SIGN
from tests.structure import modules, tree
from tests.waiting import wait_until

MAIN = importlib.import_module("neurosim_rl.cli.main")  # its package has a function of this name
SIGN_OF_100 = re.compile(r"\rplay 100 episodes \.\.\. \d+ s\r")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch, _no_sign_of_life_on_a_busy_machine: None) -> None:
    """The first sign comes at once; the others, as ever, after a second."""
    monkeypatch.setattr("neurosim_rl.cli.sign_of_life.FIRST_SIGN_S", 0.0)


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def one_stream(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return what stands for both standard streams, as in a terminal, for the rest of the test.

    No fixture does this: pytest sets the streams when the test begins.
    """
    found = Terminal()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setattr(sys, "stdout", found)
    return found


def written(stream: io.StringIO, text: str) -> Callable[[], bool]:
    return lambda: text in stream.getvalue()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_says_that_it_works(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command waits until the sign has come; without one the test would time out."""
    stream = one_stream(monkeypatch)

    def waits(options: argparse.Namespace) -> int:
        wait_until(written(stream, f"\rneurosim-rl {name} ... "), "a sign of life")
        return 0

    monkeypatch.setattr(MAIN, "add_command", lambda parser, name: parser.set_defaults(command=waits))
    assert main([name]) == 0
    assert re.fullmatch(r"\r +\r", stream.getvalue()[stream.getvalue().rindex("s\r") + 2 :]), "the line is removed"


def test_a_pipe_gets_no_sign_but_of_work_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)

    def waits(options: argparse.Namespace) -> int:
        time.sleep(0.2)
        assert pipe.getvalue() == ""
        with working("named"):
            wait_until(written(pipe, "named ... "), "a sign of life")
        return 0

    monkeypatch.setattr(MAIN, "add_command", lambda parser, name: parser.set_defaults(command=waits))
    assert main(["show"]) == 0
    assert "neurosim-rl" not in pipe.getvalue()


def test_modules_that_load_for_long_are_no_silence_either(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = one_stream(monkeypatch)

    def loads(parser: argparse.ArgumentParser, name: str) -> None:
        wait_until(written(stream, "\rneurosim-rl show ... "), "a sign of life")
        parser.set_defaults(command=lambda options: 0)

    monkeypatch.setattr(MAIN, "add_command", loads)
    assert main(["show"]) == 0


def test_the_inner_work_is_named_and_then_the_outer_one_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = one_stream(monkeypatch)
    with working("study"):
        wait_until(written(stream, "study ... "), "the outer work")
        with working("figures"):
            wait_until(written(stream, "figures ... "), "the inner work")
            named = len(stream.getvalue())
        wait_until(lambda: "study ... " in stream.getvalue()[named:], "the outer work again")
    assert "figures" not in stream.getvalue()[named:]


@pytest.mark.parametrize("prints", [print_note, print_problem, print_output])
def test_what_is_printed_has_a_line_of_its_own(prints: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = one_stream(monkeypatch)
    with working("play 100 episodes"):
        wait_until(lambda: SIGN_OF_100.search(stream.getvalue()) is not None, "a sign of life")
        prints("one is played")
    assert re.search(r"s\r\r {25,}\rone is played\n", stream.getvalue())


@pytest.mark.parametrize("hides", [without_sign, lambda: messages(quiet=True)], ids=["bar", "quiet"])
def test_there_is_none_beside_a_bar_or_where_a_command_is_quiet(
    hides: Callable[[], AbstractContextManager[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = one_stream(monkeypatch)
    monkeypatch.setattr("neurosim_rl.cli.sign_of_life.SIGN_EVERY_S", 0.002)
    with working("outside"):
        wait_until(written(stream, "outside ... "), "a sign of life")
        with hides():
            before = stream.getvalue()
            time.sleep(0.2)  # some hundred signs, if there were any
            assert stream.getvalue() == before
        wait_until(lambda: "outside ... " in stream.getvalue()[len(before) :], "a sign of life again")


def test_a_quiet_command_names_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = one_stream(monkeypatch)
    with messages(quiet=True), working("not shown"):
        time.sleep(0.2)
    assert stream.getvalue() == ""


def test_a_long_text_is_cut_to_the_terminal_and_control_characters_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = one_stream(monkeypatch)
    monkeypatch.setenv("COLUMNS", "40")
    with working("looking for runs in \x1b[31m/数値/" + "走る" * 40):
        wait_until(written(stream, " ... "), "a sign of life")
    sign = stream.getvalue().split("\r")[1]
    assert sign.startswith("looking for runs in \\x1b[31m/数")
    assert sign.endswith(" ... 0 s")
    assert len(sign.encode("utf-16-le")) <= 2 * 40


def test_a_closed_standard_error_ends_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with working("write"):
        wait_until(written(stream, "write ... "), "a sign of life")
        stream.close()
    monkeypatch.setattr(sys, "stderr", None)
    with working("write"):
        pass


def test_threads_end_with_the_last_work() -> None:
    with working("one"), working("two"):
        assert [thread.name for thread in threading.enumerate()].count("sign-of-life") == 1
    assert "sign-of-life" not in [thread.name for thread in threading.enumerate()]
    SIGN.clear()


def test_a_signal_while_the_thread_starts_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt("a signal")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt, match="a signal"), working("interrupted"):
            pass
    wait_until(lambda: "sign-of-life" not in [thread.name for thread in threading.enumerate()], "the thread ends")
    stream = one_stream(monkeypatch)
    with working("next"):
        wait_until(written(stream, "next ... "), "the next work has a sign")


PRINTING = {"arguments.print_output", "messages.print_problem", "terminal.print_page", "sign_of_life._write"}
"""What prints in the command line: the sign's own line, and functions that remove it before."""


def test_no_command_prints_past_the_sign_of_life() -> None:
    found = set()
    for module, path in modules().items():
        if not module.startswith("neurosim_rl.cli."):
            continue
        for function in (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if ast.unparse(call.func) in ("print", "tqdm.write", "sys.stderr.write", "sys.stdout.write"):
                    found.add(f"{module.removeprefix('neurosim_rl.cli.')}.{function.name}")
    assert found == PRINTING


SLOW = {
    "report": (["champion:cart-pole-linear", "--out", "page.html"], "report:_page", "the report"),
    "export": (["champion:cart-pole", "--csv", "tables"], "export:_write_episodes", "export"),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_command_that_takes_long_names_its_work(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work waits until it is named; otherwise the test would time out."""
    stream = one_stream(monkeypatch)
    words, function, said = SLOW[name]
    place, attribute = function.split(":")
    module = importlib.import_module(f"neurosim_rl.cli.{place}")
    work = getattr(module, attribute)

    def slow(options: argparse.Namespace) -> object:
        wait_until(written(stream, f"\r{said} ... "), "a sign of life")
        return work(options)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, attribute, slow)
    assert main([name, *words]) == 0
