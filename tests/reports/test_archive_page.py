"""The archive of the report: which elites are shown, and which of them have a film."""

from __future__ import annotations

import numpy as np
import pytest

from neurosim_rl.analysis.archive import NO_ELITE
from neurosim_rl.reports.run_page import archive
from neurosim_rl.reports.run_page.archive import Elite, archive_widget, best_of_columns, chosen_elites
from neurosim_rl.reports.subject import DoesNotApply, Subject

FITNESS = np.array([1.0, 5.0, 3.0, 4.0])


def test_a_field_has_the_best_elite_along_the_third_descriptor() -> None:
    elites = np.full((2, 3, 2), NO_ELITE)
    elites[0, 0] = (0, 1)
    elites[1, 2] = (NO_ELITE, 2)
    elites[1, 0, 0] = 3
    assert best_of_columns(elites, FITNESS) == [Elite(0, 0, 1), Elite(1, 0, 3), Elite(1, 2, 2)]


def test_films_are_of_elites_from_the_best_to_the_worst(monkeypatch: pytest.MonkeyPatch) -> None:
    elites = [Elite(column, 0, column) for column in range(4)]
    assert [elite.number for elite in chosen_elites(elites, FITNESS)] == [1, 3, 2, 0]
    monkeypatch.setattr(archive, "MOST_FILMS", 2)
    assert [elite.number for elite in chosen_elites(elites, FITNESS)] == [1, 0]


def test_a_champion_without_its_run_has_no_archive() -> None:
    with pytest.raises(DoesNotApply, match="name its run folder"):
        archive_widget(Subject.of("champion:swimmer-spatial"))
