"""Whose runner evaluates makes no difference in any bit: neither for an optimizee of L2L's nor for one of ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.l2l_experiments.faulty import Setup, run
from tests.l2l_experiments.scripts import Script

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


@pytest.mark.parametrize(("name", "task"), [("function", ""), ("cart-pole", "cart-pole")])
def test_every_runner_gives_the_bits_of_l2l_s_own(
    name: str, task: str, scripts: dict[str, Script], tmp_path: Path
) -> None:
    expected = json.loads(finished(scripts[f"stock {name}"]))
    assert len({tuple(genome) for _, _, genome, _ in expected}) > 4
    assert len({value for _, _, _, value in expected}) > 2
    assert json.loads(finished(scripts[f"guarded {name}"])) == expected
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        ours = run(folder, Setup("fast", task=task, generations=2, options={"workers": workers}))
        assert json.loads(json.dumps(ours)) == expected
    assert scripts[f"guarded {name}"].processes() == []
    assert len(scripts[f"stock {name}"].processes()) == 4  # the reason for the guards


def finished(script: Script) -> str:
    """Return what came out, as JSON."""
    assert script.wait(120) == 0, script.errors
    return script.output
