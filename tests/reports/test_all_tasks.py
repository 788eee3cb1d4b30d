"""The page of results, from champions that are good for nothing."""

import dataclasses
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.cli import main
from neurosim_rl.errors import MissingExtraError
from neurosim_rl.evaluation.unseen_starts import evaluate_rule
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.measures.champion import measures
from neurosim_rl.measures.controllers import CONTROLLERS, IMPORTED, controller_of
from neurosim_rl.measures.published import EXPERT_ACTORS, SCORES
from neurosim_rl.optimizees import create_optimizee, learner_settings
from neurosim_rl.reports import all_tasks
from neurosim_rl.reports.all_tasks import champion_row, champions_by_task, play_tasks, published_rows
from neurosim_rl.reports.all_tasks_page import page
from neurosim_rl.reports.table_row import TableRow
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.training.ancestor import begin_run, settings_from
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

TASK = "inverted-pendulum"
SMALL: dict[str, Any] = {
    "generations": 2,
    "validation_episodes": 1,
    "workers": 1,
    "normalisation": {"steps": 100},
    "environment": {"kwargs": {"max_episode_steps": 12}},
    "optimizer": {"population": 4},
}


KINDS: dict[str, tuple[Mapping[str, Any], ...]] = {
    "evolved SNN": ({"optimizer": {"population": 4}},),
    "plastic SNN": (
        learner_settings("cart-pole", "r-stdp"),
        {"optimizer": {"population": 2}, "learning": {"episodes": 1}},
    ),
    "evolved ANN": ({"model": {"name": "dense", "hidden": [3]}, "optimizer": {"population": 4}},),
    "linear": ({"model": {"name": "linear"}, "optimizer": {"population": 4}},),
    "PPO SNN": (learner_settings("cart-pole", "ppo", "snn"),),
    "PPO ANN": (learner_settings("cart-pole", "ppo", "ann"),),
}
"""Settings of runs of cart-pole, by the kind of their champions."""
TRAINED = {"PPO SNN", "PPO ANN"}
BRIEF: dict[str, Any] = {"generations": 1, "validation_episodes": 1, "finalists": 0, "workers": 1}
BRIEFLY_TRAINED: dict[str, Any] = {
    "learning": {"updates": 2, "environments": 4, "mini_batches": 2},
    "normalisation": {"steps": 50},
}


def tiny(kind: str, folder: Path) -> ChampionRecord:
    """Return the champion of a run of one generation."""
    layers = (*KINDS[kind], BRIEF, *([BRIEFLY_TRAINED] if kind in TRAINED else []))
    config = check(configure("cart-pole", *layers))
    return run_to_end(config, RunFolder.create(folder, config), executor=SerialExecutor())


@pytest.fixture(scope="module")
def poles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of runs: one champion of each kind that needs no extra."""
    folder = tmp_path_factory.mktemp("poles")
    for kind in set(KINDS) - TRAINED:
        tiny(kind, folder / kind.replace(" ", "-"))
    (folder / "unfinished").mkdir()
    return folder


@pytest.fixture(scope="module")
def champions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a spiking champion and a linear one of a robot."""
    pytest.importorskip("mujoco", reason="needs the extra [mujoco]")
    folder = tmp_path_factory.mktemp("champions")
    for name, model in (("pole", {}), ("pole-linear", {"model": {"name": "linear"}})):
        config = check(configure(TASK, SMALL, model))
        champion = run_to_end(config, RunFolder.create(folder / "run" / name, config), executor=SerialExecutor())
        assert champion.n_steps == RunFolder.open(folder / "run" / name).history().lengths.sum()  # type: ignore[union-attr]
        shutil.copy(folder / "run" / name / "champion.h5", folder / f"{name}.h5")
    return folder


@pytest.fixture(scope="module")
def rows(champions: Path) -> list[TableRow]:
    found = play_tasks(champions_by_task(champions), SerialExecutor(), tasks=[TASK], episodes=4)
    assert list(found) == [TASK]
    return found[TASK]


