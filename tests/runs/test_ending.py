"""Ends of generations."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.ending import Done, ending
from neurosim_rl.runs.status import status_json
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure, layered_settings
from neurosim_rl.training.run import run_to_end

SMALL: dict[str, Any] = {
    "model": {"name": "linear"},
    "simulator": "none",
    "workers": 1,
    "episodes": 1,
    "validation_episodes": 2,
    "finalists": 0,
    "optimizer": {"name": "cma-es", "population": 6},
}


@pytest.mark.parametrize(
    ("settings", "done", "reason"),
    [
        ({}, Done(9, 1.0, 500.0), ""),
        ({}, Done(10, 1.0, 0.0), "all 10 generations are done"),
        ({"stop_when_solved": True}, Done(), ""),
        ({"stop_when_solved": True}, Done(3, 1.0, 474.9), ""),
        ({"stop_when_solved": True}, Done(3, 1.0, 475.0), "solved: validation return 475.00"),
        ({"max_hours": 0.5}, Done(3, 1799.0), ""),
        ({"max_hours": 0.5}, Done(3, 1800.0), "the time limit of 0.5 hours is reached"),
        ({"max_hours": 0.5}, Done(0, 0.0), ""),
    ],
)
def test_generations_end_with_a_reason(settings: dict[str, Any], done: Done, reason: str) -> None:
    config = layered_settings("cart-pole", {"generations": 10, **settings})
    found = ending(config, done)
    assert found.startswith(reason)
    assert bool(found) == bool(reason)


def test_work_without_validation_has_no_best_return() -> None:
    class Two:
        n_generations, seconds, validation_return = 2, np.array([1.0, 2.0]), np.array([math.nan, math.nan])

    assert Done().after(Two()) == Done(2, 3.0, -math.inf)  # type: ignore[arg-type]


def test_a_solved_run_ends_early_with_a_champion_and_stays_finished(tmp_path: Path) -> None:
    config = check(configure("cart-pole", SMALL, {"generations": 40, "stop_when_solved": True, "episodes": 4}))
    folder = RunFolder.create(tmp_path / "run", config)
    champion = run_to_end(config, folder)
    history = folder.history()
    assert history is not None
    assert history.n_generations < 40
    assert history.validation_return.max() >= 475.0
    assert (history.validation_return[:-1] < 475.0).all()
    status = status_json(folder.path)
    assert (status["state"], status["generations"]) == ("finished", history.n_generations)
    assert run_to_end(config, folder).sha256 == champion.sha256
    assert folder.history().n_generations == history.n_generations  # type: ignore[union-attr]


def test_a_time_limit_ends_a_run_that_can_get_more_time_later(tmp_path: Path) -> None:
    config = check(configure("cart-pole", SMALL, {"generations": 3, "max_hours": 1e-9}))
    folder = RunFolder.create(tmp_path / "run", config)
    run_to_end(config, folder)
    assert status_json(folder.path)["generations"] == 1
    assert status_json(folder.path)["state"] == "finished"
    champion = run_to_end(config.replace(max_hours=0.0), folder)
    whole = check(configure("cart-pole", SMALL, {"generations": 3}))
    assert champion.sha256 == run_to_end(whole, RunFolder.create(tmp_path / "whole", whole)).sha256


@pytest.mark.parametrize(
    ("task", "settings", "message"),
    [
        ("changing-cart-pole", {}, "has no return that solves it"),
        ("cart-pole", {"validation_episodes": 0, "champion": "fitness"}, "needs validation_episodes of at least 1"),
    ],
)
def test_a_run_that_cannot_be_solved_is_not_asked_to_stop_when_it_is(
    task: str, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        check(configure(task, {"stop_when_solved": True, **settings}))
