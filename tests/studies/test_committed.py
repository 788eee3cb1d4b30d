"""Results that are part of the repository: what their files say, and what the site says of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import bootstrap

from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.settings.grid import Setting
from neurosim_rl.studies import StudySpecification, StudyTable, read_study
from neurosim_rl.studies.depth import MEASURES, by_depth
from neurosim_rl.studies.settings_digest import settings_digest
from neurosim_rl.studies.summary import CellSummary, by_cell
from neurosim_rl.training.check import check
from tests.documents import ROOT, all_text, documented_table

STUDIES = ROOT / "benchmarks" / "studies"
TABLES = sorted(STUDIES.glob("*/study.h5"))
CONTROLLERS = {"spiking": "feed-forward", "dense": "dense", "linear": "linear"}
"""Names of models in the site's tables."""


@cache
def complete_study(name: str) -> tuple[StudySpecification, StudyTable]:
    """Return a study and its table, which has all runs."""
    study = read_study(STUDIES / f"{name}.toml")
    table = StudyTable.read(STUDIES / name / "study.h5")
    assert not {row.name for row in table.rows} ^ set(study.runs()), "the study is not complete"
    return study, table


@cache
def results(name: str) -> dict[tuple[str, ...], CellSummary]:
    """Return a study's results by their values in the grid."""
    return {tuple(cell.values.values()): cell for cell in by_cell(*complete_study(name))}


@pytest.fixture(params=TABLES, ids=lambda path: path.parent.name)
def committed(request: pytest.FixtureRequest) -> tuple[Path, StudySpecification, StudyTable]:
    path: Path = request.param
    return path, read_study(STUDIES / f"{path.parent.name}.toml"), StudyTable.read(path)


