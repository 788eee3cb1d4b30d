"""The dashboard in headless Chromium: table, filters, curves that move, settings, failures, no request elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from neurosim_rl.reports.run_page.page import write_run_page
from neurosim_rl.runs.champion import shipped_champions
from tests.dashboard.folders import DAMAGES, Writer, make_runs, snapshot, writing
from tests.dashboard.server import Dashboard, serving
from tests.reports.test_pages_in_browser import DRAWN_MS, NARROW, WIDE, contrast
from tests.waiting import wait_until

pytest.importorskip("uvicorn", reason="needs the extra [dashboard]")
pytestmark = pytest.mark.browser

N_LIVING = 3


class OpenedDashboard:
    """A dashboard in a browser, with all that went wrong in it."""

    def __init__(self, browser: Any, dashboard: Dashboard, width: int = WIDE, theme: str = "light") -> None:
        self.problems: list[str] = []
        self._address = dashboard.address
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
        )
        context.set_default_timeout(DRAWN_MS)
        self.page = context.new_page()
        self.watch(self.page)
        self.page.goto(dashboard.address)
        self.page.wait_for_selector("html[data-live='true']")

    def watch(self, page: Any) -> None:
        """Note errors of a page, and requests that leave the dashboard."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", lambda request: self._request(request.url))

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text}")

    def _request(self, url: str) -> None:
        if not url.startswith((self._address, self._address.rpartition("/")[0].rpartition("/")[0], "data:", "blob:")):
            self.problems.append(f"request: {url}")

    def names(self) -> list[str]:
        """Return the names of the runs in the table."""
        return self.page.locator("#table tbody th").all_inner_texts()

    def wait_for_names(self, expected: list[str]) -> None:
        wait_until(lambda: self.names() == expected, f"the table shows {expected}")

    def points(self, name: str) -> int:
        """Return the number of points of a run's curve."""
        found = self.page.evaluate(
            """name => [...document.querySelectorAll('#curve-plots .plot')].flatMap((plot) => plot.data || [])
            .filter((trace) => trace.name === name).map((trace) => trace.x.length)""",
            name,
        )
        return max(found, default=0)

    def column(self, title: str) -> list[str]:
        """Return the texts of a column, without marks of the order."""
        heads = [text.split(" ▴")[0].split(" ▾")[0] for text in self.page.locator("#table thead th").all_inner_texts()]
        place = heads.index(title)
        return self.page.locator(f"#table tbody tr > :nth-child({place + 1})").all_inner_texts()


@contextmanager
def folder_of_runs(root: Path, n: int) -> Iterator[tuple[list[Path], Writer]]:
    """Give runs of which the last five are damaged, and the first three are written by a living process."""
    runs = make_runs(root, n)
    for run, damage in zip(runs[-len(DAMAGES) :], DAMAGES.values(), strict=True):
        damage(run)
    with writing(runs[:N_LIVING]) as writer:
        yield runs, writer


def still(root: Path) -> dict[str, Any]:
    """Return the snapshot of all but the runs that are written, and of the folder that holds them."""
    living = tuple(str(root / f"run-{number:03d}") for number in range(N_LIVING))
    return {path: values for path, values in snapshot(root).items() if not path.startswith(living)}


def check_living_folder(browser: Any, root: Path, n: int) -> None:
    """Look at a folder of which some runs live, some are damaged and some die."""
    with folder_of_runs(root, n) as (runs, writer):
        before = still(root)
        with serving(root) as dashboard:
            opened = OpenedDashboard(browser, dashboard)
            # The first answer has a row for each run: nothing waits for reads of histories.
            assert len(opened.names()) == min(n, 250)
            wait_until(lambda: "not read yet" not in opened.page.inner_text("#summary"), "all runs are read")
            n_stopped = n - N_LIVING - len(DAMAGES)
            assert opened.page.inner_text("#summary") == (
                f"{n} runs: {len(DAMAGES)} damaged, {N_LIVING} running, {n_stopped} stopped."
            )
            for number in (2, 3, 4):
                writer.write(number)
                wait_until(lambda n=number: opened.points("run-001") == n + 1, "the curve of a running run moves")  # type: ignore[misc]
            writer.kill()
            wait_until(lambda: "running" not in opened.page.inner_text("#summary"), "the runs have died")
            assert opened.points("run-001") == 5
            texts = opened.page.locator("#failures-list summary").all_inner_texts()
            for line, run in zip(DAMAGES, runs[-len(DAMAGES) :], strict=True):
                assert any(text.startswith(f"{run.name}: ") and line in text for text in texts)
            assert opened.problems == []
        assert still(root) == before


