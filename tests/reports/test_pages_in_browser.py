"""Reports opened in headless Chromium: no request leaves, nothing fails, and each control changes the picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neurosim_rl.cli import main
from neurosim_rl.reports.run_page import archive, film, responses
from neurosim_rl.reports.run_page.page import write_run_page
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end
from tests.structure import ROOT

pytestmark = pytest.mark.browser

WIDE, NARROW = 1200, 400
DRAWN_MS = 120_000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small finished run."""
    settings = {"generations": 2, "episodes": 1, "validation_episodes": 1, "optimizer": {"population": 4}, "workers": 1}
    config = configure("cart-pole", settings)
    path = tmp_path_factory.mktemp("browser") / "runs" / "run"
    path.parent.mkdir()
    run_to_end(config, RunFolder.create(path, config))
    return path


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "GRID", 4)
    monkeypatch.setattr(responses, "FINE_GRID", 4)
    monkeypatch.setattr(responses, "MOST_STEPS", 3)
    monkeypatch.setattr(film, "MOST_PICTURES", 5)
    monkeypatch.setattr(archive, "MOST_PICTURES", 5)


class Opened:
    """A page in a browser that has no network, with all that went wrong in it."""

    def __init__(self, browser: Any, path: Path, width: int = WIDE, theme: str = "light") -> None:
        self.problems: list[str] = []
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, offline=True, reduced_motion="reduce"
        )
        self.page = context.new_page()
        self.page.on("console", lambda message: self._console(message))
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("request", lambda request: self._request(request.url))
        self.page.goto(path.resolve().as_uri())
        self.page.wait_for_selector("html[data-drawn]", timeout=DRAWN_MS)
        assert self.page.get_attribute("html", "data-drawn") == "true", self.problems

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text}")

    def _request(self, url: str) -> None:
        if not url.startswith(("file:", "data:", "blob:")):
            self.problems.append(f"request: {url}")

    def changes(self, place: str, act: Callable[[], object]) -> bool:
        """Return whether an act changes the picture of an element; wait until it does."""
        element = self.page.locator(place)
        before = element.screenshot()
        act()
        for _ in range(50):
            if element.screenshot() != before:
                return True
            self.page.wait_for_timeout(100)
        return False


def set_slider(page: Any, selector: str, value: int) -> None:
    page.locator(selector).evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", value
    )


def test_each_control_of_a_runs_report_changes_the_picture(browser: Any, run: Path) -> None:
    opened = Opened(browser, write_run_page(str(run), run / "report.html"))
    page = opened.page
    assert opened.changes("#response-map", lambda: page.select_option("#response-pair", "1"))
    assert opened.changes("#response-map", lambda: page.select_option("#response-quantity", "1"))
    assert opened.changes("#response-words", lambda: set_slider(page, "#response-step", 2))
    assert opened.changes("#response-raster", lambda: page.click("#response-map", position={"x": 150, "y": 120}))
    assert "spikes, then" in page.inner_text("#response-cell")
    assert opened.changes("#response-map", lambda: page.press("#response-map", "ArrowRight"))
    assert page.is_disabled("#episode-position"), "all of it is shown"
    assert opened.changes("#episode-plot", lambda: page.click("#episode-controls button[data-steps='2']"))
    assert opened.changes("#episode-plot", lambda: set_slider(page, "#episode-position", 3))
    assert opened.changes("#episode-plot", lambda: page.select_option("#episode-neuron", "1"))
    assert opened.changes("#episode-plot", lambda: page.select_option("#episode-variable", "2"))
    assert opened.changes("#weights-plot", lambda: page.select_option("#weights-projection", "1"))
    assert opened.changes("#network-details", lambda: page.hover("#network-diagram .population >> nth=0"))
    assert opened.changes("#network-details", lambda: page.focus("#network-diagram .projection[tabindex] >> nth=1"))
    assert opened.changes("#film-picture", lambda: set_slider(page, "#film-frame", 3))
    assert opened.changes("#film-picture", lambda: page.click("#film-play"))
    page.click("#film-play")
    assert opened.changes("#fitness-chart", lambda: page.click("#theme"))
    numbers = page.locator("#weights-plot .ytick text").all_text_contents()
    assert numbers == ["0", "1"], "there is no half of a neuron"
    assert page.locator("#fitness-chart .xtick text").all_text_contents() == ["1", "2"]
    assert opened.problems == []


