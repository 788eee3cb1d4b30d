"""Configuration: layers, ``--set``, TOML files and the way back."""

import dataclasses
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.optimizees import Configuration, Settings, read_configuration
from neurosim_rl.runs import RunFolder
from neurosim_rl.settings.layers import combine, merge, parse_setting, parse_toml, read_toml
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

keys = st.text(min_size=1, max_size=8).filter(str.isprintable)
numbers = st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)
scalars = numbers | st.booleans() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
tables = st.dictionaries(
    keys.filter(lambda key: key != "name"),
    st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)),
    max_size=4,
)
settings_layers = st.fixed_dictionaries(
    {},
    optional={
        "task": st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        "seed": st.integers(0, 2**63 - 1),
        "generations": st.integers(1, 10**6),
        "starts": st.sampled_from(["fresh", "fixed", "generation"]),
        "window_ms": st.floats(1e-3, 1e6),
        "validation_episodes": st.integers(1, 1000),
        "environment": st.fixed_dictionaries({"kwargs": tables}),
        "model": st.fixed_dictionaries({"neuron_parameters": tables}),
    },
)


@given(settings_layers)
def test_toml_and_back_is_exact(values: dict[str, Any]) -> None:
    config = Settings.read(values)
    assert Settings.from_toml(config.to_toml()) == config
    assert hash(Settings.from_toml(config.to_toml())) == hash(config)


def test_a_list_of_a_table_is_a_tuple_and_a_list_again_in_toml() -> None:
    config = Settings.read({"environment": {"observation_low": [0.0, 1.0], "kwargs": {"angles": [1, 2]}}})
    assert config.environment.observation_low == (0.0, 1.0)
    assert config.environment.kwargs == {"angles": (1, 2)}
    assert config.tables()["environment"]["kwargs"] == {"angles": [1, 2]}


@pytest.mark.parametrize("task", ["mountain-car", "cart-pole"])
def test_a_configuration_is_complete_hashable_and_reads_back_from_toml_and_pickle(task: str) -> None:
    config = configure(task)
    assert config.open_keys() == []
    assert read_configuration(config.to_toml()) == config == pickle.loads(pickle.dumps(config))
    assert len({config, configure(task), configure(task, {"seed": 2})}) == 2


def test_a_table_of_a_configuration_cannot_change() -> None:
    config = configure("mountain-car")
    with pytest.raises(TypeError, match="cannot change"):
        config.model.neuron_parameters["t_ref"] = 2.0
    with pytest.raises(dataclasses.FrozenInstanceError, match="hidden"):
        setattr(config.model, "hidden", (3,))  # noqa: B010


def test_settings_that_leave_something_open_are_no_configuration() -> None:
    values = {**vars(configure("mountain-car")), "simulator": "auto"}
    with pytest.raises(ConfigurationError, match="not complete: simulator is open"):
        Configuration(**values)


def test_what_a_normalisation_needs_is_measured_and_recorded() -> None:
    config = configure("cart-pole", {"normalisation": {"name": "statistics", "steps": 50}})
    assert len(config.normalisation.mean) == len(config.normalisation.deviation) == 4
    with pytest.raises(ConfigurationError, match=r"normalisation\.mean, normalisation\.deviation is open"):
        config.replace(normalisation={"name": "statistics"})


def test_later_layers_win_key_by_key() -> None:
    config = Settings.read(
        {"seed": 1, "decoder": {"name": "winner", "tie": "first"}},
        {"seed": 2, "decoder": {"tie": "random"}},
        {"encoder": {"tuning": {"n_fields": 3}}},
        {"encoder": {"tuning": {"width": 0.5}}},
    )
    assert config.seed == 2
    assert (config.decoder.name, config.decoder.tie) == ("winner", "random")
    assert (config.encoder.tuning.n_fields, config.encoder.tuning.width) == (3, 0.5)
    assert config.generations == Settings().generations


def test_a_table_that_names_another_component_replaces_the_one_below() -> None:
    below = {"encoder": {"name": "current", "peak_pa": 9.0, "tuning": {"name": "one-hot", "n_bins": 3}}}
    other = Settings.read(below, {"encoder": {"name": "poisson", "peak_hz": 5.0}})
    assert (other.encoder.name, other.encoder.peak_hz, other.encoder.tuning.name) == ("poisson", 5.0, "gaussian")
    same = Settings.read(below, {"encoder": {"name": "current", "tuning": {"name": "linear"}}})
    assert (same.encoder.peak_pa, same.encoder.tuning.name) == (9.0, "linear")


def test_a_layer_is_not_changed_by_those_above() -> None:
    below = {"decoder": {"name": "winner"}}
    Settings.read(below, {"decoder": {"tie": "first"}})
    assert below == {"decoder": {"name": "winner"}}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("seed=5", {"seed": 5}),
        ("model.hidden=[8, 4]", {"model": {"hidden": [8, 4]}}),
        ("decoder.tie=random", {"decoder": {"tie": "random"}}),
        ("decoder.tie='random'", {"decoder": {"tie": "random"}}),
        (" encoder.clip = false ", {"encoder": {"clip": False}}),
        ("encoder.tuning={name='linear'}", {"encoder": {"tuning": {"name": "linear"}}}),
        ("environment.kwargs.xml_file=a=b", {"environment": {"kwargs": {"xml_file": "a=b"}}}),
        ("task=", {"task": ""}),
        ("window_ms=1e1", {"window_ms": 10.0}),
    ],
)
def test_a_setting_is_a_layer_with_one_key(setting: str, expected: dict[str, Any]) -> None:
    assert parse_setting(setting) == expected


