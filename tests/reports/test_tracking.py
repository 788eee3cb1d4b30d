"""Records of runs in other tools: read back by these tools, they are the run's history; none stops a run."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import neurosim_rl as nrl
from neurosim_rl.api import evolving
from neurosim_rl.cli import main
from neurosim_rl.errors import MissingExtraError, UnknownNameError
from neurosim_rl.records.generation_summary import GenerationSummary, summaries
from neurosim_rl.reports import tensorboard
from neurosim_rl.reports.tracking import TRACKERS, Tracking, check_trackers
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from tests.api.conftest import BRIEF
from tests.histories import generation, with_generations

Curves = dict[str, list[tuple[int, float]]]
"""Points (step, value) of each curve by name."""


def tensorboard_curves(folder: RunFolder) -> Curves:
    """Return the curves as TensorBoard reads them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder.tensorboard_path), size_guidance={"scalars": 0}).Reload()
    return {name: [(e.step, e.value) for e in events.Scalars(name)] for name in events.Tags()["scalars"]}


def mlflow_run(folder: RunFolder) -> Any:
    """Return the one run in MLflow's store."""
    from mlflow.tracking import MlflowClient

    [found] = MlflowClient().search_runs([MlflowClient().get_experiment_by_name("neurosim-rl").experiment_id])
    return found


def mlflow_curves(folder: RunFolder) -> Curves:
    """Return the curves as MLflow reads them."""
    from mlflow.tracking import MlflowClient

    found, curves = mlflow_run(folder), {}
    for name in found.data.metrics:
        points = MlflowClient().get_metric_history(found.info.run_id, name)
        curves[name] = sorted((point.step, point.value) for point in points)
    return curves


READERS: dict[str, Callable[[RunFolder], Curves]] = {"mlflow": mlflow_curves, "tensorboard": tensorboard_curves}


