"""Multimodal tracking: signals by equation 16, trainings that learn and repeat, table and figure that go on."""

import csv
import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra [gradient]")

from benchmarks import tracking  # noqa: E402
from neurosim_rl.errors import ConfigurationError, RunFolderError  # noqa: E402
from neurosim_rl.gradient.tracking import TRAINING, VALIDATION, Tracked, TrackingOptions, signals, track  # noqa: E402
from tests.documents import ROOT, all_text, documented_table  # noqa: E402

pytestmark = pytest.mark.gradient

SMALL: Any = {"samples": 16, "steps": 40, "batch": 4, "epochs": 6, "neurons": 8, "learning_rate": 0.01}


def test_signals_are_sums_of_16_slow_sinusoids() -> None:
    found = signals(1, TRAINING, 512, 2000)
    assert found.shape == (2000, 512)
    assert np.abs(found).max() <= 16
    # E[A^2] E[sin^2] = 1/3 * 1/2 for each of 16, where f t has run through many turns
    assert found[1000:].var() == pytest.approx(16 / 6, rel=0.1)
    # no frequency beyond 2 rad/s: the second derivative is at most 4 times the sum of amplitudes
    assert np.abs(np.diff(found, 2, axis=0)).max() / 0.01**2 < 4 * 16
    assert not np.array_equal(found, signals(1, VALIDATION, 512, 2000))


@pytest.mark.parametrize("learn_width", [False, True])
def test_a_training_lowers_the_loss_and_repeats(learn_width: bool) -> None:
    options = TrackingOptions(**SMALL, seed=2, learn_width=learn_width)
    first, again = track(options), track(options)
    np.testing.assert_array_equal(first.losses, again.losses)
    assert len(first.losses) == 7
    assert first.losses[-1] < 0.8 * first.losses[0]
    assert first.n_parameters == 8 + 8 + 8 + 1
    assert (first.widths[0] != pytest.approx(0.5)) == learn_width


def test_what_is_learned_does_not_depend_on_how_often_it_is_validated() -> None:
    options = TrackingOptions(**SMALL, learn_width=True)
    often, seldom = track(options), track(options, validate_every=4)
    assert seldom.losses.tolist() == often.losses[[0, 4, 6]].tolist()
    assert seldom.widths == often.widths
    with pytest.raises(ConfigurationError, match="validate_every = 0: expected at least 1"):
        track(options, validate_every=0)


def test_a_table_goes_on_where_it_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainings = [
        TrackingOptions(**{**SMALL, "epochs": 1}, layers=k, learn_width=w) for k in (1, 2) for w in (False, True)
    ]
    path = tmp_path / "out" / "tracking.csv"
    tracking.run(path, trainings[:2])
    made = []

    def counted(options: TrackingOptions, validate_every: int) -> Tracked:
        made.append(options)
        return track(options, validate_every)

    monkeypatch.setattr(tracking, "track", counted)
    rows = tracking.run(path, trainings)
    assert made == trainings[2:]
    assert tracking.run(path, trainings) == rows
    assert [row["layers"] for row in tracking.summary(rows)] == [1, 2, 1, 2]
    assert tracking.draw(rows, tmp_path / "tracking.png").stat().st_size > 10_000


def test_a_table_tells_trainings_apart_by_all_that_the_command_can_set(tmp_path: Path) -> None:
    brief = {**SMALL, "epochs": 1}
    first, *others = (TrackingOptions(**{**brief, **other}) for other in ({}, {"samples": 8}, {"steps": 20}))
    path = tmp_path / "tracking.csv"
    (row,) = tracking.run(path, [first])
    for other in others:
        assert tracking.run(path, [other])[0]["loss"] != row["loss"]
    assert tracking.run(path, [first]) == [row]


def test_a_table_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brief = {**SMALL, "epochs": 1}
    path = tmp_path / "tracking.csv"
    tracking.run(path, [TrackingOptions(**brief)])
    before = path.read_text()

    def full(*arguments: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(tracking.csv.DictWriter, "writerows", full)
    with pytest.raises(RunFolderError, match="no space left on device"):
        tracking.run(path, [TrackingOptions(**brief, layers=2)])
    assert path.read_text() == before


def test_a_table_of_other_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tracking.csv").write_text("layers,loss\n1,0.5\n")
    with pytest.raises(RunFolderError, match=r"has columns \['layers', 'loss'\]; expected"):
        tracking.run(tmp_path / "tracking.csv", [TrackingOptions(**SMALL)])


def test_a_network_without_a_layer_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"tracking\.layers.*1"):
        TrackingOptions(layers=0)


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["tracking", *arguments, *["--samples", "8", "--steps", "20", "--epochs", "1"]])
    return tracking.main()


def test_the_command_prints_tables_or_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--out", str(tmp_path), "--layers", "1", "--neurons", "2", "4", "--seeds", "1-2"]
    assert command(monkeypatch, *arguments) == 0
    text = capsys.readouterr().out
    assert command(monkeypatch, *arguments, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["surrogate"] for row in found["best"]] == ["fixed width (SG)", "learned width (LSG)"]
    with open(tmp_path / "tracking.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    ratios = [
        float(learned["loss"]) / float(fixed["loss"]) for fixed, learned in zip(rows[::2], rows[1::2], strict=True)
    ]
    (compared,) = found["learned_against_fixed"]
    assert (compared["layers"], compared["pairs"]) == (1, 4)
    assert compared["loss, learned / fixed"] == f"{np.median(ratios):.3f}"
    low, high = map(float, compared["95 % interval"].split(" to "))
    assert min(ratios) - 1e-3 <= low <= np.median(ratios) <= high <= max(ratios) + 1e-3
    assert compared["95 % interval"] in text


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (b"\xff\xfe", "cannot be read"),
        (b"a,b\n1,2\n", "has columns"),
        (",".join(tracking.COLUMNS).encode() + b"\n0,1,4,1,1,8,20,13\n", "cannot be read"),
        (",".join(tracking.COLUMNS).encode() + b"\n0,1,4,1,1,8,20,13,2.5,small\n", "cannot be read.*small"),
    ],
)
def test_a_file_that_is_no_table_is_told_and_left_alone(
    damage: bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tracking.csv"
    path.write_bytes(damage)
    assert command(monkeypatch, "--out", str(tmp_path)) == 2
    assert re.search(rf"tracking: error: .*{message}.*Move it away", capsys.readouterr().err)
    assert path.read_bytes() == damage


def test_the_site_tells_how_well_networks_track_sinusoids() -> None:
    rows = tracking.read(ROOT / "benchmarks" / "studies" / "tracking" / "tracking.csv")
    trainings = [tuple(int(row[name]) for name in ("learn_width", "layers", "neurons", "seed")) for row in rows]
    neurons = (4, 8, 16, 32, 64, 128, 256)
    assert sorted(trainings) == sorted(product((0, 1), (1, 2, 4), neurons, range(1, 6)))
    default = TrackingOptions()
    assert {(row["epochs"], row["samples"], row["steps"]) for row in rows} == {
        (str(default.epochs), str(default.samples), str(default.steps))
    }
    told = documented_table("surrogate            layers")
    found = [[str(value) for value in row.values()][:-1] for row in tracking.summary(rows)]
    assert told == found
    for row in tracking.comparison(rows):
        assert f"{row['loss, learned / fixed']} ({row['95 % interval']})" in all_text()
