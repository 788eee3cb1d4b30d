"""Studies as TOML: cells, budgets, overrides, and mistakes that are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.optimizees import learner_settings
from neurosim_rl.studies import StudyTable, parse_study, read_study
from neurosim_rl.studies.text import study_summary
from neurosim_rl.training.configure import configure

TEXT = """
name = "two"
seeds = "1-3,7"
evaluations = 100

[grid]
task = ["cart-pole", "mountain-car"]
"optimizer.name" = ["genetic", "l2l-genetic"]
"model.hidden" = [[5], [8, 4]]

[settings]
episodes = 2
"environment.max_steps" = 60

[[override]]
when = { task = "cart-pole" }
settings = { episodes = 3 }

[[override]]
when = { task = "cart-pole", "optimizer.name" = ["genetic"] }
settings = { "optimizer.population" = 16 }

[scale]
cart-pole = { zero = 20, one = 500 }
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(text)
    return path


def test_a_study_is_every_cell_with_every_seed(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, TEXT))
    assert (study.name, study.seeds, study.evaluations) == ("two", (1, 2, 3, 7), 100)
    assert len(study.cells()) == 8
    assert study.n_runs == 32
    assert study.scale == {"cart-pole": (20.0, 500.0)}
    assert dict(study.cells()[1].values) == {
        "task": "cart-pole",
        "optimizer.name": "genetic",
        "model.hidden": "[8, 4]",
    }


def test_settings_and_overrides_hold_where_they_should_and_the_budget_sets_the_generations(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, TEXT))
    configs = {tuple(dict(cell.values).values()): study.configuration(cell) for cell in study.cells()}
    special = configs["cart-pole", "genetic", "[8, 4]"]
    assert special.task == "cart-pole"
    assert special.model.hidden == (8, 4)
    assert special.episodes == 3
    assert special.optimizer.population == 16
    assert special.generations == 6  # 100 evaluations, 16 a generation
    plain = configs["mountain-car", "l2l-genetic", "[5]"]
    assert (plain.episodes, plain.generations, plain.environment.max_steps) == (2, 3, 60)
    assert configs["cart-pole", "l2l-genetic", "[5]"].episodes == 3


def test_a_study_without_tasks_in_its_grid_has_one_in_its_settings(tmp_path: Path) -> None:
    text = 'seeds = "1"\n[grid]\n"model.hidden" = [[5]]\n[settings]\ntask = "cart-pole"\n'
    study = read_study(written(tmp_path, text))
    assert study.name == tmp_path.name
    assert study.configuration(study.cells()[0]).task == "cart-pole"
    bare = read_study(written(tmp_path, text.replace('task = "cart-pole"', "episodes = 1")))
    with pytest.raises(ConfigurationError, match=r"a study needs a task: expected grid\.task"):
        bare.configuration(bare.cells()[0])


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("seeds =", "seds =", UnknownNameError, "Did you mean 'seeds'"),
        ('"1-3,7"', '"3-1"', ConfigurationError, "'3-1' is neither a seed nor a range"),
        ('["cart-pole", "mountain-car"]', "[]", ConfigurationError, "expected one or more values, all different"),
        ('["cart-pole", "mountain-car"]', "5", ConfigurationError, r"Expected grid\.KEY = \[values\]"),
        ('when = { task = "cart-pole" }', 'when = { tusk = "x" }', UnknownNameError, "Did you mean 'task'"),
        ('when = { task = "cart-pole" }', 'when = { task = "cart-pol" }', UnknownNameError, "Did you mean 'cart-pole'"),
        ("zero = 20", "nought = 20", ConfigurationError, "'zero'"),
        ("evaluations = 100", "evaluations = inf", ConfigurationError, "evaluations = inf: expected a whole number"),
        ("evaluations = 100", "evaluations = 'x'", ConfigurationError, "evaluations = 'x': expected a whole number"),
        ("evaluations = 100", "evaluations = -1", ConfigurationError, "evaluations = -1: expected a whole number"),
        ("zero = 20", f"zero = {10**400}", ConfigurationError, "int too large to convert"),
        ("zero = 20", "zero = inf", ConfigurationError, "expected two different, finite numbers"),
        ("zero = 20", "zero = 500", ConfigurationError, "expected two different, finite numbers"),
        ('name = "two"', 'name = "/x"', ConfigurationError, "name = '/x': expected the name of a folder"),
        ('name = "two"', 'name = "../x"', ConfigurationError, "expected the name of a folder"),
        ('name = "two"', 'name = ".."', ConfigurationError, "expected the name of a folder"),
        ('name = "two"', 'name = ""', ConfigurationError, "expected the name of a folder"),
        ('name = "two"', 'name = "x\\u0000"', ConfigurationError, r"name = 'x\\x00': expected the name of a folder"),
        (
            "[grid]",
            f"[grid]\na = {list(range(400))}\nb = {list(range(400))}",
            ConfigurationError,
            "expected at most 100000",
        ),
        ("[grid]", "[settings.x]", ConfigurationError, r"has no \[grid\]|not valid TOML"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, old: str, new: str, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        read_study(written(tmp_path, TEXT.replace(old, new, 1)))


def test_some_cells_may_have_another_budget(tmp_path: Path) -> None:
    text = TEXT.replace("settings = { episodes = 3 }", "settings = { evaluations = 320 }")
    study = read_study(written(tmp_path, text))
    configs = {tuple(dict(cell.values).values()): study.configuration(cell) for cell in study.cells()}
    assert configs["cart-pole", "l2l-genetic", "[5]"].generations == 10
    assert configs["mountain-car", "l2l-genetic", "[5]"].generations == 3


@pytest.mark.parametrize("budget", ["inf", "nan", "'x'", "1.5", "true", "[3]"])
def test_a_budget_that_is_no_number_is_told(tmp_path: Path, budget: str) -> None:
    text = TEXT.replace("settings = { episodes = 3 }", f"settings = {{ evaluations = {budget} }}")
    study = read_study(written(tmp_path, text))
    with pytest.raises(ConfigurationError, match=r"evaluations in the settings = .*: expected a whole number"):
        study.configuration(study.cells()[0])


@pytest.mark.parametrize("hidden", ["x", "[[2]]", "3", "[1.5]", "[" * 50, '{"a": 1}'])
def test_sizes_of_layers_that_are_none_are_told(tmp_path: Path, hidden: str) -> None:
    study = read_study(written(tmp_path, TEXT.replace("[[5], [8, 4]]", f"['{hidden}', '[8, 4]']")))
    with pytest.raises(ConfigurationError, match=r"grid\.model\.hidden = '.*': expected sizes of hidden layers"):
        study_summary(study, StudyTable())


def test_a_budget_below_one_generation_is_told(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, TEXT.replace("evaluations = 100", "evaluations = 10")))
    with pytest.raises(ConfigurationError, match="evaluations = 10 is less than one generation of 16 individuals"):
        study.configuration(study.cells()[0])


