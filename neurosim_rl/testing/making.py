"""Parts from a class or a factory, and the checks of a class's options."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import cloudpickle

from neurosim_rl.settings.options import option_fields, read_component, read_options
from neurosim_rl.testing.contract import Contract

Part = TypeVar("Part")
UNITS = {"ms": "ms", "hz": "Hz", "pa": "pA", "mv": "mV", "pf": "pF", "ns": "nS", "deg": "deg"}
"""Units at the end of an option's name, and as its help line must write them."""


def maker_of(
    contract: Contract, part: Any, kind: str, context: Mapping[str, Any], options: Mapping[str, Any]
) -> Callable[[], Any]:
    """Return a function that makes a new part each time.

    Parameters
    ----------
    contract : Contract
    part : type or callable
        A class, whose options are checked, or a factory without arguments.
    kind : str
        Name of the configuration's table.
    context : mapping
        Fields of the class that are no options.
    options : mapping
        Options of the class.
    """
    if not isinstance(part, type):
        contract.expect(callable(part), f"expected a class or a function that makes one; got {part!r}")
        contract.expect(not options, f"a factory takes no options; got {sorted(options)}", "Set them in the factory.")
        return part  # type: ignore[no-any-return]
    check_options(contract, part, kind)
    with contract.works("reading the options"):
        values = read_options(part, options, kind)
    return partial(part, **context, **values)


def first_of(contract: Contract, make: Callable[[], Any], base: type[Part]) -> Part:
    """Return the first part that a maker makes; raise unless it derives from its base class."""
    with contract.works("making it"):
        part = make()
    contract.expect(
        isinstance(part, base), f"expected an object derived from {base.__name__}; got {type(part).__name__}"
    )
    return part  # type: ignore[no-any-return]


def pickled(contract: Contract, make: Callable[[], Any]) -> Callable[[], Any]:
    """Return the maker after the way to a worker: pickled by cloudpickle, and loaded again."""
    with contract.works(
        "pickling it for a worker", "Keep locks, files, simulators and generators out of the class and its globals."
    ):
        return cloudpickle.loads(cloudpickle.dumps(make))  # type: ignore[no-any-return]


def check_options(contract: Contract, cls: type, kind: str) -> None:
    """Raise unless the options of a class can be listed, and its defaults make a configuration."""
    contract.expect(
        dataclasses.is_dataclass(cls),
        f"expected a dataclass, whose options are fields declared with option(); got {cls!r}",
        "Decorate the class with @dataclass.",
    )
    for name, field in option_fields(cls).items():
        _check_help(contract, name, str(field.metadata["help"]), kind)
    with contract.works("its defaults make no configuration", "Correct the defaults."):
        table = read_component(kind, {"x": cls}, {"name": "x"})
        again = read_component(kind, {"x": cls}, table.table())
        contract.expect(again == table and hash(again) == hash(table), "its defaults, written and read, are others")


def _check_help(contract: Contract, name: str, text: str, kind: str) -> None:
    contract.expect(
        text.strip() and "\n" not in text, f"the help of {kind}.{name} is {text!r}; expected one line of text"
    )
    unit = UNITS.get(name.rpartition("_")[2])
    if unit is not None and "_" in name:
        contract.expect(
            re.search(rf"\b{unit}\b", text),
            f"the help of {kind}.{name} does not say its unit: {text!r}; expected {unit!r} in it",
        )
