"""The command ``analyse``: measures and figures of networks on a grid, of others, and of policies without neurons."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest

from neurosim_rl.cli import main
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.reports.figures import ANALYSE, FIGURES, draw_figures, figures_of
from neurosim_rl.reports.subject import DoesNotApply, Subject
from neurosim_rl.reports.view import View
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

SMALL: dict[str, Any] = {
    "generations": 1,
    "episodes": 1,
    "validation_episodes": 1,
    "finalists": 0,
    "window_ms": 16.0,
    "resolution_ms": 1.0,
    "workers": 1,
    "environment": {"kwargs": {"max_episode_steps": 12}},
    "normalisation": {"name": "bounds", "steps": 50, "gain": 2.5},
    "encoder": {"name": "weighted", "n_neurons": 0},
    "decoder": {"name": "linear", "n_neurons": 0},
}
MODELS: dict[str, dict[str, Any]] = {
    "line": {"name": "spatial", "grid": [9], "v_th_limit": 100.0, "prune": False},
    "sheet": {"name": "spatial", "grid": [3, 4], "v_th_limit": 100.0, "prune": False},
    "block": {"name": "spatial", "grid": [2, 3, 2], "v_th_limit": 100.0, "prune": False},
    "random": {"name": "spatial", "grid": [3, 3], "wiring": "random", "v_th_limit": 100.0, "prune": False},
    "single-layer": {"name": "single-layer", "neurons": 4},
    "linear": {"name": "linear"},
    "elites": {"name": "spatial", "grid": [3, 3], "v_th_limit": 100.0, "prune": False},
}
OPTIMIZER = {**dict.fromkeys(("line", "sheet", "block", "random"), "structured-genetic"), "elites": "map-elites"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a finished run of each model; its champion is good for nothing."""
    made = {}
    for name, model in MODELS.items():
        optimizer = {
            "name": OPTIMIZER.get(name, "genetic"),
            "population": 8,
            **({"cells": [4, 4, 2]} if name == "elites" else {}),
        }
        config = check(configure("pendulum", SMALL, {"model": model, "optimizer": optimizer}))
        made[name] = tmp_path_factory.mktemp("networks") / name
        run_to_end(config, RunFolder.create(made[name], config), executor=SerialExecutor())
    return made


NETWORK_FIGURES = figures_of(ANALYSE)
NO_ARCHIVE = {"archive": "the run had no optimizer with an archive, such as map-elites"}
NO_GAIT = {"gait": "no movement of the episode repeats itself"}  # of an episode of 12 steps
OF_ACTIVITY = ["intervals", "balance", "triggered"]


@pytest.mark.parametrize("name", ["line", "sheet", "block", "elites"])
def test_networks_on_a_grid_have_every_figure(runs: dict[str, Path], name: str, tmp_path: Path) -> None:
    files, left_out = draw_figures(Subject.of(str(runs[name])), tmp_path / "figures", NETWORK_FIGURES)
    of_activity = {name: why for name, why in left_out.items() if name in OF_ACTIVITY}  # a champion may do nothing
    assert left_out == NO_GAIT | ({} if name == "elites" else NO_ARCHIVE) | of_activity
    assert [path.stem for path in files] == [figure for figure in NETWORK_FIGURES if figure not in left_out]
    for path in files:
        image = matplotlib.image.imread(path)
        assert image.shape[0] > 500
        assert image.std() > 0.01


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("random", "neurons of model 'spatial' with wiring = 'random' have no position on a grid"),
        ("single-layer", "neurons of model 'single-layer' have no position on a grid"),
    ],
)
def test_figures_that_do_not_apply_are_left_out_with_the_reason(
    runs: dict[str, Path], name: str, reason: str, tmp_path: Path
) -> None:
    files, left_out = draw_figures(Subject.of(str(runs[name])), tmp_path, NETWORK_FIGURES)
    assert {path.stem for path in files} >= {"weights"}
    expected = dict.fromkeys(("space", "lengths"), reason) | NO_GAIT | NO_ARCHIVE
    assert {name: why for name, why in left_out.items() if name not in OF_ACTIVITY} == expected
    assert sorted(tmp_path.iterdir()) == sorted(files)


def test_a_policy_without_neurons_has_its_weights_only(runs: dict[str, Path], tmp_path: Path) -> None:
    subject = Subject.of(str(runs["linear"]))
    files, left_out = draw_figures(subject, tmp_path, NETWORK_FIGURES)
    assert [path.stem for path in files] == ["weights"]
    without = {*NETWORK_FIGURES} - {"weights", "archive"}
    assert left_out == dict.fromkeys(without, "a linear policy has no neurons") | NO_ARCHIVE
    (ax, _) = FIGURES["weights"].draw(subject).axes
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [
        "cos(angle)",
        "sin(angle)",
        "angular velocity",
        "bias",
    ]
    assert subject.champion is not None
    shown: np.ndarray = np.asarray(ax.images[0].get_array())
    assert shown.shape == (1, 4)
    assert shown[0] == pytest.approx(np.roll(subject.champion.vector, -1))  # genes begin with the bias


def test_the_gait_of_a_movement_that_repeats_is_drawn_and_of_another_is_not() -> None:
    figure = FIGURES["gait"].draw(Subject.of("champion:cart-pole"))
    assert figure.get_suptitle().startswith("Two cycles of a gait of")
    with pytest.raises(DoesNotApply, match="no movement of the episode repeats itself"):
        FIGURES["gait"].draw(Subject.of("champion:mountain-car"))