def test_a_folder_in_which_runs_live_die_and_are_damaged(browser: Any, tmp_path: Path) -> None:
    check_living_folder(browser, tmp_path, 16)


@pytest.mark.thorough
def test_a_folder_of_two_hundred_runs(browser: Any, tmp_path: Path) -> None:
    check_living_folder(browser, tmp_path, 200)


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """Serve six runs at rest: one has a champion and its report, one has a hostile name."""
    root = tmp_path_factory.mktemp("at rest")
    runs = make_runs(root, 5, n_generations=4)
    make_runs(root / "<b>x", 1, n_generations=2)
    shutil.copy(shipped_champions()["cart-pole"], runs[4] / "champion.h5")
    write_run_page("champion:cart-pole-linear", runs[4] / "report.html", film=False)
    with serving(root) as served:
        served.wait_until_read()
        yield served


NAMES = ["<b>x/run-000", *(f"run-{number:03d}" for number in range(5))]


def test_the_table_is_sorted_by_its_heads_and_filtered(browser: Any, dashboard: Dashboard) -> None:
    opened = OpenedDashboard(browser, dashboard)
    page = opened.page
    opened.wait_for_names(NAMES)
    page.click("#table thead button[data-key='best_fitness']")
    assert opened.column("best fitness") == ["15", "12", "9", "6", "3", "1"]
    assert page.get_attribute("#table thead th[aria-sort='descending']", "class") == "number"
    page.press("#table thead button[data-key='best_fitness']", "Enter")
    assert opened.column("best fitness") == ["1", "3", "6", "9", "12", "15"]
    page.click("#table thead button[data-key='name']")
    for words, expected in {
        "population>16": [NAMES[2], NAMES[3], NAMES[5]],
        "population>16 seed<3": [NAMES[2], NAMES[3]],
        "optimizer.population=64": [NAMES[3]],
        "<b>": NAMES[:1],
        "no such run": [],
    }.items():
        page.fill("#search", words)
        opened.wait_for_names(expected)
    page.fill("#search", "")
    page.select_option("#filter-key", "optimizer.population")
    page.select_option("#filter-value", label="32")
    opened.wait_for_names([NAMES[2], NAMES[5]])
    page.select_option("#filter-value", label="64")  # another value of one setting: either
    opened.wait_for_names([NAMES[2], NAMES[3], NAMES[5]])
    page.click("#filter-chips button >> nth=0")
    opened.wait_for_names([NAMES[3]])
    page.click("#filter-chips button")
    page.select_option("#filter-state", "stopped")
    opened.wait_for_names(NAMES)
    assert page.locator("b").count() == 0
    assert opened.problems == []


def test_curves_are_chosen_smoothed_and_shown_together_or_side_by_side(browser: Any, dashboard: Dashboard) -> None:
    opened = OpenedDashboard(browser, dashboard)
    page = opened.page
    page.click("#curve-none")
    wait_until(lambda: page.locator("#curve-plots .plot").count() == 0, "no curve is shown")
    for name in ("run-001", "run-003"):
        page.check(f"#table input[aria-label='Curve of {name}']")
    wait_until(lambda: opened.points("run-001") == opened.points("run-003") == 4, "two curves are shown")
    assert page.locator("#curve-plots .plot").count() == 1
    last = """() => { const plot = document.querySelector('#curve-plots .plot');
        return plot.data.filter((trace) => trace.showlegend !== false).map((trace) => trace.y[3]); }"""
    assert page.evaluate(last) == [6, 12]
    page.locator("#curve-smoothing").evaluate("s => { s.value = 2; s.dispatchEvent(new Event('input')); }")
    assert page.evaluate(last) == [5, 10]  # means of the last two: 4 and 6, 8 and 12
    page.select_option("#curve-panels", "run")
    assert page.locator("#curve-plots .plot").count() == 2
    ranges = page.evaluate("[...document.querySelectorAll('#curve-plots .plot')].map((p) => p.layout.yaxis.range)")
    assert ranges[0] == ranges[1]
    page.select_option("#curve-axis", "evaluated")
    assert page.evaluate("document.querySelector('#curve-plots .plot').data[0].x") == [3, 6, 9, 12]
    assert "6 after 4 generations" in page.get_attribute("#curve-plots .plot >> nth=0", "aria-label")
    assert opened.problems == []