@pytest.fixture(params=sorted(READERS))
def tracker(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a tracker with a store of its own."""
    pytest.importorskip(request.param, reason="needs the extra [track]")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.chdir(tmp_path)  # MLflow's artifacts
    return str(request.param)


def refuse(text: str) -> None:
    raise AssertionError(text)


def track(folder: RunFolder, names: list[str], *numbers: int, warn: Callable[[str], None] = refuse) -> None:
    """Play generations of a run that is then interrupted."""
    with Tracking(folder, names, None, warn) as tracking:
        for number in numbers:
            folder.add_generation(generation(number))
            tracking.after(generation(number))


def assert_history(curves: Curves, folder: RunFolder) -> None:
    """Check that curves are those of a run's history; TensorBoard has single precision."""
    history = folder.history()
    assert history is not None
    for summary in summaries(history):
        for name, value in summary.curves().items():
            assert dict(curves[name])[summary.generation] == pytest.approx(value, rel=1e-7)
    assert {name: len(points) for name, points in curves.items()} == dict.fromkeys(curves, history.n_generations)
    assert set(curves) == set(summaries(history)[0].curves())


def test_a_resumed_run_goes_on_in_the_same_record_without_gaps_up_to_champion_and_figures(
    tracker: str, folder: RunFolder
) -> None:
    track(folder, [tracker], 0, 1, 2)
    assert_history(READERS[tracker](folder), folder)
    with_generations(folder, 3)  # not tracked: the process was killed before, or --track was left out
    track(folder, [tracker], 4, 5)
    assert_history(READERS[tracker](folder), folder)

    champion = read_champion("champion:cart-pole")
    champion.write(folder.champion_path)
    with Tracking(folder, [tracker], None, refuse) as tracking:
        tracking.end(champion, [FIGURE])
    unseen = dict(READERS[tracker](folder)["champion_unseen_return"])
    assert unseen == {champion.generation: pytest.approx(champion.unseen.mean_return, rel=1e-7)}
    (assert_mlflow_has if tracker == "mlflow" else assert_tensorboard_has)(folder, champion)


FIGURE = Path(__file__).parents[2] / "benchmarks" / "results" / "swimmer-archive.png"


def assert_mlflow_has(folder: RunFolder, champion: ChampionRecord) -> None:
    """Check settings, champion and figure of the one run."""
    from mlflow.tracking import MlflowClient

    found = mlflow_run(folder)
    assert [file.path for file in MlflowClient().list_artifacts(found.info.run_id)] == [
        *("champion.h5", "config.toml", "figures")
    ]
    assert found.data.tags["champion_sha256"] == champion.sha256
    assert found.data.params["optimizer.name"] == folder.config().optimizer.name
    assert found.info.status == "FINISHED"


def assert_tensorboard_has(folder: RunFolder, champion: ChampionRecord) -> None:
    """Check settings, champion and figure in the event files."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder.tensorboard_path)).Reload()
    [image] = events.Images("figures/swimmer-archive")
    assert image.encoded_image_string == FIGURE.read_bytes()
    [settings], [text] = events.Tensors("settings"), events.Tensors("champion")
    assert "seed = 9" in settings.tensor_proto.string_val[0].decode()
    assert champion.sha256 in text.tensor_proto.string_val[0].decode()


class FakeWandb:
    """The public functions of wandb that are used. Nothing is sent: what is logged stays in `logged`."""

    def __init__(self) -> None:
        self.logged: dict[int, dict] = {}
        self.begun: list[dict] = []
        self.artifacts: list[Any] = []
        self.Artifact, self.Image = FakeArtifact, str

    def init(self, **options: Any) -> Any:
        self.begun.append(options)
        return SimpleNamespace(
            id=options["id"] or "abc123",
            step=1 + max(self.logged, default=-1),
            summary={},
            log=lambda values, step=-1: self.logged.setdefault(step, values),
            log_artifact=self.artifacts.append,
            finish=lambda exit_code: self.begun[-1].update(exit_code=exit_code),
        )


class FakeArtifact:
    def __init__(self, name: str, type: str) -> None:
        self.name, self.files = name, []  # type: ignore[var-annotated]

    def add_file(self, path: str) -> None:
        self.files.append(Path(path).name)


def test_wandb_gets_curves_settings_and_artifacts_and_goes_on_with_its_id(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    wandb = FakeWandb()
    monkeypatch.setitem(sys.modules, "wandb", wandb)  # type: ignore[arg-type]
    track(folder, ["wandb"], 0, 1)
    champion = read_champion("champion:cart-pole")
    with Tracking(folder, ["wandb"], None, refuse) as tracking:
        folder.add_generation(generation(2))
        tracking.after(generation(2))
        tracking.end(champion, [Path("fitness.png")])
    history = folder.history()
    assert history is not None
    assert [wandb.logged[k] for k in range(3)] == [summary.curves() for summary in summaries(history)]
    first, second = wandb.begun
    assert (first["id"], first["exit_code"], second["id"], second["resume"], second["exit_code"]) == (
        *(None, 1),
        *("abc123", "allow", 0),
    )
    assert first["config"]["seed"] == 9
    assert [artifact.files for artifact in wandb.artifacts] == [["champion.h5", "config.toml"]]
    assert list(wandb.logged[-1]) == ["figures/fitness"]


@pytest.fixture
def full_disk(tracker: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let the tracker's store not grow, as on a full disk; the value is what the system says then."""
    if tracker == "tensorboard":
        monkeypatch.setattr(tensorboard, "open", lambda *_: open("/dev/full", "wb"), raising=False)  # noqa: SIM115  # the tracker closes it
        yield "No space left on device"
        return
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def limit(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    event.listen(Engine, "connect", limit)
    yield "database or disk is full"
    event.remove(Engine, "connect", limit)


def test_a_full_disk_of_a_tracker_and_a_callback_that_raises_end_no_run(
    tracker: str, full_disk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evolving, "_figures", lambda *_: [])
    seen: list[GenerationSummary] = []

    def on_generation(summary: GenerationSummary) -> None:
        seen.append(summary)
        if summary.generation == 1:
            raise ValueError("a mistake in a callback")

    with pytest.warns(UserWarning, match="the run continues without it") as warned:
        run = nrl.evolve(
            *("cart-pole", BRIEF), out=tmp_path / "r", progress=False, track=tracker, on_generation=on_generation
        )
    texts = [str(w.message) for w in warned if "tracking by" in str(w.message)]
    assert len(texts) == 2
    assert f"tracking by {tracker} failed" in texts[0]
    assert full_disk in texts[0]
    assert len(texts[0]) < 200  # none of the SQL
    assert "tracking by on_generation failed, and the run continues without it: ValueError: a mistake in a" in texts[1]
    assert [summary.generation for summary in seen] == [0, 1]
    history = RunFolder.open(run.path).history()
    assert history is not None
    assert summaries(history)[:2] == seen
    assert run.status.state == "finished"
    assert history.n_generations == 3
    assert (run.path / "events.log").read_text().count("continues without it") == 2


def test_a_record_that_is_left_out_is_named(folder: RunFolder) -> None:
    pytest.importorskip("tensorboard")
    track(folder, ["tensorboard"], 0)
    lines: list[str] = []
    track(folder, [], 1, warn=lines.append)
    [line] = lines
    assert "has a record in tensorboard, which ends here without --track tensorboard" in line


@pytest.mark.parametrize("content", ["", "[1]", '{"mlflow": 3}', "{", "[" * 20_000])
def test_a_file_of_ids_that_is_damaged_begins_new_records(content: str, folder: RunFolder) -> None:
    pytest.importorskip("tensorboard")
    folder.tracking_path.write_text(content)
    track(folder, ["tensorboard"], 0)
    assert math.isclose(len(tensorboard_curves(folder)["best_fitness"]), 1)


def test_no_pipe_is_read_as_a_record_of_tensorboard(folder: RunFolder) -> None:
    pytest.importorskip("tensorboard")
    folder.tensorboard_path.mkdir()
    os.mkfifo(folder.tensorboard_path / "events.out.tfevents.1.somewhere.2")
    lines: list[str] = []
    track(folder, ["tensorboard"], 0, warn=lines.append)
    [line] = lines
    assert "the run continues without it: OSError: it is no regular file" in line


@pytest.mark.parametrize("name", sorted(TRACKERS))
def test_a_tracker_that_is_not_installed_is_an_error_before_the_run(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"\[(track|wandb)\]"):
        check_trackers([name])
    assert main(["evolve", "cart-pole", "--track", name, "--out", str(tmp_path / "run")]) == 2
    assert not (tmp_path / "run").exists()
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_tracker_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown tracker 'tensorbord'. Did you mean 'tensorboard'\?"):
        check_trackers(["tensorbord"])


@pytest.mark.parametrize("words", [["study", "F.toml"], ["submit", "--study", "F.toml", "--dry-run"]])
def test_a_study_has_no_trackers_and_says_what_has(words: list[str], capsys) -> None:
    assert main([*words, "--track", "mlflow"]) == 2
    assert "--track mlflow with a study: its runs share batches" in capsys.readouterr().err


def test_a_job_repeats_the_trackers(tmp_path: Path, capsys) -> None:
    pytest.importorskip("tensorboard")
    words = ["submit", "cart-pole", "--track", "tensorboard", "--out", str(tmp_path / "run"), "--dry-run"]
    assert main(words) == 0
    assert "--track tensorboard" in capsys.readouterr().out
