"""Benchmarks measure what they say; the times themselves are not tested."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import (
    closed_loop,
    controllers,
    dense_sweep,
    evolution,
    executors,
    gymnasium_environments,
    profile,
    robots,
    scaling,
    vehicle,
)
from benchmarks.random_networks import n_differing, n_unequal, random_case
from benchmarks.table import render
from neurosim_rl.bridge import SpikeTrains
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.records.spikes import Spikes


def test_an_unknown_benchmark_is_one_line_with_the_nearest(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "equalty"])
    assert command.main() == 2
    assert "Did you mean 'equality'" in capsys.readouterr().err


def test_benchmarks_without_gradients_need_no_pytorch() -> None:
    code = "import sys, benchmarks.__main__; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_benchmark_is_explained() -> None:
    text = (Path(command.__file__).parent / "README.rst").read_text(encoding="utf-8")
    for name in command.BENCHMARKS:
        assert f"``{name}``" in text


def test_a_comparison_sees_nan_on_one_side_and_repeated_spikes() -> None:
    nan = float("nan")
    assert n_unequal(np.array([nan, 1.0, nan, 2.0]), np.array([nan, 1.0, 3.0, nan])) == 2
    assert n_unequal(np.array([0.1 + 0.2]), np.array([0.3])) == 1
    assert n_unequal(np.zeros(3), np.zeros(2)) == 3
    ones = np.ones(4, np.int64)
    four, three = (Spikes(ones[:n], ones[:n], ones[:n], 0.1) for n in (4, 3))
    assert (n_differing(four, three), n_differing(four, four)) == (1, 0)
    assert n_differing(four, Spikes(ones, ones, ones + 1, 0.1)) == 8


def test_random_cases_have_any_grid_and_windows_that_cut_slices() -> None:
    cases = [random_case(seed) for seed in range(60)]
    resolutions = {case.networks[0].grid.ticks_per_step for case in cases}
    assert {300, 350, 600, 700, 950, 1150, 100, 200, 500, 1000} <= resolutions
    assert len(resolutions) >= 48
    n_cut = n_repeated = 0
    for case in cases:
        grid, slice_steps = case.networks[0].grid, case.networks[0].delay_range_steps[0]
        n_cut += bool((np.cumsum([grid.steps(ms) for ms in case.windows_ms]) % slice_steps).any())
        trains = [np.stack([d.row, d.input, d.step]) for d in case.drives if isinstance(d, SpikeTrains)]
        n_repeated += any(np.unique(train, axis=1).shape[1] < train.shape[1] for train in trains)
    assert n_cut > 20
    assert n_repeated > 3


def test_a_profile_s_parts_add_up_and_are_drawn(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(profile, "GENERATIONS", 1)
    monkeypatch.setattr(profile, "CASES", {"compiled, Gymnasium": {"simulator": "compiled"}})
    monkeypatch.setattr(profile, "FIGURE", tmp_path / "profile.png")
    (row,) = profile.run()["rows"]
    shares = [row[f"{part}_percent"] for part in profile.PARTS]
    assert sum(shares) == pytest.approx(100)
    assert min(shares) >= 0
    assert row["simulator_percent"] + row["environment_percent"] + row["outside_percent"] == pytest.approx(100)
    assert (tmp_path / "profile.png").stat().st_size > 1000


def test_controllers_are_compared_in_every_step(monkeypatch) -> None:
    monkeypatch.setattr(controllers, "N_CONTROLLERS", 1)
    monkeypatch.setattr(controllers, "N_EPISODES", 3)
    monkeypatch.setattr(controllers, "TASKS", ("cart-pole",))
    monkeypatch.setattr(controllers, "SHORT", {"generations": 1, "optimizer": {"population": 4}})
    (row,) = controllers.run()["rows"]
    assert (row["controllers"], row["episodes"]) == (1, 3)
    assert row["spikes"] > row["steps"] > 20
    assert row["actions_differing"] == row["returns_differing"] == row["spikes_differing"] == 0


def test_a_controller_that_acts_otherwise_is_noticed(monkeypatch) -> None:
    monkeypatch.setattr(controllers, "N_EPISODES", 3)
    monkeypatch.setattr(controllers, "SHORT", {"generations": 1, "optimizer": {"population": 4}})
    optimizee, vector = controllers._controller("cart-pole", 1)
    good, bad = (controllers._play(optimizee, v, "compiled").episodes.traces.actions for v in (vector, -vector))
    assert controllers._n_different(good, good) == 0
    assert controllers._n_different(good, bad) > 0


def test_the_vehicle_is_timed_and_played_by_both_rules(monkeypatch) -> None:
    for name, small in (("N_SCENES", 4), ("ROUNDS", 1), ("N_STEPS", 10), ("N_RESETS", 2)):
        monkeypatch.setattr(vehicle, name, small)
    avoiding, straight = vehicle.run()["rows"]
    assert avoiding["reached_percent"] > straight["reached_percent"]
    assert avoiding["mean_return"] > straight["mean_return"]
    assert min(vehicle.speed()) > 0


@pytest.fixture
def few_robots(monkeypatch) -> None:
    pytest.importorskip("mujoco", reason="needs the extra [mujoco]")
    for name, small in (("TASKS", ("swimmer",)), ("POPULATION", 2), ("N_STEPS", 3), ("ROUNDS", 1), ("WORKERS", 1)):
        monkeypatch.setattr(robots, name, small)
    monkeypatch.setattr(robots, "PUBLISHED_POPULATION", 2)
    monkeypatch.setattr(robots, "GRIDS", ((3, 3), (4, 4)))
    monkeypatch.setitem(robots.PUBLISHED["normalisation"], "steps", 10)


@pytest.mark.mujoco
def test_robots_are_timed_alone_and_with_networks(few_robots: None) -> None:
    rows = robots.run()["rows"]
    assert [row["engine"] for row in rows] == list(robots.ENGINES)
    for row in rows:
        assert row.keys() == {"task", "engine", "random actions", "the same actions", *robots.CASES, "8 x 8 / the same"}
        assert min(value for key, value in row.items() if key not in ("task", "engine")) > 0


@pytest.mark.mujoco
def test_a_published_generation_of_swimmers_is_timed(few_robots: None) -> None:
    rows = robots.swimmers()["rows"]
    assert [row["engine"] for row in rows] == list(robots.ENGINES)
    assert all(0 < row["lowest"] <= row["median"] <= row["highest"] for row in rows)


@pytest.mark.mujoco
def test_growing_networks_are_timed(few_robots: None) -> None:
    small, larger = robots.growth()["rows"]
    assert (small["neurons"], larger["neurons"]) == (9, 16)
    assert 0 < small["synapses"] < larger["synapses"] < 16 * 16
    assert min(small["us a step"], small["ns an event"], small["events a step"]) > 0


def test_one_generation_of_a_small_population_can_be_measured() -> None:
    seconds, megabytes = scaling.one_generation(4)
    assert seconds > 0
    assert megabytes >= 0


def test_the_loop_is_timed_with_either_engine() -> None:
    pytest.importorskip("envpool", reason="needs the extra [fast]")
    for engine in ("gymnasium", "envpool"):
        assert 0 < closed_loop.ours_ms("compiled", engine, batch=2) < 1000


def test_overhead_is_the_time_beyond_the_longest_task(monkeypatch) -> None:
    monkeypatch.setattr(executors, "NAP_S", 0.02)
    one_after_another = executors.overhead_ms(SerialExecutor(), executors._nap)
    assert one_after_another >= 15 * 20  # of sixteen, fifteen are beyond the longest
    assert executors.overhead_ms(SerialExecutor(), executors._nothing) < one_after_another


def test_the_summary_of_seeds_leaves_out_those_that_never_arrived() -> None:
    rows = [
        {"first_generation_at_goal": g, "held_out_return": -100.0 - k, "best_of_top_3": -99.0}
        for k, g in enumerate([5, None, 7])
    ]
    text = evolution._summary(rows)
    assert "first_generation_at_goal: median 6" in text
    assert "2 of 3 seeds" in text
    assert "held_out_return: median -101" in text


def test_the_dense_network_s_settings_are_judged_by_validation(monkeypatch) -> None:
    monkeypatch.setattr(dense_sweep, "TASKS", ("mountain-car",))
    monkeypatch.setattr(dense_sweep, "SWEEP", dense_sweep.SWEEP[:1])
    monkeypatch.setattr(dense_sweep, "SHORT", {"generations": 1, "episodes": 1, "optimizer": {"population": 4}})
    monkeypatch.setattr(dense_sweep, "create_executor", lambda workers: SerialExecutor())  # processes would not see it
    (row,) = dense_sweep.run()["rows"]
    assert (row["weight_unit"], row["activation"]) == (0.1, "tanh")
    assert -200 <= row["validation_return"] <= -80


def test_a_table_aligns_its_columns() -> None:
    lines = render([{"a": 1, "long name": 2.0}, {"a": "wide cell", "long name": 1 / 3}]).splitlines()
    assert [
        line.index(cell) for line, cell in zip([lines[0], lines[2], lines[3]], ["long", "2", "0.3333"], strict=True)
    ] == [11] * 3


def test_a_toy_text_environment_plays_by_its_id_and_others_say_what_they_need(monkeypatch) -> None:
    monkeypatch.setattr(gymnasium_environments, "draw_after_run", lambda *_, **options: ([], {}))
    row = gymnasium_environments.row("CliffWalking-v1")
    assert list(row.values()) == ["CliffWalking-v1", "Discrete(48): 48", "Discrete(4)", "none", None, "plays"]
    assert "moved to the gymnasium-robotics project" in gymnasium_environments.row("Ant-v2")["outcome"]


def test_the_page_of_environments_has_a_row_for_each_that_gymnasium_registers() -> None:
    page = gymnasium_environments.PAGE.read_text(encoding="utf-8").partition(
        gymnasium_environments.MARK.format("gymnasium")
    )[2]
    listed = [line.removeprefix("   * - ") for line in page.splitlines() if line.startswith("   * - ")]
    ours = [gymnasium_environments.escaped(name) for name in gymnasium_environments.names()]
    assert listed == ["environment", *ours]