def test_an_unknown_value_in_the_grid_is_told_with_the_nearest(tmp_path: Path) -> None:
    study = read_study(
        written(tmp_path, TEXT.replace('["genetic",', '["genetik",').replace('["genetic"]', '["genetik"]'))
    )
    with pytest.raises(UnknownNameError, match="Did you mean 'genetic'"):
        study.configuration(study.cells()[0])


def test_a_name_in_the_settings_keeps_options_in_the_grid(tmp_path: Path) -> None:
    text = 'seeds = "1"\n[grid]\n"optimizer.sigma" = [0.5, 2.0]\n'
    text += '[settings]\ntask = "cart-pole"\n"optimizer.name" = "cma-es"\n'
    study = read_study(written(tmp_path, text))
    assert [study.configuration(cell).optimizer.sigma for cell in study.cells()] == [0.5, 2.0]


def test_a_task_may_evolve_or_learn(tmp_path: Path) -> None:
    path = tmp_path / "learners.toml"
    path.write_text(
        'seeds = "1-2"\n[grid]\ntask = ["target-reaching-vehicle", "cart-pole"]\nlearner = ["evolution", "r-stdp"]\n'
    )
    study = read_study(path)
    by_cell = {cell.values: study.configuration(cell) for cell in study.cells()}
    expected = configure("cart-pole", learner_settings("cart-pole", "r-stdp"), {"seed": 1, "workers": 1})
    assert by_cell[("task", "cart-pole"), ("learner", "r-stdp")] == expected
    assert by_cell[("task", "cart-pole"), ("learner", "evolution")].learning.name == "none"
    path.write_text(path.read_text().replace("r-stdp", "r-sdtp"))
    with pytest.raises(UnknownNameError, match="Did you mean 'r-stdp'"):
        read_study(path).configuration(read_study(path).cells()[-1])


def test_a_study_without_a_name_is_called_after_its_file_and_a_submitted_one_after_its_folder(tmp_path: Path) -> None:
    text = TEXT.replace('name = "two"\n', "")
    assert parse_study(text, tmp_path / "sizes.toml").name == "sizes"
    assert parse_study(text, tmp_path / "sizes" / "study.toml").name == "sizes"


def test_a_run_whose_name_is_like_no_other_is_told_with_one_that_exists(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, TEXT))
    first = next(iter(study.runs()))
    with pytest.raises(UnknownNameError, match=rf"has no run 'x'\. Did you mean '{re.escape(first)}'\?"):
        study.configuration_of("x")


def test_settings_that_would_share_a_folder_are_told(tmp_path: Path) -> None:
    text = 'seeds = "1"\n[grid]\n"environment.id" = ["Cart/Pole", "Cart:Pole"]\n[settings]\ntask = "cart-pole"\n'
    with pytest.raises(ConfigurationError, match="two settings would share a folder"):
        read_study(written(tmp_path, text)).runs()
