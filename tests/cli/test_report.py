import json
from pathlib import Path

import pytest

from neurosim_rl.cli import main, report
from neurosim_rl.reports import figures
from neurosim_rl.reports.run_page import after_run, responses
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.configure import configure
from tests.histories import generation


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "GRID", 2)
    monkeypatch.setattr(responses, "FINE_GRID", 2)
    monkeypatch.setattr(responses, "MOST_STEPS", 1)


def test_the_page_of_a_champion_needs_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "champion:cart-pole"]) == 2
    assert "Add --out F.html" in capsys.readouterr().err
    assert main(["report", "champion:cart-pole", "--out", str(tmp_path / "a.pdf")]) == 2
    assert "expected a name that ends with .html" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_json_has_path_and_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "page.html"
    assert main(["report", "champion:cart-pole-linear", "--no-film", "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"path": str(out), "bytes": out.stat().st_size}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["champion:cart-pool"], "Did you mean 'cart-pole'"),
        (["nowhere"], "nowhere"),
        (["champion:cart-pole", "--variables", "pole angel,cart position"], "Did you mean 'pole angle'"),
        (["a", "b", "--watch"], "--watch is for one run folder"),
        (["a", "b", "--variables", "x,y"], "--variables is for one run or champion"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", *arguments, "--out", str(tmp_path / "page.html")]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_watching_writes_a_page_after_each_generation_until_nobody_works_on_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder.create(tmp_path / "run", configure("cart-pole", generations=3))
    pages: list[str] = []
    work = folder.locked()
    work.__enter__()
    folder.add_generation(generation(0))

    def pause(seconds: float) -> None:
        """Read the page, then do what the run does in the meantime."""
        pages.append((folder.path / "report.html").read_text(encoding="utf-8"))
        if len(pages) == 1:
            folder.add_generation(generation(1))
        if len(pages) == 2:
            work.__exit__(None, None, None)

    monkeypatch.setattr(report.time, "sleep", pause)
    assert main(["report", str(folder.path), "--watch"]) == 0
    pages.append((folder.path / "report.html").read_text(encoding="utf-8"))
    assert ["1 of 3" in pages[0], "2 of 3" in pages[1], "2 of 3" in pages[2]] == [True] * 3
    assert ['http-equiv="refresh"' in page for page in pages] == [True, True, False]


TINY = ["--generations", "1", "--population", "4", "--workers", "1", "--set", "episodes=1"]


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "draw_after_run", lambda *_, **__: ([], {}))


@pytest.mark.usefixtures("without_figures")
def test_a_run_ends_with_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    assert main(["evolve", "cart-pole", *TINY, "--out", str(run)]) == 0
    printed = capsys.readouterr()
    assert str(run / "report.html") in printed.out.splitlines()
    assert f"neurosim-rl report {run}" not in printed.out + printed.err  # not among what may come next: it is there
    page = (run / "report.html").read_text(encoding="utf-8")
    assert read_champion(run).sha256 in page
    assert 'http-equiv="refresh"' not in page
    assert RunFolder.open(run).stage_left() == ""


@pytest.mark.usefixtures("without_figures")
@pytest.mark.parametrize("option", ["--no-report", "--no-figures"])
def test_a_run_without_a_report_says_how_to_get_it(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main(["evolve", "cart-pole", *TINY, option, "--out", str(run)]) == 0
    assert not (run / "report.html").exists()
    printed = capsys.readouterr()
    assert f"neurosim-rl report {run}" in printed.out + printed.err


@pytest.mark.usefixtures("without_figures")
def test_a_report_that_fails_costs_a_line_and_not_the_champion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("in the page")

    monkeypatch.setattr(after_run, "write_run_page", fail)
    run = tmp_path / "run"
    assert main(["evolve", "cart-pole", *TINY, "--out", str(run)]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("no report.html: ")]
    assert "in the page" in line
    assert "report failed: " in (run / "events.log").read_text(encoding="utf-8")
    assert read_champion(run).verification.identical


def test_a_report_in_which_the_process_ended_is_not_tried_again(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run", configure("cart-pole", generations=3))
    path, failure = after_run.report_after_run(folder, "figure raster\nreport", limit_s=0.0)
    assert path is None
    assert "neurosim-rl report tries again" in failure
    assert not folder.report_path.exists()


def test_a_target_that_does_not_exist_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--watch"]):
        assert main(["report", str(tmp_path / "nowhere"), *arguments]) == 2
        assert "nowhere does not exist. Name a run folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
