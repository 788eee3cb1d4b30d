"""Frames of films: the cursor is where time is, the action drawn is the action taken, both clocks are told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurosim_rl.analysis.film import PAGE_STEPS, FilmContent, FilmFrames
from neurosim_rl.analysis.labels import Labels
from neurosim_rl.analysis.panels import MOST_STAIRS
from neurosim_rl.reports.film_content import film_content
from neurosim_rl.reports.subject import Subject

SIZE = (640, 360)


def content(n_steps: int = 20, **changes: Any) -> FilmContent:
    labels = Labels(("x (m)",), ("left", "right"), (), (), discrete=True)
    actions = (np.arange(n_steps) % 3 == 0).astype(float)[:, None]
    return FilmContent(**{"title": "a policy", "labels": labels, "actions": actions, "window_ms": 20.0, **changes})


def frames_of(shown: FilmContent, steps: tuple[int, int]) -> FilmFrames:
    return FilmFrames(shown, steps, (30, 20), SIZE)


PICTURE = np.full((20, 30, 3), 200, np.uint8)


def changed_columns(one: np.ndarray, other: np.ndarray, rows: slice, first: int) -> np.ndarray:
    changed = np.abs(one[rows, first:].astype(int) - other[rows, first:]).sum(axis=(0, 2)) > 500
    return first + np.flatnonzero(changed)


def test_a_frame_has_its_size_and_shows_the_picture() -> None:
    film = frames_of(content(), (0, 20))
    frame = film.frame(0.0, PICTURE)
    assert frame.shape == (SIZE[1], SIZE[0], 3)
    assert frame.dtype == np.uint8
    assert (frame == 200).all(axis=2).sum() > 5000
    assert (film.frame(0.0, 0 * PICTURE) == 200).all(axis=2).sum() < 100  # edges of letters


def test_the_cursor_is_at_the_present_time() -> None:
    film = frames_of(content(), (0, 20))
    box = film.time_axes[-1].get_window_extent()
    inside = slice(SIZE[1] - int(box.y1) + 2, SIZE[1] - int(box.y0) - 2)
    for before, after in ((2.0, 7.0), (7.0, 7.5)):
        expected = sorted(box.x0 + box.width * position / 20 for position in (before, after))
        columns = changed_columns(film.frame(before, PICTURE), film.frame(after, PICTURE), inside, int(box.x0))
        assert len(columns) >= 2
        assert columns.min() == pytest.approx(expected[0], abs=2)
        assert columns.max() == pytest.approx(expected[1], abs=2)
        assert film.cursor_px(after) == pytest.approx(expected[1], abs=1)


def test_the_axis_moves_on_when_the_cursor_reaches_its_end() -> None:
    n = PAGE_STEPS + 20
    film = frames_of(content(n), (0, n))
    assert film.cursor_px(0.0) == film.cursor_px(n / 2)
    assert film.cursor_px(n / 2 - 1) > film.cursor_px(n / 2)
    assert film.cursor_px(float(n)) > film.cursor_px(n - 1.0)  # the last moment has no axis of its own
    low, high = film.time_axes[0].get_xlim()
    assert (low, high) == (n / 2, n)


def test_each_step_of_a_long_episode_is_shown() -> None:
    labels = Labels(("x (m)",), ("torque (N m)",), (), (), discrete=False)
    n = MOST_STAIRS + 100
    ax = frames_of(content(n, labels=labels), (0, n)).time_axes[0]
    assert [len(patch.get_data().values) for patch in ax.patches] == [n, n]  # type: ignore[attr-defined]


def test_the_bars_show_the_last_action_of_the_episode() -> None:
    shown = content()
    film = frames_of(shown, (0, 20))
    film.frame(0.0, PICTURE)
    assert [bar.get_width() for bar in film._bars.bars] == [0, 0]  # nothing has been done yet
    for position in (1.0, 1.5, 2.0, 4.0, 20.0):
        film.frame(position, PICTURE)
        taken = int(shown.actions[int(position) - 1, 0])
        assert [bar.get_width() for bar in film._bars.bars] == [float(taken == k) for k in (0, 1)]


def test_bars_of_a_recorded_episode_are_its_torques() -> None:
    subject = Subject.of("champion:pendulum")
    shown = film_content(subject, (0, 6))
    recorded = subject.recording.first_actions(subject.trial)
    film = frames_of(shown, (0, 6))
    for step in range(1, 7):
        film.frame(float(step), PICTURE)
        assert [bar.get_width() for bar in film._bars.bars] == [recorded[step - 1, 0]]
    membranes = [ax for ax in film.time_axes if "membrane" in ax.get_title(loc="left")]
    assert len(membranes) == 2


@pytest.mark.parametrize(("step_s", "physical"), [(0.05, "environment: 0.15 s"), (None, "no unit of time")])
def test_both_clocks_are_told(step_s: float | None, physical: str) -> None:
    subject = Subject.of("champion:pendulum")
    shown = film_content(subject, (0, 6))
    assert shown.step_s == 0.05
    film = frames_of(FilmContent(**{**vars(shown), "step_s": step_s}), (0, 6))
    film.frame(3.5, PICTURE)
    text = film._clocks.get_text()
    assert "step 3 of 200" in text
    assert f"{3.5 * subject.config.window_ms:.0f} ms of biological time" in text
    assert physical in text
    upper = film.time_axes[0].child_axes[-1].get_xlabel()
    assert upper == ("environment step" if step_s is None else "environment time (s)")
    assert film.time_axes[-1].get_xlabel().startswith("biological time (s)")


def test_a_policy_without_neurons_has_steps_on_its_axis_and_no_biological_time() -> None:
    film = frames_of(content(step_s=0.1), (0, 20))
    film.frame(2.0, PICTURE)
    assert film._clocks.get_text() == "step 2 of 20\nenvironment: 0.20 s"
    assert film.time_axes[-1].get_xlabel() == "environment step"
