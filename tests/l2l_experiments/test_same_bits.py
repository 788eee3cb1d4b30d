"""Whose runner evaluates makes no difference in any bit: neither for an optimizee of L2L's nor for one of ours."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.l2l_experiments.faulty import Setup, run
from tests.l2l_experiments.scripts import END_WITH_US, ROOT, processes_of
from tests.leftovers import end


def test_every_runner_gives_the_bits_of_l2l_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # without a guard, workers do not find what stands beside the script
    stock = tmp_path / "stock"
    stock.mkdir()
    try:
        expected = run(stock, Setup("stock", generations=2, interpreter=f"{END_WITH_US}{sys.executable}"))
        assert len(processes_of(stock)) == 2  # the reason for the guards
    finally:
        end(processes_of(stock))
    assert len({tuple(genome) for _, _, genome, _ in expected}) > 4
    assert len({value for _, _, _, value in expected}) > 2
    for name, setup in {
        "guarded": Setup(generations=2),
        "ours": Setup("fast", generations=2, options={"workers": 1}),
        "in processes": Setup("fast", generations=2, options={"workers": 2}),
    }.items():
        folder = tmp_path / name
        folder.mkdir()
        assert run(folder, setup) == expected, name
    assert processes_of(tmp_path) == []


def test_a_task_gets_the_bits_of_our_runner_from_guarded_workers(tmp_path: Path) -> None:
    """From L2L's own runner it does in ``tests/optimizees/test_l2l_experiment.py``."""
    evaluations = {}
    for name, options in (("guarded", {}), ("fast", {"workers": 1})):
        folder = tmp_path / name
        folder.mkdir()
        evaluations[name] = run(folder, Setup(name, task="cart-pole", generations=2, options=options))
    assert evaluations["guarded"] == evaluations["fast"]
    assert len({value for _, _, _, value in evaluations["fast"]}) > 2
    assert processes_of(tmp_path) == []
