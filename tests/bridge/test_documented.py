"""The page on encodings: each code is on it, and its commands give a task with such a network."""

import re
import shlex
from pathlib import Path

import pytest

from neurosim_rl.bridge import DECODERS, ENCODERS
from neurosim_rl.cli.main import _parser
from neurosim_rl.cli.run_options import given_settings, sources
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.training.configure import completed

PAGE = (Path(__file__).parents[2] / "docs" / "concepts" / "encodings.rst").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^ {4,8}neurosim-rl ((?:evolve|train) .+)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("name", [*ENCODERS, *DECODERS])
def test_the_page_has_each_code(name: str) -> None:
    assert re.search(rf"^``{name}`` +\w", PAGE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_gives_a_network(command: str) -> None:
    words = shlex.split(command)
    options = _parser(words[0]).parse_args(words)
    optimizee = create_optimizee(completed(options.task, given_settings(options), **sources(options)))
    network = optimizee.network(optimizee.parameters.low)
    assert network.n_inputs == optimizee.encoder.n_inputs
    assert network.n_outputs == optimizee.decoder.n_outputs


def test_there_are_commands() -> None:
    assert len(COMMANDS) == 5
