"""Keys of ``--json`` that the site promises."""

from __future__ import annotations

import json
import re

import pytest

from neurosim_rl.cli import main
from tests.documents import documents

PAGE = documents()["docs/reference/json.rst"]
ROWS = re.findall(r"\* - ``(\w+)``\n     - (.+)", PAGE)
ARGUMENTS = {"show": [], "evaluate": ["--episodes", "2", "--workers", "1"], "verify": []}


@pytest.mark.parametrize(("command", "keys"), ROWS)
def test_a_command_prints_the_keys_that_the_page_promises(
    command: str, keys: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "champion:mountain-car", *ARGUMENTS[command], "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    promised = set(re.findall(r"``(\w+)``", keys))
    assert len(promised) >= 3
    assert promised <= set(printed)


def test_all_three_commands_are_promised() -> None:
    assert {command for command, _ in ROWS} == set(ARGUMENTS)