def test_every_kind_has_a_row_with_all_that_is_known_of_it(poles: Path) -> None:
    found = champions_by_task(poles)
    assert {task: sorted(own) for task, own in found.items()} == {
        "cart-pole": sorted(kind.replace(" ", "-") for kind in set(KINDS) - TRAINED)
    }
    rows = {
        row.family: row for row in play_tasks(found, SerialExecutor(), tasks=["cart-pole"], episodes=5)["cart-pole"]
    }
    for kind in set(KINDS) - TRAINED:
        name, row = kind.replace(" ", "-"), rows[kind]
        champion, history = found["cart-pole"][name], RunFolder.open(poles / name).history()
        assert history is not None
        assert controller_of(champion) == kind
        assert row.controller == f"{kind} ({champion.config.model.name}), {name}"
        assert row.mean == champion.unseen.returns[:5].mean()
        assert row.interval is not None
        assert row.interval[0] <= row.mean <= row.interval[1]
        assert (row.steps, row.seconds) == (history.lengths.sum(), history.seconds.sum())
        assert row.parameters == champion.vector.size
        assert row.spiking == kind.endswith("SNN") == (row.spikes is not None) == ("loihi" in row.energy_j)
        recording = champion.recording
        if row.spikes is not None:
            network = champion.optimizee().network(champion.vector)
            ends = np.cumsum([p.size for p in network.populations])
            sources = [p.is_source for p in network.populations]
            of_neurons = ~np.asarray(sources)[np.searchsorted(ends, recording.spikes.neuron, side="right")]
            counts = np.bincount(recording.spikes.element[of_neurons], minlength=len(recording.lengths))
            assert row.spikes == pytest.approx((counts / recording.lengths).mean())


@pytest.mark.gradient
@pytest.mark.parametrize("kind", sorted(TRAINED))
def test_networks_trained_by_gradients_have_their_rows(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra [gradient]")
    champion = tiny(kind, tmp_path / "run")
    (row, *_) = play_tasks({"cart-pole": {"ppo": champion}}, SerialExecutor(), tasks=["cart-pole"], episodes=2)[
        "cart-pole"
    ]
    assert row.family == controller_of(champion) == kind
    assert row.steps == 2 * 16 * 4
    assert row.parameters == 4 * 64 + 64 + 64 * 2 + 2
    assert row.spiking == (kind == "PPO SNN")


def test_shipped_champions_have_their_kinds_and_an_import_is_said_to_be_one() -> None:
    found = champions_by_task()
    cart_pole = found["cart-pole"]["cart-pole"]
    assert controller_of(cart_pole) == "evolved SNN"
    assert controller_of(found["target-reaching-vehicle"]["target-reaching-vehicle"]) == "plastic SNN"
    assert controller_of(dataclasses.replace(cart_pole, n_evaluations=0)) == IMPORTED


def test_simple_policies_stand_beside_and_other_environments_are_told() -> None:
    champion = read_champion("champion:cart-pole")
    environment = {**champion.config.environment.table(), "kwargs": {"max_episode_steps": 30}}
    other = dataclasses.replace(champion, config=champion.config.replace(environment=environment))
    own = {"short": other, "whole": champion}
    rows = play_tasks({"cart-pole": own}, SerialExecutor(), tasks=["cart-pole"], episodes=3)["cart-pole"]
    (whole, short, *simple) = rows
    assert [row.controller for row in simple] == [f"rule: {champion.optimizee().rule_label}", "random actions"]
    assert (whole.mean, short.mean) == (500, 30)
    assert champion.rule is not None
    assert simple[0].mean == champion.rule.returns[:3].mean() > 30  # in the task's own environment
    assert "not the task's own environment: kwargs = {'max_episode_steps': 30}" in short.source
    assert (whole.own_environment, short.own_environment) == (True, False)


def test_returns_of_another_environment_are_not_compared() -> None:
    own = TableRow("own", "ours", 10.0, interval=(9.0, 11.0), family="evolved SNN", spiking=True)
    easier = dataclasses.replace(own, controller="easier", mean=99.0, own_environment=False)
    text = page({"cart-pole": [easier, own]}, episodes=1, command="x", versions={})
    overview, section = text.split("All tasks")[1].split("\ncart-pole\n---")
    assert "10.0 (9.0 to 11.0)" in overview
    assert "99.0" not in overview
    assert "than our best spiking network (own): none of these." in section
    alone = page({"cart-pole": [easier]}, episodes=1, command="x", versions={})
    assert "There is no spiking champion of this task." in alone


def test_a_task_that_lacks_its_extra_is_left_out_unless_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    original = all_tasks._rows

    def without_mujoco(task: str, *rest: Any) -> list[TableRow]:
        if task in SCORES:
            raise MissingExtraError("'mujoco' is not installed")
        return original(task, *rest)

    monkeypatch.setattr(all_tasks, "_rows", without_mujoco)
    own = {"cart-pole": {"one": read_champion("champion:cart-pole")}}
    left_out: list[str] = []
    found = play_tasks(own, SerialExecutor(), episodes=1, on_left_out=lambda task, error: left_out.append(task))
    assert (list(found), left_out) == (["cart-pole"], sorted(SCORES))
    with pytest.raises(MissingExtraError, match="mujoco"):
        play_tasks(own, SerialExecutor(), tasks=["ant"], episodes=1)


@pytest.mark.mujoco
def test_robots_are_played_on_the_same_starts_as_no_and_random_actions(rows: list[TableRow], champions: Path) -> None:
    by_name = {row.controller: row for row in rows}
    names = {"evolved SNN (single-layer), pole", "linear (linear), pole-linear", "rule: do nothing", "random actions"}
    assert set(by_name) == names
    champion = read_champion(champions / "pole.h5")
    own = by_name["evolved SNN (single-layer), pole"]
    first = champion.unseen.returns[:4]
    assert (own.mean, own.sd) == (first.mean(), np.std(first, ddof=1))
    measured = measures(champion)
    assert own.weights == measured.non_zero_weights
    assert own.steps == champion.n_steps
    assert own.energy_j["loihi"] == measured.energy_per_step_j["loihi"].mean()
    unseen = {"first_seed": DEFAULT_FIRST_SEED, "episodes": 4}
    in_whole_episodes = evaluate_rule(create_optimizee(configure(TASK)), **unseen)
    assert by_name["rule: do nothing"].mean == in_whole_episodes.mean_return
    assert by_name["linear (linear), pole-linear"].weights == 4
    assert all(row.episodes == 4 for row in rows)
    ours = [row.mean for row in rows if row.kind == "ours"]
    assert ours == sorted(ours, reverse=True)


@pytest.mark.parametrize("task", sorted(SCORES))
def test_published_scores_stand_beside_with_what_is_known(task: str) -> None:
    found = {row.controller: row for row in published_rows(task)}
    assert found["spatial SNN, published"].energy_j.keys() == {"loihi"}
    (expert,) = (row for name, row in found.items() if name.startswith("deep expert"))
    sizes = EXPERT_ACTORS[task]
    assert expert.weights == sum(sizes[k] * sizes[k + 1] for k in range(3))
    assert expert.energy_j["arm"] == pytest.approx((expert.weights + sum(sizes[1:])) * 0.9e-9)
    assert "-".join(map(str, sizes)) in expert.source


def result(controller: str, mean: float, kind: str = "ours", spiking: bool = True, **known: Any) -> TableRow:
    return TableRow(controller, kind, mean, **known, spiking=spiking)


def cells(text: str, begin: str) -> list[list[str]]:
    """Return the cells of the page's lines that begin so."""
    lines = (line for line in text.splitlines() if line.startswith(begin))
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]


