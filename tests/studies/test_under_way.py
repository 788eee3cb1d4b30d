"""Generations of a study's runs while they are under way, and the bar that shows them."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from neurosim_rl.execution import SerialExecutor
from neurosim_rl.reports import progress
from neurosim_rl.runs import RunFolder, generation_files
from neurosim_rl.settings.grid import Setting
from neurosim_rl.studies import parse_study, run_study
from neurosim_rl.studies.planning import PlannedRun
from neurosim_rl.studies.under_way import RunsUnderWay
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import Progress
from tests.histories import generation, with_generations

STUDY = """
seeds = "1-3"
grid.task = ["cart-pole"]
[settings]
generations = 2
episodes = 1
validation_episodes = 1
finalists = 0
"environment.kwargs" = { max_episode_steps = 8 }
"optimizer.population" = 4
"model.hidden" = [2]
"""


def planned(folder: Path, *names: str) -> RunsUnderWay:
    config = configure("cart-pole", {"generations": 4})
    return RunsUnderWay([PlannedRun(name, Setting(), config) for name in names], folder)


def test_finished_generations_are_counted_in_the_folders_of_runs_that_have_begun(tmp_path: Path) -> None:
    under_way = planned(tmp_path, "a", "b", "c")
    assert under_way.generations() == {}
    a, b = (RunFolder.create(tmp_path / name, configure("cart-pole")) for name in "ab")
    assert under_way.generations() == {"a": (0, 4), "b": (0, 4)}
    with_generations(a, 0, 1)
    with_generations(b, 0)
    assert under_way.generations() == {"a": (2, 4), "b": (1, 4)}
    under_way.end("a")
    assert under_way.generations() == {"b": (1, 4)}


def test_a_run_stays_where_it_is_when_its_files_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation_files, "CONSOLIDATE_EVERY", 3)
    under_way, folder = planned(tmp_path, "a"), RunFolder.create(tmp_path / "a", configure("cart-pole"))
    with_generations(folder, 0, 1)
    assert under_way.generations() == {"a": (2, 4)}
    folder.add_generation(generation(2))
    assert not list(folder.segments_path.iterdir())
    assert under_way.generations() == {"a": (2, 4)}  # the files' names do not tell more
    folder.add_generation(generation(3))
    assert under_way.generations() == {"a": (4, 4)}


def test_a_study_tells_of_generations_of_a_group_in_lockstep_before_any_of_its_runs_ends(tmp_path: Path) -> None:
    watched: list[RunsUnderWay] = []
    seen: list[tuple[int, list[tuple[int, int]]]] = []
    rows: list[str] = []

    def look(_: Progress) -> None:
        seen.append((len(rows), sorted(watched[0].generations().values())))

    run_study(
        parse_study(STUDY, tmp_path / "study.toml"),
        tmp_path / "out",
        SerialExecutor(),
        together=3,
        on_begin=lambda under_way, done: watched.append(under_way),
        on_row=lambda row, done, total: rows.append(row.name),
        on_progress=look,
    )
    assert len(rows) == 3
    assert (0, [(1, 2)] * 3) in seen or (0, [(1, 2), (1, 2), (2, 2)]) in seen
    assert {n_rows for n_rows, _ in seen} == {0}
    assert watched[0].generations() == {}


class Recorded:
    """In place of tqdm's bar."""

    def __init__(self) -> None:
        self.n, self.initial, self.text = 0.0, 0, ""
        self.refreshed = threading.Event()

    def set_postfix_str(self, text: str, refresh: bool) -> None:
        self.text = text

    def refresh(self) -> None:
        self.refreshed.set()


class Begun:
    """Runs under way."""

    def __init__(self, **runs: tuple[int, int]) -> None:
        self.runs = runs

    def generations(self) -> dict[str, tuple[int, int]]:
        return self.runs


def test_a_run_under_way_moves_the_bar_by_its_share_of_generations() -> None:
    recorded = Recorded()
    bar = progress.StudyBar(recorded)
    bar.begin(Begun(), 4)
    assert (recorded.n, recorded.initial, recorded.text) == (4, 4, "")
    bar.begin(Begun(a=(3, 30), b=(6, 30)), 4)
    assert recorded.n == pytest.approx(4.3)
    assert recorded.text == "2 runs at generations 3 to 6 of 30"
    bar.row(6, "b: 12.5")
    assert recorded.text == "2 runs at generations 3 to 6 of 30; b: 12.5"
    bar.close()


def test_the_bar_looks_at_runs_without_being_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "STUDY_TICK_S", 0.01)
    recorded, begun = Recorded(), Begun()
    bar = progress.StudyBar(recorded)
    bar.begin(begun, 0)
    begun.runs = {"a": (1, 2)}
    while recorded.n != 0.5:  # the test's time limit ends it
        time.sleep(0.01)
    bar.close()
    assert "progress-bar" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ({}, ""),
        ({"a": (1, 5)}, "1 run at generation 1 of 5"),
        ({"a": (2, 5), "b": (2, 5)}, "2 runs at generation 2 of 5"),
        ({"a": (2, 5), "b": (3, 9)}, "2 runs at generations 2 to 3 of 5 to 9"),
    ],
)
def test_runs_under_way_are_told_in_one_line(runs: dict[str, tuple[int, int]], text: str) -> None:
    assert progress.under_way_text(runs) == text


def test_a_bar_that_is_not_shown_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.study_bar(3, shown=False) as bar:
        bar.begin(Begun(a=(1, 2)), 0)
        bar.row(1, "a: 1")
    assert capsys.readouterr().err == ""
