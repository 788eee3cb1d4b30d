"""The command ``compare``: tables, CSV, JSON and a figure."""

import csv
import json
from pathlib import Path

from neurosim_rl.cli import main
from neurosim_rl.comparison.groups import group_runs
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.configure import configure


def test_the_command_prints_a_table_and_draws_a_figure(runs: Path, capsys, tmp_path: Path) -> None:
    (runs / "tie=first-seed2" / "run.h5").write_bytes(b"")
    file = tmp_path / "runs.csv"
    assert main(["compare", str(runs), "--csv", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:5]] == [[f"tie={t}", s] for t in ("first", "random") for s in "12"]
    assert [line.split()[-1] for line in (lines[1], *lines[3:5])] == ["finished"] * 3
    assert "damaged: run.h5" in lines[2]
    assert lines[-2].split()[:3] == ["tie=first", "2", "1"]
    assert lines[-1].split()[:3] == ["tie=random", "2", "2"]
    assert (runs / "compare.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader(file.open(newline="")))
    assert [(row["seed"], row["state"]) for row in rows][:2] == [("1", "finished"), ("2", "damaged")]


def test_json_tells_the_same(runs: Path, capsys, tmp_path: Path) -> None:
    assert main(["compare", str(runs), "--json", "--out", str(tmp_path / "figures")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [run["champion_sha256"] for run in told["runs"]] == [
        r.champion_sha256 for g in group_runs([runs]) for r in g.runs
    ]
    assert [setting["n_finished"] for setting in told["settings"]] == [2, 2]
    assert (tmp_path / "figures" / "compare.png").exists()
    assert not (runs / "compare.png").exists()


def test_runs_without_a_generation_are_told_without_a_figure(tmp_path: Path, capsys) -> None:
    RunFolder.create(tmp_path / "a", configure("cart-pole", {"generations": 100}))
    assert main(["compare", str(tmp_path)]) == 0
    assert "0/100" in capsys.readouterr().out
    assert not (tmp_path / "compare.png").exists()