def test_the_page_says_what_is_better_than_our_best_spiking_network() -> None:
    known: dict[str, Any] = {
        **{"sd": 2.0, "interval": (9.0, 11.25), "forward": 9.5, "parameters": 2000, "weights": 1208},
        **{"steps": 2.5e6, "seconds": 90.0, "spikes": 14.26, "energy_j": {"loihi": 4.91e-7}},
    }
    rows = [
        result("spatial", 10.0, **known),
        result("one layer", 12.0),
        result("linear", 15.0, spiking=False),
        result("expert", 20.0, "published", False),
        result("zero", 0.0, "simple", False),
    ]
    text = page({"swimmer": rows}, episodes=7, command="neurosim-rl results", versions={"numpy": "2"})
    assert "Controllers with a higher mean return than our best spiking network (one layer): linear; expert." in text
    assert "7 unseen starts" in text
    (found,) = cells(text, "spatial ")
    expected = [
        "spatial",
        "10.0 +- 2.0",
        "9.0 to 11.2",
        "9.5",
        "2 000",
        "1 208",
        "2.5 M",
        "1.5",
        "14.3",
        "491",
        "-",
        "-",
    ]
    assert found == expected
    assert max(map(len, text.split("All tasks")[0].splitlines())) <= 120


def test_all_tasks_stand_in_one_table_with_the_best_controller_of_each_kind() -> None:
    found = {
        "cart-pole": [
            result("a", 400.0, family="PPO SNN", interval=(390.0, 410.0)),
            result("b", 450.0, family="PPO SNN", interval=(440.0, 460.0)),
            result("c", 500.0, spiking=False, family="linear", interval=(500.0, 500.0)),
        ],
        "ant": [result("zero", 995.0, "simple", False)],
    }
    text = page(found, episodes=1, command="x", versions={})
    dashes = {family: "-" for family in CONTROLLERS}
    best = dashes | {"PPO SNN": "450.0 (440.0 to 460.0)", "linear": "500.0 (500.0 to 500.0)"}
    assert cells(text, "cart-pole ") == [["cart-pole", *best.values()]]
    assert cells(text, "ant ") == [["ant", *dashes.values()]]
    assert "forward reward" not in text.split("the same for all")[1].split("cart-pole\n---")[1]


