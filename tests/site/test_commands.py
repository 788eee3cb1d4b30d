"""Commands of the README and the site, as a reader would copy them: each is understood, and what it names exists."""

from __future__ import annotations

import re
import shlex

import pytest

from benchmarks.__main__ import BENCHMARKS
from neurosim_rl.cli.main import COMMANDS as VERBS
from neurosim_rl.cli.main import _parser
from neurosim_rl.cli.run_options import given_settings, sources
from neurosim_rl.runs.champion import shipped_champions
from neurosim_rl.training.configure import layered_settings
from tests.documents import ROOT, all_text, commands, documents

COMMANDS = sorted({(path, command) for path, text in documents().items() for command in commands(text)})
INLINE = sorted(set(re.findall(r"``neurosim-rl ([a-z][^`]*)``", all_text())))
OWN = ("forager", "my_", "hebbian", "neurogym:")
"""Tasks and modules that the text tells a reader to write or install."""


def test_there_is_something_to_test() -> None:
    assert len(COMMANDS) >= 100
    assert len({path for path, _ in COMMANDS}) >= 20
    assert len(INLINE) >= 15


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_a_command_is_understood_and_its_settings_are_valid(path: str, command: str) -> None:
    words = shlex.split(command)[1:]
    options = _parser(words[0]).parse_args(words)
    assert callable(options.command)
    if "ResizeObservation" in command:
        pytest.importorskip("cv2", reason="the wrapper needs opencv-python, as the page says")
    if getattr(options, "task", None) and hasattr(options, "start_from") and not any(own in command for own in OWN):
        own = {**sources(options), "files": [], "start_from": None}  # files and runs of the text do not exist here
        layered_settings(options.task, given_settings(options), **own)


@pytest.mark.parametrize("command", INLINE)
def test_a_command_within_a_sentence_is_understood(command: str) -> None:
    words = shlex.split(command.replace("--seed N", "--seed 1"))
    assert words[0] in VERBS
    if len(words) > 1:
        assert callable(_parser(words[0]).parse_args(words).command)


def test_benchmarks_exist() -> None:
    named = set(re.findall(r"python -m benchmarks ([a-z][a-z-]*)", all_text()))
    assert len(named) >= 15
    assert named <= set(BENCHMARKS)
    modules = set(re.findall(r"python -m benchmarks\.([a-z_]+)", all_text()))
    assert [name for name in modules if not (ROOT / "benchmarks" / f"{name}.py").is_file()] == []


def test_champions_are_shipped() -> None:
    named = set(re.findall(r"champion:([a-z][a-z0-9-]*[a-z0-9])", all_text()))
    assert len(named) >= 8
    assert named <= set(shipped_champions())


@pytest.mark.parametrize("path", documents())
def test_files_that_a_document_names_exist(path: str) -> None:
    named = {
        file
        for file in re.findall(r"``([\w./-]+/[\w.-]+\.(?:py|rst|toml|ipynb))``", documents()[path])
        if not re.search(r"[A-Z]{3}", file) and not file.startswith("nets/")
    }
    homes = [ROOT, ROOT / "neurosim_rl"]
    assert [file for file in sorted(named) if not any((home / file).exists() for home in homes)] == []
