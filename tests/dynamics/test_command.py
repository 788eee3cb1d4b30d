"""The command ``dynamics``: figures, tables and JSON."""

import json
from pathlib import Path

import pytest

from neurosim_rl.cli import main


@pytest.mark.parametrize("name", ["dc", "stdp"])
def test_json_is_one_object_and_the_figure_is_drawn(name: str, tmp_path: Path, capsys) -> None:
    assert main(["dynamics", name, "--out", str(tmp_path / "new"), "--json"]) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert (told["experiment"], told["simulator"]) == (name, "nest")
    figure = tmp_path / "new" / f"{name}.png"
    assert captured.err.replace("\r", "\n").split("\n")[-2] == str(figure)  # before it, a sign of life if it took long
    assert figure.read_bytes().startswith(b"\x89PNG")
    if name == "dc":
        assert told["interval_ms"] == told["interval_closed_form_on_grid_ms"] == 15.9
        assert told["interval_closed_form_ms"] == pytest.approx(15.862943611)
        assert told["driven_distance_mv"] < 1e-6
        assert told["driven_spikes_ms"][:2] == [13.9, 29.8]
    else:
        assert told["window"]["largest_relative_distance"] < 1e-9
        assert told["dependence"]["largest_distance"] < 1e-9
        assert len(told["course"]["weight"]) == len(told["course"]["reference"]) == 100


def test_the_tables_tell_intervals_and_changes(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["dynamics", "dc"]) == 0
    assert "15.862944" in capsys.readouterr().out
    assert main(["dynamics", "stdp"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["+10", "+3.032653", "+3.032653"] in lines
    assert {path.name for path in tmp_path.iterdir()} == {"dc.png", "stdp.png"}


def test_an_unknown_protocol_is_refused_in_one_line(capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["dynamics", "ac"])
    assert capsys.readouterr().err.startswith("neurosim-rl dynamics: error: argument protocol: invalid choice: 'ac'")