@pytest.fixture(scope="module")
def elites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small finished run of MAP-Elites."""
    pytest.importorskip("ribs", reason="needs the extra [map-elites]")
    settings: dict[str, Any] = {
        **{"generations": 3, "episodes": 1, "validation_episodes": 1, "finalists": 0, "workers": 1},
        "optimizer": {"name": "map-elites", "population": 12, "cells": [8, 8, 2], "random_share": 0.8},
        "environment": {"kwargs": {"max_episode_steps": 12}},
    }
    config = configure("pendulum", settings)
    path = tmp_path_factory.mktemp("archive") / "run"
    run_to_end(config, RunFolder.create(path, config))
    return path


def test_a_click_on_a_field_of_the_archive_plays_another_gait(
    browser: Any, elites: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_FILMS", 2)
    opened = Opened(browser, write_run_page(str(elites), elites / "report.html"))
    page, fields = opened.page, opened.page.locator("#archive-map button")
    assert fields.count() >= 3
    with_film = [k for k in range(fields.count()) if fields.nth(k).inner_text()]
    assert len(with_film) == 2
    for k in with_film:
        before = page.get_attribute("#archive-picture", "src")
        assert opened.changes("#archive-picture", fields.nth(k).click)
        page.wait_for_function("(before) => document.getElementById('archive-picture').src !== before", arg=before)
        assert "fitness" in page.inner_text("#archive-words")
        assert "start seed 1000000" in page.inner_text("#archive-words")
        assert fields.nth(k).get_attribute("aria-pressed") == "true"
        page.click("#archive-play")  # pauses
    assert opened.changes("#archive-picture", lambda: set_slider(page, "#archive-frame", 3))
    (without,) = [k for k in range(fields.count()) if k not in with_film][:1]
    assert opened.changes("#archive-words", lambda: fields.nth(without).click())
    assert "only fields with a dot" in page.inner_text("#archive-words")
    assert not page.is_visible("#archive-picture")
    assert opened.problems == []


def test_the_archive_is_walked_through_by_arrow_keys(browser: Any, elites: Path) -> None:
    opened = Opened(browser, write_run_page(str(elites), elites / "report.html"))
    page, fields = opened.page, opened.page.locator("#archive-map button")
    assert opened.page.locator("#archive-map button[tabindex='0']").count() == 1  # one stop for the tab key
    columns = [element["column"] for element in page.evaluate("Report.data.archive.elites")]
    rows = [element["row"] for element in page.evaluate("Report.data.archive.elites")]
    field = columns.index(min(columns))
    fields.nth(field).focus()
    assert opened.changes("#archive-words", lambda: page.keyboard.press("ArrowRight"))
    focused = int(page.evaluate("document.activeElement.dataset.elite"))
    assert columns[focused] > columns[field]
    page.keyboard.press("ArrowLeft")
    assert columns[int(page.evaluate("document.activeElement.dataset.elite"))] < columns[focused]
    if len(set(rows)) > 1:
        fields.nth(rows.index(min(rows))).focus()
        page.keyboard.press("ArrowUp")
        assert rows[int(page.evaluate("document.activeElement.dataset.elite"))] > min(rows)
    assert opened.problems == []


def test_the_archive_fits_a_narrow_page(browser: Any, elites: Path) -> None:
    opened = Opened(browser, write_run_page(str(elites), elites / "report.html"), NARROW)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert opened.problems == []


def test_a_drag_over_the_raster_shows_a_part_of_the_episode(browser: Any, run: Path) -> None:
    opened = Opened(browser, write_run_page(str(run), run / "report.html", film=False))
    box = opened.page.locator("#episode-plot .nsewdrag").first.bounding_box()
    opened.page.locator("#episode-plot").scroll_into_view_if_needed()
    box = opened.page.locator("#episode-plot .nsewdrag").first.bounding_box()

    def drag() -> None:
        mouse, y = opened.page.mouse, box["y"] + box["height"] / 2
        mouse.move(box["x"] + 0.25 * box["width"], y)
        mouse.down()
        mouse.move(box["x"] + 0.5 * box["width"], y, steps=5)
        mouse.up()

    assert opened.changes("#episode-controls", drag)
    assert opened.problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_narrow_page_needs_no_sideways_scrolling_and_texts_have_contrast(browser: Any, run: Path, theme: str) -> None:
    opened = Opened(browser, write_run_page(str(run), run / "report.html", film=False), NARROW, theme)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= NARROW
    for ink in ("ink", "faint", "link", "good", "bad"):
        for paper in ("paper", "panel"):
            assert contrast(*(opened.page.evaluate(f"Report.colour('{name}')") for name in (ink, paper))) >= 4.5
    assert opened.problems == []


def contrast(one: str, other: str) -> float:
    """Return the ratio of contrast of two colours (WCAG 2.2, relative luminance of sRGB)."""

    def luminance(colour: str) -> float:
        values = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_every_control_and_picture_has_a_name(browser: Any, run: Path) -> None:
    opened = Opened(browser, write_run_page(str(run), run / "report.html"))
    nameless = opened.page.evaluate(
        """() => [...document.querySelectorAll('main select, main input, main button, .plot, main img, svg.network')]
        .filter((e) => !e.closest('.modebar') && !(e.labels?.length || e.textContent.trim() || e.alt || e.ariaLabel))
        .map((e) => e.outerHTML)"""
    )
    assert nameless == []


@pytest.mark.parametrize(
    "target",
    [
        "champion:mountain-car",
        "champion:cart-pole-plastic",
        "champion:cart-pole-ppo-snn",
        "champion:pendulum-linear",
        pytest.param("champion:swimmer-spatial", marks=pytest.mark.mujoco),
    ],
)
def test_reports_of_champions_open_without_an_error_or_a_request(browser: Any, tmp_path: Path, target: str) -> None:
    opened = Opened(browser, write_run_page(target, tmp_path / "page.html", film=False))
    assert opened.page.locator("#episode-plot svg").count() > 0
    assert opened.problems == []


def test_reports_of_studies_comparisons_and_results_open_without_an_error_or_a_request(
    browser: Any, run: Path, tmp_path: Path
) -> None:
    study, compared, results = tmp_path / "study.html", tmp_path / "compared.html", tmp_path / "results.html"
    assert main(["report", str(ROOT / "benchmarks/results"), "--out", str(results)]) == 0
    assert main(["report", str(ROOT / "benchmarks/studies/classic-control"), "--out", str(study)]) == 0
    assert main(["report", str(run.parent), "--out", str(compared)]) == 0
    for path in (study, compared, results):
        opened = Opened(browser, path)
        assert opened.page.locator(".plot svg").count() > 0
        assert opened.problems == []


def test_the_pointer_tells_the_controller_of_a_point_in_the_results(browser: Any, tmp_path: Path) -> None:
    assert main(["report", str(ROOT / "benchmarks/results"), "--out", str(tmp_path / "results.html")]) == 0
    page = Opened(browser, tmp_path / "results.html").page
    page.locator("#returns-1 .point").first.hover(force=True)
    page.locator("#returns-1 .hovertext").first.wait_for()
    told = page.locator("#returns-1 .hovertext").first.text_content()
    assert "ant" in told
    assert "95 % interval" in told