@pytest.mark.parametrize("name", OF_ACTIVITY)
def test_figures_of_activity_are_those_of_the_shown_episode(name: str) -> None:
    subject = replace(Subject.of("champion:mountain-car"), view=View(episode=4))
    figure = FIGURES[name].draw(subject)
    assert figure.get_suptitle().startswith(f"Episode 4 of 10 recorded: start seed {subject.recording.start_seeds[3]}")


def test_a_champion_without_a_run_has_no_archive(runs: dict[str, Path], tmp_path: Path) -> None:
    subject = Subject.of(str(RunFolder.open(runs["elites"]).champion_path))
    _, left_out = draw_figures(subject, tmp_path, NETWORK_FIGURES)
    assert left_out["archive"] == "a champion file does not hold the other individuals; name its run folder"


def test_the_archive_has_all_that_did_not_fail(runs: dict[str, Path]) -> None:
    subject = Subject.of(str(runs["elites"]))
    history = subject.run_history
    one = np.arange(history.n_evaluations) == int(np.argmax(history.fitness))
    failed = replace(history, failure=np.where(one, "", "why"))
    for found, n in ((history, None), (failed, 1)):
        figure = FIGURES["archive"].draw(replace(subject, history=found))
        cells = {tuple(np.floor(b * [4, 8, 2]).clip(0, [3, 3, 1])) for b in history.behaviour}
        assert f"{n or len(cells)} of 32 cells" in figure.axes[0].get_title()


def test_intervals_are_those_of_the_chosen_time() -> None:
    subject = Subject.of("champion:mountain-car")
    counted = []
    for time_range in ("", "0:20"):
        figure = FIGURES["intervals"].draw(replace(subject, view=View(time_range=time_range)))
        labels = [str(patch.get_label()) for patch in figure.axes[0].patches]
        counted.append([int(label.split("(")[1].split()[0]) for label in labels])
    spikes = subject.recording.spikes.of(subject.trial)
    for counts, shown in zip(counted, (spikes, spikes.between(0.0, 400.0)), strict=True):
        _, per_neuron = np.unique(shown.neuron, return_counts=True)
        assert sum(counts) == (per_neuron - 1).sum()


def test_an_unfinished_run_is_refused(tmp_path: Path, capsys) -> None:
    RunFolder.create(tmp_path / "run", configure("pendulum", SMALL, {"model": MODELS["linear"]}))
    assert main(["analyse", str(tmp_path / "run")]) == 2
    assert "has no champion yet" in capsys.readouterr().err


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_analyse_prints_a_table_and_draws_into_the_run_folder(runs: dict[str, Path], capsys) -> None:
    text = output(capsys, "analyse", str(runs["elites"]))
    assert "weights that are not 0" in text
    assert "dense, as many weights" in text
    assert "Davies et al. 2018" in text
    for name in set(NETWORK_FIGURES) - {*NO_GAIT, *OF_ACTIVITY}:
        path = runs["elites"] / "figures" / f"{name}.png"
        assert str(path) in text
        assert path.read_bytes().startswith(b"\x89PNG")


def test_analyse_prints_one_json_object(runs: dict[str, Path], tmp_path: Path, capsys) -> None:
    arguments = ["analyse", str(runs["random"]), "--episodes", "3", "--out", str(tmp_path), "--json"]
    result = json.loads(output(capsys, *arguments))
    assert (result["task"], result["episodes"]) == ("pendulum", 3)
    assert 0 < result["champion"]["connection_sparsity"] < 1
    assert result["champion"]["energy_per_step_j"]["loihi"]["mean"] > 0
    assert set(result["beside"]) == {"dense, as many weights"}
    assert result["beside"]["dense, as many weights"]["spikes_per_step"] is None
    assert result["figures"][0] == str(tmp_path / "weights.png")
    assert set(result["left_out"]) - {*OF_ACTIVITY} == {"space", "lengths", "gait", "archive"}


def test_a_policy_without_neurons_is_analysed(runs: dict[str, Path], tmp_path: Path, capsys) -> None:
    text = output(capsys, "analyse", str(runs["linear"]), "--out", str(tmp_path))
    assert "dense, as many weights" not in text
    assert (
        text.count("a linear policy has no neurons") == len(NETWORK_FIGURES) - 2
    )  # all but the weights and the archive
    lines = {line.split("  ")[0]: line for line in text.splitlines()}
    assert lines["weights that are not 0"].split()[-1] == "3"
    assert lines["spikes per environment step"].split()[-1] == "-"


def test_a_champion_without_a_folder_is_measured_and_asks_where_figures_go(capsys) -> None:
    assert main(["analyse", "champion:cart-pole"]) == 0
    captured = capsys.readouterr()
    assert "130" in captured.out
    assert "--out DIR" in captured.err
    assert main(["analyse", "champion:cart-pole", "--no-figures"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("episodes", ["-1", str(2**30)])
def test_numbers_of_episodes_without_unseen_starts_are_refused(episodes: str, capsys) -> None:
    assert main(["analyse", "champion:cart-pole", "--episodes", episodes]) == 2
    assert "expected at least 1" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("neurosim_rl.measures.champion.measures", lambda *_: pytest.fail("it was measured"))
    assert main(["analyse", "champion:cart-pole", "--out", str(tmp_path / "file" / "figures")]) == 2
    assert "Choose another folder" in capsys.readouterr().err
