"""Registries: names of the package and of users, nearest matches, and what does not fit."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

import pytest

import neurosim_rl as nrl
from neurosim_rl.bridge import ENCODERS, Encoder
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder
from neurosim_rl.errors import PluginError, UnknownNameError
from neurosim_rl.optimizees import FITNESSES, Settings
from neurosim_rl.settings import plugins, registry
from neurosim_rl.settings.checks import lookup
from neurosim_rl.settings.options import read_component
from neurosim_rl.settings.own_part import OwnPart
from neurosim_rl.settings.registry import REGISTRIES, Registry

pytestmark = pytest.mark.usefixtures("no_plugins")
HERE = str(Path(__file__).name)


def test_a_registered_class_is_chosen_by_its_name_with_its_options() -> None:
    @nrl.register("encoder", "slow")
    @dataclass
    class Slow(CurrentEncoder):
        pace: float = nrl.option(2.0, "pace", low=0)

    options = Settings.read({"encoder": {"name": "slow", "peak_pa": 5.0}}).encoder
    assert (options.component, options.pace, options.peak_pa) == (Slow, 2.0, 5.0)
    with pytest.raises(UnknownNameError, match=r"unknown encoder 'slwo'. Did you mean 'slow'\? Valid: .*current.*slow"):
        lookup("encoder", "slwo", ENCODERS)


def test_every_kind_of_part_that_can_be_registered_has_a_registry_with_parts_that_fit_it() -> None:
    from neurosim_rl.api.registering import HOMES, LATE

    assert {importlib.import_module(home).__name__ for home in HOMES.values()} == set(HOMES.values())
    assert set(REGISTRIES) >= set(HOMES)
    for kind in set(HOMES) - set(LATE):
        assert all(issubclass(part, REGISTRIES[kind].base) for part in REGISTRIES[kind].values())
    with pytest.raises(UnknownNameError, match=r"unknown kind of part 'encodr'. Did you mean 'encoder'"):
        nrl.register("encodr", "x")(CurrentEncoder)


def test_a_module_that_is_loaded_again_may_register_again_and_another_class_is_told_where_the_first_is() -> None:
    def cell(number: int) -> type:
        @nrl.register("encoder", "again")
        @dataclass
        class Again(CurrentEncoder):
            step: int = nrl.option(number, "number of the cell")

        return Again

    cell(1)
    assert lookup("encoder", "again", ENCODERS) is not cell(2)
    assert read_component("encoder", ENCODERS, {"name": "again"}).step == 2
    with pytest.raises(PluginError, match=rf"{HERE}:\d+: encoder 'again' is taken: it is registered in .*{HERE}:\d+"):
        nrl.register("encoder", "again")(CurrentEncoder)
    with pytest.raises(PluginError, match=r"encoder 'current' is taken: the package has it. Choose another name."):
        nrl.register("encoder", "current")(CurrentEncoder)


class Undecorated(CurrentEncoder):
    pace: float = nrl.option(2.0, "pace")


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (FITNESSES["return"], "expected a class that derives from neurosim_rl.bridge.encoder.Encoder"),
        (len, "expected a class that derives from"),
        (Undecorated, "Undecorated declares pace, and is no dataclass. Put @dataclass"),
        (type("Open", (Encoder,), {}), "Open has no encode, n_inputs, which neurosim_rl.bridge.encoder.Encoder asks"),
    ],
)
def test_a_part_that_does_not_fit_is_refused_with_its_place(part: type, message: str) -> None:
    with pytest.raises(PluginError, match=rf"{HERE}:\d+: encoder 'mine': {message}"):
        nrl.register("encoder", "mine")(part)
    assert "mine" not in ENCODERS


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a/b", "a\nb"])
def test_a_name_that_no_configuration_could_hold_is_refused(name: str) -> None:
    with pytest.raises(PluginError, match="expected a name without spaces, colons and slashes"):
        nrl.register("encoder", name)


def test_a_class_by_its_module_needs_the_word_of_the_user(no_plugins: Path) -> None:
    (no_plugins / "wise.py").write_text(
        "from neurosim_rl.bridge.tuned_encoders import CurrentEncoder\nclass Wise(CurrentEncoder): 'Wise.'\n"
    )
    theirs = {"encoder": {"name": "wise:Wise", "peak_pa": 3.0}}
    plugins.note(theirs, "theirs.toml")
    with pytest.raises(PluginError, match=r"^theirs.toml needs module 'wise', which neither the command line nor"):
        Settings.read(theirs)
    plugins.allow_named(theirs)
    assert getattr(Settings.read(theirs).encoder.component, "__name__", "") == "Wise"
    with pytest.raises(UnknownNameError, match=r"encoder 'wise:Wize': wise has no 'Wize'. Did you mean wise:Wise\?"):
        Settings.read({"encoder": {"name": "wise:Wize"}})
    with pytest.raises(PluginError, match=r"expected a class that derives from neurosim_rl.optimizees.fitness.Fitness"):
        Settings.read({"fitness": {"name": "wise:Wise"}})


def test_a_function_that_was_registered_early_waits_for_its_registry() -> None:
    registry.WAITING["thing"] = [OwnPart("thing", "early", len, {"size": 3}, "here", "here.py:1")]
    things: Registry = Registry("thing", object, {"own": (max, 1)}, lambda function, size: (function, size))
    assert dict(things) == {"own": (max, 1), "early": (len, 3)}
    del REGISTRIES["thing"]


def test_a_figure_is_described_by_its_docstring_and_drawn_by_the_commands_it_names() -> None:
    from neurosim_rl.reports.figures import FIGURES, figures_of

    @nrl.register("figure", "phase", commands=("analyse",))
    def phase(subject: object) -> None:
        """Phase of each neuron.

        More.
        """

    assert FIGURES["phase"].description == "Phase of each neuron."
    assert "phase" in figures_of("analyse")
    assert "phase" not in figures_of("plot")
