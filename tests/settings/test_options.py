"""Options: types, ranges, defaults, nested components; and those of every registered component."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.bridge import DECODERS, ENCODERS, NORMALISATIONS, TUNINGS
from neurosim_rl.environments import EnvironmentOptions
from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.execution import EXECUTIONS
from neurosim_rl.learning import CRITICS, LEARNING
from neurosim_rl.models import MODELS
from neurosim_rl.optimizees import FITNESSES, Configuration
from neurosim_rl.optimizers import OPTIMIZERS
from neurosim_rl.settings.frozen_table import FrozenTable
from neurosim_rl.settings.options import Options, option, option_fields, read_options
from tests.components import create, resolve

REGISTRIES: dict[str, dict[str, type]] = {
    "tuning": dict(TUNINGS),
    "encoder": dict(ENCODERS),
    "decoder": dict(DECODERS),
    "normalisation": dict(NORMALISATIONS),
    "model": dict(MODELS),
    "fitness": dict(FITNESSES),
    "learning": dict(LEARNING),
    "learning.critic": dict(CRITICS),
    "optimizer": dict(OPTIMIZERS),
    "execution": dict(EXECUTIONS),
}
COMPONENTS = [(kind, name) for kind, registry in REGISTRIES.items() for name in registry]


@dataclass(frozen=True)
class Wheel:
    spokes: int = option(8, "number of spokes", low=1)


@dataclass(frozen=True)
class Cart:
    owner: str
    length: float = option(2.0, "length in m", low=0.5, high=4.0)
    seats: int = option(2, "seats", low=0)
    covered: bool = option(False, "whether it has a roof")
    colour: str = option("red", "colour", choices=("red", "blue"))
    axles: tuple = option((1, 2.5), "positions in m", low=0)
    wheel: Options = option({"name": "wooden"}, "its wheels", registry={"wooden": Wheel})
    extras: dict = option({}, "anything")
    names: tuple = option((), "what it is called", items=str)


def read(**values: Any) -> dict[str, Any]:
    return read_options(Cart, values, "cart")


def test_nothing_given_gives_all_defaults() -> None:
    found = read()
    assert found.pop("wheel").table() == {"name": "wooden", "spokes": 8}
    assert found == {
        "length": 2.0,
        "seats": 2,
        "covered": False,
        "colour": "red",
        "axles": (1, 2.5),
        "extras": {},
        "names": (),
    }


def test_tables_cannot_change_and_are_hashable() -> None:
    cart = Cart("me")
    for change in (lambda t: t.update(x=1), lambda t: t.pop("x"), lambda t: t.__setitem__("x", 1)):
        with pytest.raises(TypeError, match="cannot change"):
            change(cart.extras)
    assert hash(FrozenTable({"a": [1], "b": {"c": 2}})) == hash(FrozenTable({"b": {"c": 2}, "a": (1,)}))


@pytest.mark.parametrize(
    ("key", "given", "expected"),
    [
        ("length", 3, 3.0),
        ("seats", 4.0, 4),
        ("seats", 2**63 - 1, 2**63 - 1),
        ("covered", True, True),
        ("colour", "blue", "blue"),
        ("axles", [1, 2.0], (1, 2.0)),
        ("axles", [], ()),
        ("extras", {"a": [1]}, FrozenTable({"a": [1]})),
        ("names", ["Ben", "Hur"], ("Ben", "Hur")),
    ],
)
def test_values_are_converted_to_the_type_of_the_option(key: str, given: object, expected: object) -> None:
    value = read(**{key: given})[key]
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("length", "long", r"cart\.length = 'long': expected a finite number, got str"),
        ("length", True, "expected a finite number, got bool"),
        ("length", float("nan"), "expected a finite number"),
        ("length", float("inf"), "expected a finite number"),
        ("length", 10**400, "expected a finite number, got int"),
        ("seats", 2.5, "expected a whole number, got float"),
        ("seats", 2**63, r"is a whole number of 64 bits, which is out of range; expected at most 2\^63 - 1"),
        ("seats", 1e300, "is a whole number of 997 bits"),
        ("seats", [7] * 10**5, r"7, 7\.\.\.: expected a whole number"),
        ("seats", False, "expected a whole number, got bool"),
        ("seats", float("inf"), "expected a whole number"),
        ("covered", 1, "expected true or false, got int"),
        ("colour", 3, "expected a string, got int"),
        ("axles", 3, "expected a list of numbers, got int"),
        ("axles", ["front"], r"cart\.axles = 'front': expected a finite number, got str"),
        ("axles", [True], "got bool"),
        ("axles", [float("nan")], "expected a finite number"),
        ("names", "Ben", "expected a list of strings, got str"),
        ("names", [1], "expected a string, got int"),
        ("extras", [1], "expected a table, got list"),
        ("wheel", "wooden", "expected a table, got str"),
        ("wheel", {"name": 5}, r"cart\.wheel\.name = 5: expected one of wooden"),
        ("wheel", {"name": ["wooden"]}, "expected one of wooden"),
        ("wheel", {"name": "wooden", "spokes": 0}, r"cart\.wheel\.spokes = 0 is out of range; expected at least 1"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_its_key(key: str, value: object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read(**{key: value})


@pytest.mark.parametrize("value", [0.4999, 4.0001, -1])
def test_a_number_out_of_range_is_refused_with_the_range(value: float) -> None:
    with pytest.raises(ConfigurationError, match=r"out of range; expected 0\.5 to 4"):
        read(length=value)


@given(st.floats(0.5, 4.0))
def test_the_ends_of_a_range_belong_to_it(value: float) -> None:
    assert read(length=value)["length"] == value


def test_a_range_holds_for_every_number_of_a_list() -> None:
    with pytest.raises(ConfigurationError, match=r"cart\.axles = -1 is out of range; expected at least 0"):
        read(axles=[1, -1])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lenght": 1}, r"unknown key in \[cart\] 'lenght'\. Did you mean 'length'"),
        ({"owner": "you"}, r"unknown key in \[cart\] 'owner'"),
        ({"colour": "bleu"}, r"unknown value for cart\.colour 'bleu'\. Did you mean 'blue'"),
        ({"wheel": {"name": "woden"}}, r"unknown cart\.wheel 'woden'\. Did you mean 'wooden'"),
        ({"wheel": {"name": "wooden", "spoke": 1}}, r"unknown key in \[cart\.wheel\] 'spoke'\. Did you mean 'spokes'"),
    ],
)
def test_a_misspelt_key_or_choice_offers_the_nearest(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        read(**values)


@pytest.mark.parametrize("wheel", [{}, {"wheel": {"name": "wooden"}}])
def test_a_key_of_a_table_below_is_told_with_its_place(wheel: dict[str, Any]) -> None:
    message = r"unknown key in \[cart\] 'spokes'\. It belongs to \[cart\.wheel\]: cart\.wheel\.spokes\."
    with pytest.raises(UnknownNameError, match=f"^{message}$"):
        read(spokes=3, **wheel)
    with pytest.raises(UnknownNameError, match=r"It belongs to \[wheel\]: wheel\.spokes\."):
        read_options(Cart, {"spokes": 3}, "configuration")
    with pytest.raises(UnknownNameError, match="Valid: axles"):  # a table that is none is told when its turn comes
        read_options(Cart, {"spokes": 3, "wheel": {"name": [1]}}, "cart")


def test_create_builds_a_component_with_its_options_and_the_context() -> None:
    cart = create("cart", {"plain": Cart}, {"name": "plain", "seats": 1}, owner="me")
    assert (cart.owner, cart.seats, cart.length) == ("me", 1, 2.0)


@pytest.mark.parametrize(("kind", "name"), COMPONENTS)
def test_every_component_resolves_to_defaults_that_pass_their_own_checks(kind: str, name: str) -> None:
    resolved = resolve(kind, REGISTRIES[kind], {"name": name})
    assert resolve(kind, REGISTRIES[kind], resolved) == resolved
    assert set(resolved) == {"name", *option_fields(REGISTRIES[kind][name])}


@pytest.mark.parametrize(
    "cls", [Configuration, EnvironmentOptions, *(REGISTRIES[kind][name] for kind, name in COMPONENTS)]
)
def test_every_option_has_a_line_of_help_and_the_component_a_summary(cls: type) -> None:
    assert (cls.__doc__ or "").strip()
    for field in option_fields(cls).values():
        assert field.metadata["help"]
        assert "\n" not in field.metadata["help"]