def test_at_first_the_boxes_say_which_curves_are_shown(browser: Any, dashboard: Dashboard) -> None:
    opened = OpenedDashboard(browser, dashboard)
    opened.wait_for_names(NAMES)
    wait_until(lambda: opened.points("run-000") == 4, "curves are shown")
    boxes = opened.page.locator("#table tbody input:checked")
    assert boxes.evaluate_all("boxes => boxes.map((box) => box.ariaLabel)") == [f"Curve of {name}" for name in NAMES]
    ticks = opened.page.locator("#curve-plots .xtick text").all_text_contents()
    assert ticks == ["1", "2", "3", "4"], "there is no half of a generation"


def test_parallel_coordinates_name_a_run_and_show_its_curve_by_the_keyboard(browser: Any, dashboard: Dashboard) -> None:
    opened = OpenedDashboard(browser, dashboard)
    page = opened.page
    opened.wait_for_names(NAMES)
    assert page.locator("#parallel-plot path.run").count() == 6
    page.select_option("#parallel-result", "best_fitness")
    page.click("#curve-none")
    page.focus("#parallel-plot")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    words = page.inner_text("#parallel-words")
    assert words == "run-000 (stopped), best fitness: 3, optimizer.population = 16"
    page.keyboard.press("Enter")
    wait_until(lambda: opened.points("run-000") == 4, "its curve is shown")
    page.fill("#search", "population=64")
    wait_until(lambda: page.locator("#parallel-plot path.run").count() == 1, "filters count here, too")
    assert opened.problems == []


def test_failures_open_with_tracebacks(browser: Any, dashboard: Dashboard) -> None:
    opened = OpenedDashboard(browser, dashboard)
    page = opened.page
    opened.wait_for_names(NAMES)
    page.click("#failures-list summary >> nth=1")
    page.wait_for_selector("#failures-list details[open] pre")
    text = page.inner_text("#failures-list details[open]")
    assert "4 individuals failed" in text
    assert "generation 1, individual 1: ValueError: 0" in text
    assert "Traceback" in text
    assert "End of events.log" in text
    assert opened.problems == []


def test_the_report_opens_in_a_cage_and_draws(browser: Any, dashboard: Dashboard) -> None:
    opened = OpenedDashboard(browser, dashboard)
    opened.wait_for_names(NAMES)
    links = opened.page.locator("#table tbody a")
    assert links.count() == 1
    with opened.page.context.expect_page() as made:
        links.click()
    report = made.value
    opened.watch(report)
    report.wait_for_selector("html[data-drawn]")
    assert report.get_attribute("html", "data-drawn") == "true"
    assert dashboard.access.token not in report.url
    assert report.evaluate("window.origin") == "null"
    assert report.evaluate("window.opener") is None
    assert opened.problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_narrow_dashboard_needs_no_sideways_scrolling_and_texts_have_contrast(
    browser: Any, dashboard: Dashboard, theme: str
) -> None:
    opened = OpenedDashboard(browser, dashboard, NARROW, theme)
    page = opened.page
    opened.wait_for_names(NAMES)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    for ink in ("ink", "faint", "link", "good", "bad"):
        for paper in ("paper", "panel"):
            assert contrast(*(page.evaluate(f"Report.colour('{name}')") for name in (ink, paper))) >= 4.5
    before = page.locator("#curve-plots").screenshot()
    page.click("#theme")
    wait_until(lambda: page.locator("#curve-plots").screenshot() != before, "the theme changes the picture")
    assert opened.problems == []


def test_every_control_and_picture_of_the_dashboard_has_a_name(browser: Any, dashboard: Dashboard) -> None:
    opened = OpenedDashboard(browser, dashboard)
    opened.wait_for_names(NAMES)
    wait_until(lambda: opened.points("run-000") == 4, "curves are shown")
    nameless = opened.page.evaluate(
        """() => [...document.querySelectorAll('main select, main input, main button, .plot, main svg.parallel')]
        .filter((e) => !e.closest('.modebar') && !e.hidden)
        .filter((e) => !(e.labels?.length || e.textContent.trim() || e.ariaLabel))
        .map((e) => e.outerHTML)"""
    )
    assert nameless == []


def test_the_page_says_when_the_dashboard_has_ended(browser: Any, tmp_path: Path) -> None:
    make_runs(tmp_path, 1)
    with serving(tmp_path) as dashboard:
        opened = OpenedDashboard(browser, dashboard)
        opened.wait_for_names(["run-000"])
        assert not opened.page.is_visible("#connection")
    wait_until(lambda: opened.page.is_visible("#connection"), "the page says that nobody answers")
    assert "does not answer" in opened.page.inner_text("#connection")
    assert opened.names() == ["run-000"]