@pytest.mark.parametrize("path", sorted(STUDIES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_study_can_be_run_and_says_how(path: Path) -> None:
    study = read_study(path)
    assert study.name == path.stem
    assert f"neurosim-rl study benchmarks/studies/{path.name} --out benchmarks/studies/{path.stem} --discard-runs" in (
        path.read_text()
    )
    brief = measured_briefly(study)
    assert len({settings_digest(brief.configuration(cell)) for cell in brief.cells()}) == len(study.cells())


def measured_briefly(study: StudySpecification) -> StudySpecification:
    """Return a study whose normalisation is measured in 50 steps, and not in thousands."""
    if study.settings.get("normalisation.name") != "bounds":
        return study
    return replace(study, settings={**study.settings, "normalisation.steps": 50})


def test_a_table_is_that_of_the_study_beside_it(committed: tuple[Path, StudySpecification, StudyTable]) -> None:
    path, study, table = committed
    assert table.specification == (STUDIES / f"{path.parent.name}.toml").read_text()
    assert table.names <= set(study.runs())
    folder = f"benchmarks/studies/{path.parent.name}"
    assert f" study {folder}.toml --out {folder}" in table.provenance["command"]


def test_rows_were_made_with_the_settings_that_the_study_has_today(
    committed: tuple[Path, StudySpecification, StudyTable],
) -> None:
    _, study, table = committed
    digests = {cell: settings_digest(check(study.configuration(cell))) for cell in every_value_once(study)}
    runs = study.runs()
    rows = [(row, runs[row.name][0]) for row in table.rows]
    assert {cell for _, cell in rows} >= set(digests)
    assert {row.name for row, cell in rows if cell in digests and row.settings != digests[cell]} == set()
    assert not [row.name for row in table.rows if row.problem]


def every_value_once(study: StudySpecification) -> list[Setting]:
    """Return cells in which every value of the grid occurs: what a value stands for is the same in every cell."""
    seen: set[tuple[str, str]] = set()
    chosen = []
    for cell in study.cells():
        if not seen.issuperset(cell.values):
            seen.update(cell.values)
            chosen.append(cell)
    return chosen


def test_the_site_tells_what_the_classic_control_study_found() -> None:
    found, task = results("classic-control"), ""
    rows = documented_table("task                     controller")
    assert len(rows) == 15
    for first, controller, *told, _best in rows:
        task = task if first == "\\" else first
        cells = [cell for key, cell in found.items() if key[:2] == (task, CONTROLLERS[controller])]
        assert len(told) == len(cells) == 5
        for text, cell in zip(told, cells, strict=True):
            solved = "" if cell.n_solved is None else f" ({cell.n_solved})"
            assert text == f"{np.median(cell.returns):.1f}{solved}"
            assert len(cell.rows) == 20


@pytest.mark.parametrize(
    ("task", "optimizer", "median", "worst"),
    [
        ("cart-pole", "openai-es", 500.0, 475.0),
        ("acrobot", "cma-es", -80.0, -100.0),
        ("pendulum", "cma-es", -170.0, -1000.0),
        ("mountain-car-continuous", "openai-es", 95.0, 90.0),
    ],
)
def test_spiking_networks_control_the_classic_tasks(task: str, optimizer: str, median: float, worst: float) -> None:
    returns = results("classic-control")[task, "feed-forward", optimizer].returns
    assert np.median(returns) >= median
    assert returns.min() >= worst


def test_mountain_car_is_solved_by_every_seed_and_nearly_optimally_by_half_of_them() -> None:
    (cell,) = results("mountain-car").values()
    assert np.median(cell.returns) >= -100.0
    assert cell.n_solved == len(cell.rows) == 20


def most_episodes(study: StudySpecification, cell: Setting, found: CellSummary) -> int:
    """Return the most episodes that a run of a cell took, validation included."""
    config = study.configuration(cell)
    optimizee = create_optimizee(config)
    validation = config.generations * len(optimizee.validation_elements())
    validation += config.finalists * len(optimizee.final_elements())
    return max(row.n_episodes for row in found.rows) + validation


def test_cart_pole_takes_at_most_5000_episodes_validation_included() -> None:
    study, found = read_study(STUDIES / "classic-control.toml"), results("classic-control")
    for cell in study.cells():
        key = tuple(dict(cell.values).values())
        if key[0] == "cart-pole":
            assert most_episodes(study, cell, found[key]) <= 5000


def test_the_published_network_learns_by_reward_what_the_site_says() -> None:
    found = results("cart-pole-r-stdp")
    ours = found[("cart-pole-sensorimotor",)].returns
    assert np.median(ours) >= 145.0
    assert ours.max() >= 300.0
    rows = documented_table("task                         training episodes")
    assert len(rows) == 2
    for (_, episodes, returns, best), summary in zip(rows, found.values(), strict=True):
        low, median, high = np.percentile(summary.returns, [25, 50, 75])
        assert (returns, best) == (f"{median:.1f} ({low:.1f}, {high:.1f})", f"{summary.returns.max():.1f}")
        assert {int(episodes.replace(" ", ""))} == {row.n_episodes for row in summary.rows}
        assert len(summary.rows) == 10


def test_the_published_network_with_interneurons_balances_after_a_tenth_of_the_published_episodes() -> None:
    study, found = read_study(STUDIES / "cart-pole-evol.toml"), results("cart-pole-evol")
    ours = found["cart-pole-sensorimotor", "true"].returns
    assert len(ours) == 10
    assert np.median(ours) >= 499.0
    rows = documented_table("task                         mirror")
    assert len(rows) == 4
    for (_, _, episodes, returns, solved), cell in zip(rows, study.cells(), strict=True):
        summary = found[tuple(dict(cell.values).values())]
        low, median, high = np.percentile(summary.returns, [25, 50, 75])
        assert (returns, solved) == (f"{median:.1f} ({low:.1f}, {high:.1f})", str(summary.n_solved))
        assert int(episodes.replace(" ", "")) == most_episodes(study, cell, summary) <= 8000


def difference(one: np.ndarray, other: np.ndarray) -> tuple[int, int, int]:
    """Return the difference of medians and its 95 % interval, by a percentile bootstrap over seeds."""
    found = bootstrap(
        (one, other),
        lambda a, b, axis: np.median(a, axis=axis) - np.median(b, axis=axis),
        method="percentile",
        n_resamples=10_000,
        rng=1,
    ).confidence_interval
    return round(np.median(one) - np.median(other)), round(found.low), round(found.high)


def test_evolved_plasticity_beats_fixed_weights_by_what_the_site_says() -> None:
    text = all_text()
    returns = {key[1]: cell.returns for key, cell in results("evolving-to-learn").items()}
    returns |= {key[1]: cell.returns for key, cell in results("evolving-to-learn-policies").items()}
    for values in returns.values():
        assert len(values) == 10
        low, median, high = np.percentile(values, [25, 50, 75])
        assert f"{median:.1f} ({low:.1f}, {high:.1f})" in text
    from_fixed, low, high = difference(returns["r-stdp"], returns["none"])
    assert low > 0
    assert f"differ by {from_fixed} (95 % interval {low} to {high}, bootstrap over seeds)" in text
    from_dense, low, high = difference(returns["r-stdp"], returns["dense"])
    assert low > 0
    assert f"by {from_dense} ({low} to {high})" in text
    assert f"gets {max(returns[key].max() for key in ('none', 'dense', 'linear')):.0f}." in text


def test_the_site_tells_how_depth_serves_both_kinds_of_networks() -> None:
    study, table = complete_study("depth")
    cells = by_cell(study, table)
    found = {(depths.setting["network"], depths.measure): depths for depths in by_depth(study, cells)}
    assert all(returns.shape == (20, 7) for depths in found.values() for returns in depths.returns.values())
    ends, training = MEASURES
    rows = documented_table("network  layers")
    assert len(rows) == 6
    for network, layers, *told in rows:
        means = [found[network, measure].means[int(layers)] for measure in (ends, training)]
        assert told == [f"{mean:.1f} ({low:.1f}, {high:.1f})" for mean, low, high in means]
    rows = documented_table("network  2 against 1")
    assert len(rows) == 2
    for network, *told in rows:
        pairs = [found[network, training].improvements[pair] for pair in ((2, 1), (4, 1), (4, 2))]
        assert told == [f"{mean:.2f} ({low:.2f}, {high:.2f})" for mean, low, high in pairs]
    for pair in ((2, 1), (4, 1), (4, 2)):
        assert found["snn", training].improvements[pair][2] < 0.5
        assert found["ann", training].improvements[pair][1] < 0.5 < found["ann", training].improvements[pair][2]
    by_network = {(cell.values["network"], cell.values["model.hidden"]): cell for cell in cells}
    assert by_network["snn", "[4, 4, 4, 4]"].n_solved == 0
    told = []
    for cell in (by_network["snn", "[8]"], by_network["ann", "[8]"]):
        told += [f"{np.mean([MEASURES[measure](row) for row in cell.rows]):.1f}" for measure in (ends, training)]
    assert "mean return is {} in the end and {} on the way, that of ELU units {} and {}.".format(*told) in all_text()


def test_the_defaults_of_the_classic_tasks_do_on_fresh_seeds_what_the_site_says() -> None:
    limits = {
        "mountain-car": -110.0,
        "cart-pole": 475.0,
        "acrobot": -100.0,
        "mountain-car-continuous": 90.0,
        "pendulum": -200.0,
    }
    found = {**results("defaults"), **results("defaults-classic")}
    rows = documented_table("task                     seeds")
    assert [row[0] for row in rows] == list(limits)
    for task, seeds, reached, limit, median, worst in rows:
        returns = found[(task,)].returns
        assert int(seeds) == len(returns) >= 50
        assert float(limit) == limits[task]
        assert int(reached) == (returns >= limits[task]).sum()
        assert (median, worst) == (f"{np.median(returns):.1f}", f"{returns.min():.1f}")
