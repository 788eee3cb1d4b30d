import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neurosim_rl.analysis.page.packing import json_values
from neurosim_rl.errors import RunFolderError
from neurosim_rl.records.history import History
from neurosim_rl.runs.curve import LONGEST_FAILURE, MOST_FAILURES, MOST_POINTS, RunCurve
from neurosim_rl.runs.ending import Done
from tests.dashboard.folders import rising
from tests.histories import generation


def history(n: int) -> History:
    return History.join([rising(k) for k in range(n)])


def test_a_curve_counts_generations_from_one_and_sums_individuals_and_time() -> None:
    table = json_values(RunCurve.of(history(3)).table())
    assert table["generation"] == [1, 2, 3]
    assert table["evaluated"] == [3, 6, 9]
    assert table["seconds"] == [0.5, 1.0, 1.5]
    assert table["best_fitness"] == [0, 1, 2]
    assert table["mean_fitness"] == [-1, 0, 1]
    assert table["validation_return"] == [None, None, None]


def test_the_best_so_far_never_falls() -> None:
    falling = History.join([replace(rising(k), best_fitness=np.array([value])) for k, value in enumerate((1, 3, 2))])
    assert RunCurve.of(falling).table()["best_so_far"].tolist() == [1, 3, 3]


@pytest.mark.parametrize("cut", [0, 1, 3, 5])
def test_parts_that_are_joined_are_the_curve_of_the_whole(cut: int) -> None:
    parts = [RunCurve.of(history(5).before(cut))] if cut else []
    parts += [RunCurve.of(rising(k)) for k in range(cut, 5)]
    whole, joined = RunCurve.of(history(5)), RunCurve.join(parts)
    assert json.dumps(json_values(joined.table())) == json.dumps(json_values(whole.table()))
    assert joined.n_failed.tolist() == whole.n_failed.tolist() == [1] * 5
    assert joined.failures == whole.failures
    assert joined.done() == Done.of(history(5))


def test_a_gap_between_parts_is_an_error() -> None:
    with pytest.raises(RunFolderError, match="generations between 0 and 3 are missing"):
        RunCurve.join([RunCurve.of(rising(0)), RunCurve.of(rising(3))])


def test_the_curve_of_no_generation_is_empty() -> None:
    assert RunCurve.join([]).n_generations == 0
    assert json_values(RunCurve.none().table())["best_so_far"] == []
    assert RunCurve.none().done() == Done()


@pytest.mark.parametrize("n", [MOST_POINTS, MOST_POINTS + 1, 3 * MOST_POINTS - 1])
def test_a_long_curve_is_thinned_to_its_last_point(n: int) -> None:
    whole = RunCurve.of(rising(0))
    columns: dict[str, Any] = {k: np.resize(v, n) for k, v in vars(whole).items() if k != "failures"}
    long = replace(whole, **columns)
    long = replace(long, number=np.arange(n))
    table = long.table()
    assert len(table["generation"]) <= MOST_POINTS
    assert len(table["generation"]) > MOST_POINTS / 2 - 1
    assert table["generation"][-1] == n
    assert table["evaluated"][-1] == 3 * n
    assert len(set(np.diff(table["generation"]))) == 1


def test_equal_failures_are_counted_and_the_others_are_told_apart() -> None:
    same = replace(generation(0, 3), failure=np.array(["E: a\nline 1", "", "E: a\nline 1"], dtype=object))
    other = replace(generation(1, 3), failure=np.array(["", "E: b\nline 2", "E: a\nline 1"], dtype=object))
    tables = [failure.table() for failure in RunCurve.of(History.join([same, other])).failures]
    assert tables == [
        {"where": "3 individuals, first generation 1, individual 0", "reason": "E: a", "traceback": "line 1"},
        {"where": "generation 2, individual 1", "reason": "E: b", "traceback": "line 2"},
    ]


def test_of_many_or_long_failures_some_are_kept() -> None:
    parts = []
    for k in range(MOST_FAILURES + 5):
        text = f"E: {k}\n" + "x" * (LONGEST_FAILURE + 10) + "end"
        parts.append(replace(generation(k, 1), failure=np.array([text], dtype=object)))
    failures = RunCurve.of(History.join(parts)).failures
    assert len(failures) == MOST_FAILURES
    assert failures[-1].table()["reason"] == f"E: {MOST_FAILURES + 4}"
    assert failures[-1].table()["traceback"].endswith("end")
    assert len(failures[-1].text) < LONGEST_FAILURE + 10


def test_control_characters_of_a_failure_are_shown() -> None:
    bad = replace(generation(0, 1), failure=np.array(["E: \x1b[31m\n\x1b]0;title\x07"], dtype=object))
    table = RunCurve.of(bad).failures[0].table()
    assert table["reason"] == r"E: \x1b[31m"
    assert table["traceback"] == r"\x1b]0;title\x07"