@pytest.mark.parametrize("setting", ["seed", "=5", " =5", ""])
def test_a_setting_without_key_or_value_shows_the_form(setting: str) -> None:
    with pytest.raises(ConfigurationError, match=r"expected key=value, such as --set model\.hidden=\[5\]"):
        parse_setting(setting)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"generatoins": 5}, r"unknown key in \[configuration\] 'generatoins'\. Did you mean 'generations'\?"),
        ({"name": "x"}, "unknown key"),
        (parse_setting("a..b=1"), "unknown key"),
        ({"starts": "frehs"}, "Did you mean 'fresh'"),
    ],
)
def test_a_misspelt_key_is_refused_with_the_nearest(layer: dict[str, Any], message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        Settings.read(layer)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"seed": -1}, r"configuration\.seed = -1 is out of range; expected at least 0"),
        ({"generations": 0}, "expected at least 1"),
        ({"window_ms": 0.0}, r"expected at least 0\.001"),
        ({"window_ms": float("inf")}, "expected a finite number"),
        ({"seed": "one"}, "expected a whole number, got str"),
        ({"model": "feed-forward"}, "expected a table, got str"),
        ({"validation_episodes": 0}, "needs validation_episodes of at least 1. Or set champion = 'fitness'"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_right(layer: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Settings.read(layer)


def test_without_validation_the_best_fitness_may_be_champion() -> None:
    assert Settings.read({"validation_episodes": 0, "champion": "fitness"}).validation_episodes == 0


def test_replace_changes_a_copy() -> None:
    config = Settings.read({"seed": 3})
    assert config.replace(workers=2).workers == 2
    assert config.replace(workers=2).seed == 3
    assert config.workers == 0


@pytest.mark.parametrize(
    ("changes", "message"), [({"workers": -1}, "out of range"), ({"wrkers": 1}, "Did you mean 'workers'")]
)
def test_replace_checks_like_a_layer(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        configure("mountain-car").replace(**changes)


def test_a_toml_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('task = "cart-pole"\n[model]\nhidden = [3]\n')
    assert read_toml(path) == {"task": "cart-pole", "model": {"hidden": [3]}}


@pytest.mark.parametrize("content", [None, b"task = \xff\xfe"])
def test_a_toml_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "run.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"cannot read configuration file .*run\.toml"):
        read_toml(path)


def test_broken_toml_is_refused_with_source_and_line() -> None:
    with pytest.raises(ConfigurationError, match=r"my\.toml is not valid TOML: .*line 2"):
        parse_toml("seed = 1\nworkers =\n", "my.toml")


def test_a_name_drops_options_of_the_layer_below_not_of_its_own() -> None:
    below = {"model": {"name": "feed-forward", "hidden": [5]}}
    together: list[dict[str, Any]] = [{"model": {"hidden": [8]}}, {"model": {"name": "dense"}}]
    for above in (combine(*together), combine(*reversed(together))):
        assert merge(below, above)["model"] == {"name": "dense", "hidden": [8]}
    assert merge(below, together[1])["model"] == {"name": "dense"}


def test_a_table_without_a_name_sets_options_of_the_default_component() -> None:
    assert Settings.read({"optimizer": {"population": 8}}).optimizer.table()["population"] == 8


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": {"hiden": [8]}}, "Did you mean 'hidden'"),
        ({"optimizer": {"population": -5}}, "out of range; expected at least 2"),
        ({"encoder": {"tuning": {"n_feelds": 3}}}, "Did you mean 'n_fields'"),
        ({"simulator": "nestt"}, "Did you mean 'nest'"),
        ({"task": "acrobot"}, "is for task 'acrobot', not 'cart-pole'"),
        ({"optimizer": {"elites": 40}}, "leaves no offspring"),
    ],
)
def test_every_key_and_value_is_checked_when_a_task_is_configured(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        configure("cart-pole", settings)


def test_sizes_that_follow_from_the_task_are_part_of_a_configuration() -> None:
    config = configure("cart-pole", {"model": {"name": "dense"}})
    assert config.model.hidden != ()
    with pytest.raises(ConfigurationError, match=r"model\.hidden is open"):
        config.replace(model={"name": "dense", "activation": "relu"})
    assert config.replace(model={"activation": "relu"}).model.hidden == config.model.hidden


def test_settings_that_leave_something_open_cannot_be_run(tmp_path: Path) -> None:
    settings = Settings.read({"task": "cart-pole"})
    for begin in (check, lambda s: RunFolder.create(tmp_path / "run", s), lambda s: run_to_end(s, RunFolder(tmp_path))):
        with pytest.raises(ConfigurationError, match="expected a complete Configuration"):
            begin(settings)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
