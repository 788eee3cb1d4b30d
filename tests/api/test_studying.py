"""Studies and submissions from Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import neurosim_rl as nrl
from neurosim_rl.errors import ConfigurationError, RunFolderError, SubmissionError, UnknownNameError

ROOT = Path(__file__).parents[2]
FILE = """
seeds = "1-2"
grid.task = ["cart-pole"]
grid."optimizer.name" = ["genetic", "openai-es"]
[settings]
generations = 1
validation_episodes = 1
finalists = 0
"optimizer.population" = 4
"model.hidden" = [2]
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> nrl.Study:
    folder = tmp_path_factory.mktemp("study")
    (folder / "small.toml").write_text(FILE)
    return nrl.study(folder / "small.toml", out=folder / "out", workers=1, progress=False)


def test_a_study_has_a_row_for_each_run(study: nrl.Study) -> None:
    frame = study.runs
    assert len(frame) == 4
    assert sorted(frame["optimizer.name"].unique()) == ["genetic", "openai-es"]
    for row in frame.to_dict("records"):
        assert study.run(row["run"]).champion.sha256 == row["sha256"]
        assert row["mean_return"] == pytest.approx(study.run(row["run"]).champion.unseen.mean_return)
    assert study.status["state"] == "finished"
    assert "4 of 4 runs" in repr(study)
    assert len(repr(study).splitlines()) <= 5
    with pytest.raises(UnknownNameError, match="unknown run of the study 'nothing'"):
        study.run("nothing")


def test_a_study_is_loaded_drawn_and_told(study: nrl.Study) -> None:
    again = nrl.load(study.path)
    assert isinstance(again, nrl.Study)
    assert again.runs.equals(study.runs)
    assert {"learning", "solved"} <= set(again.plot())
    assert "<img" in again._repr_html_()
    with pytest.raises(UnknownNameError, match="Did you mean 'learning'"):
        again.plot("learnin")
    assert "genetic" in again.report()
    with pytest.raises(RunFolderError, match=r"is no study's folder"):
        nrl.Study(study.path / "runs")


def test_curves_end_with_the_best_of_each_run() -> None:
    study = nrl.load(ROOT / "benchmarks/studies/classic-control")
    runs, curves = study.runs, study.curves
    assert set(curves["run"]) == set(runs["run"])
    last = curves.groupby("run").evaluations.max()
    np.testing.assert_array_equal(last[runs["run"]], runs["n_evaluations"])


def test_a_dry_run_gives_the_script_and_makes_nothing(here: Path) -> None:
    one = nrl.submit("cart-pole", seed=4, cluster={"partition": "batch"}, dry_run=True, generations=2)
    assert "#SBATCH --partition=batch" in one.script
    assert one.path == here / "runs" / "cart-pole-seed4"
    many = nrl.submit("cart-pole", seeds="1-3", grid=["decoder.tie=first,random"], dry_run=True)
    assert many.n_runs == 6
    assert "dry run" in repr(many)
    (here / "small.toml").write_text(FILE)
    assert nrl.submit(study="small.toml", dry_run=True).n_runs == 0
    assert sorted(path.name for path in here.iterdir()) == ["small.toml"]


def test_what_cannot_be_submitted_is_refused(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"expected a task, or study='FILE\.toml'"):
        nrl.submit(dry_run=True)
    with pytest.raises(ConfigurationError, match="beside a task or settings"):
        nrl.submit("cart-pole", study="x.toml", dry_run=True)
    with pytest.raises(ConfigurationError, match="Put all seeds into seeds"):
        nrl.submit("cart-pole", seed=1, seeds="1-2", dry_run=True)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SubmissionError, match="sbatch is not found"):
        nrl.submit("cart-pole")