def test_a_task_without_a_spiking_champion_says_so() -> None:
    text = page({"ant": [result("zero", 995.0, "simple", False)]}, episodes=1, command="x", versions={})
    assert "There is no spiking champion of this task." in text


def test_the_best_network_says_that_nothing_is_better() -> None:
    rows = [result("spatial", 10.0), result("zero", 1.0, "simple", False)]
    assert "(spatial): none of these." in page({"hopper": rows}, episodes=1, command="x", versions={})


def test_one_command_makes_the_page(poles: Path, tmp_path: Path, capsys) -> None:
    arguments = ["results", "--task", "cart-pole", "--champions", str(poles), "--episodes", "2", "--workers", "1"]
    assert main([*arguments, "--out", str(tmp_path / "page"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    kept = json.loads((tmp_path / "page" / "results.json").read_text())
    assert kept["tasks"] == printed["tasks"]
    assert kept["command"] == f"neurosim-rl results --task cart-pole --episodes 2 --champions {poles}"
    text = (tmp_path / "page" / "results.rst").read_text()
    assert "\ncart-pole\n---------\n" in text
    assert (tmp_path / "page" / "results.png").read_bytes().startswith(b"\x89PNG")
    assert ".. image:: results.png" in text
    assert "Results of all tasks" in (tmp_path / "page" / "results.html").read_text(encoding="utf-8")
    (line,) = cells(text, "cart-pole  ")
    assert [cell == "-" for cell in line[1:]] == [kind in TRAINED for kind in CONTROLLERS]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "inverted-pendulun"], "Did you mean 'inverted-pendulum'"),
        (["--episodes", "0"], "expected 1 to 1072741824"),
        (["--champions", "/nowhere"], "is not a folder. Name a folder of champions"),
    ],
)
def test_wrong_options_are_refused(arguments: list[str], message: str, capsys) -> None:
    assert main(["results", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_without_champions_is_refused_and_no_other_is_made(tmp_path: Path, capsys) -> None:
    (tmp_path / "empty").mkdir()
    arguments = ["--task", "cart-pole", "--workers", "1", "--champions", str(tmp_path / "empty")]
    assert main(["results", *arguments, "--out", str(tmp_path / "page")]) == 2
    assert "empty holds no champion; expected files NAME.h5" in capsys.readouterr().err
    assert not (tmp_path / "page").exists()


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("neurosim_rl.reports.all_tasks.play_tasks", lambda *_, **__: pytest.fail("it was played"))
    assert main(["results", "--task", "cart-pole", "--workers", "1", "--out", str(tmp_path / "file" / "page")]) == 2
    assert "Choose another folder" in capsys.readouterr().err


def test_what_goes_on_from_a_champion_of_another_kind_says_so_and_tells_all_its_training(
    poles: Path, tmp_path: Path
) -> None:
    layers = settings_from(str(poles / "plastic-SNN"), "cart-pole"), BRIEF, {"optimizer": {"population": 4}}
    config = check(configure("cart-pole", *layers))
    run_to_end(config, begin_run(tmp_path / "run", config), executor=SerialExecutor())
    before, champion = read_champion(poles / "plastic-SNN"), read_champion(tmp_path / "run")
    history = RunFolder.open(tmp_path / "run").history()
    assert history is not None
    assert before.seconds is not None
    assert controller_of(champion) == "plastic SNN, then evolved"
    assert champion.seconds == before.seconds + history.seconds.sum()
    again = dataclasses.replace(champion, ancestor_kind=controller_of(champion))
    assert controller_of(again) == "plastic SNN, then evolved"
    assert controller_of(dataclasses.replace(champion, ancestor_kind="evolved SNN")) == "evolved SNN"
    ours = champion_row("run", champion, SerialExecutor(), {"first_seed": 0, "episodes": 1})
    text = page({"cart-pole": [ours]}, episodes=1, command="x", versions={})
    overview = text.split("All tasks")[1].split("\ncart-pole\n---")[0]
    assert "plastic SNN, then evolved" in overview
    assert f"{ours.mean:.1f} (" in overview
