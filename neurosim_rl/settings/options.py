"""Options: dataclass fields that carry a description and a valid range.

Every part that a configuration can name (a model, an encoder, an optimizer, ...) is a dataclass. Its options are
declared with :func:`option`. :func:`read_component` reads them from a table, checks them and fills in defaults. The
outcome is an :class:`Options` object, which is complete, frozen and hashable, and can create the part.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.settings.checks import lookup, unknown_name
from neurosim_rl.settings.frozen_table import FrozenTable, plain
from neurosim_rl.settings.option_values import check_range, converted_value

Self = TypeVar("Self", bound="Options")


@dataclasses.dataclass(frozen=True)
class Options:
    """Options of one table of a configuration: all of them, checked, frozen and hashable.

    A table with a fixed set of keys has a class of its own, such as `EnvironmentOptions`. Where a table names a
    component, `read_component` derives the class from the component's options.
    """

    component: ClassVar[type | None] = None
    """The class that the options create; None: the table names none."""

    @classmethod
    def read(cls: type[Self], table: Mapping[str, Any], path: str) -> Self:
        """Return the options of a table of that path, checked, with defaults for what it leaves out.

        Raises
        ------
        UnknownNameError
            For an unknown key, with the nearest match.
        ConfigurationError
            For a value of the wrong type or out of range.
        """
        return cls(**read_options(cls, table, path))

    def values(self) -> dict[str, Any]:
        """Return the options by name, without the component's own name."""
        values = dict(vars(self))
        values.pop("name", None)
        return values

    def table(self) -> dict[str, Any]:
        """Return the table as TOML and JSON have it: plain dictionaries and lists."""
        table = {}
        for key, value in vars(self).items():
            table[key] = value.table() if isinstance(value, Options) else plain(value)
        return table

    def create(self, **context: Any) -> Any:
        """Return the component with these options.

        Parameters
        ----------
        **context
            Fields of the component that are no options.
        """
        assert self.component is not None
        return self.component(**context, **self.values())

    def replace(self: Self, **changes: Any) -> Self:
        """Return options with other values, checked like those of a table."""
        known = option_fields(self.component or type(self))
        checked = {}
        for key, value in changes.items():
            checked[key] = check_option(lookup("option", key, known), value, key)
        return dataclasses.replace(self, **checked)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...  # derived classes have the component's options


def option(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
    registry: Mapping[str, type] | None = None,
    options: type[Options] | None = None,
    items: type = float,
) -> Any:
    """Declare a dataclass field that a configuration may set.

    Parameters
    ----------
    default
        The default; its type is the option's type (int, float, bool, str, tuple, dict). None: a table that may be
        empty.
    help
        One line for ``neurosim-rl list`` and the documentation, with the unit.
    low, high
        Inclusive range of a number, or of every number of a tuple.
    choices
        Valid values of a string.
    registry
        For a table that itself names a component: where that name is looked up. The option is an `Options` object.
    options
        For a table with a fixed set of keys: the class of its options.
    items
        Type of a tuple's items: ``float`` (whole numbers stay whole), ``str``, or ``dict`` (tables, or the names in
        them alone).
    """
    metadata = {
        "option": True,
        "help": help,
        "low": low,
        "high": high,
        "choices": choices,
        "registry": registry,
        "options": options,
        "type": dict if default is None else type(default),
        "items": items,
    }
    if not isinstance(default, dict):
        return dataclasses.field(default=default, metadata=metadata)

    def default_table() -> Any:
        if registry is not None:
            return read_component("default", registry, default)
        if options is not None:
            return options.read(default, "default")
        return FrozenTable(default)

    # A factory reads the default when a configuration needs it, not while the module is imported.
    return dataclasses.field(default_factory=default_table, metadata=metadata)


@cache
def option_fields(cls: type) -> dict[str, dataclasses.Field]:
    """Return the fields of a dataclass that were declared with :func:`option`."""
    found = {}
    for field in dataclasses.fields(cls):
        if field.metadata.get("option"):
            found[field.name] = field
    return found


def default_of(field: dataclasses.Field) -> Any:
    """Return a field's default value."""
    if not is_missing(field.default):
        return field.default
    factory: Any = field.default_factory
    return factory()


def is_missing(value: Any) -> bool:
    """Return whether a field's default or factory is none.

    A class that came to a worker by value has a copy of `dataclasses.MISSING`, so the type tells.
    """
    return isinstance(value, type(dataclasses.MISSING))


def changed_options(options: Options | None) -> dict[str, Any]:
    """Return the options by name that differ from their component's defaults; none of None."""
    if options is None:
        return {}
    fields = option_fields(options.component or type(options))
    return {name: value for name, value in options.values().items() if value != default_of(fields[name])}


def read_options(cls: type, values: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return every option of `cls`: those of `values`, checked and converted, and defaults for the rest.

    Raises
    ------
    UnknownNameError
        For a key that `cls` does not have, with the nearest match.
    ConfigurationError
        For a value of the wrong type or out of range.
    """
    fields = option_fields(cls)
    for key in values:
        if key not in fields:
            raise _unknown_key(fields, values, key, path)
    read = {}
    for name, field in fields.items():
        value = values[name] if name in values else default_of(field)
        read[name] = check_option(field, value, f"{path}.{name}")
    return read


def _unknown_key(
    fields: Mapping[str, dataclasses.Field], values: Mapping[str, Any], key: str, path: str
) -> UnknownNameError:
    """Return the error for an unknown key; says which of the tables below has it, if one does."""
    for name, field in fields.items():
        table = values.get(name, {})
        if field.metadata["registry"] is None or not isinstance(table, Mapping):
            continue
        chosen = table.get("name", getattr(default_of(field), "name", None))
        component = field.metadata["registry"].get(chosen) if isinstance(chosen, str) else None
        if component is not None and key in option_fields(component):
            place = name if path == "configuration" else f"{path}.{name}"
            return UnknownNameError(f"unknown key in [{path}] {key!r}. It belongs to [{place}]: {place}.{key}.")
    return unknown_name(f"key in [{path}]", key, fields)


def check_option(field: dataclasses.Field, value: Any, path: str) -> Any:
    """Return `value` converted to the option's type.

    Raises
    ------
    ConfigurationError
        When the type, the range or the choice does not fit.
    """
    meta = field.metadata
    if isinstance(value, Options):
        value = value.table()
    if field.default is None and not value:
        return None
    converted = converted_value(meta["type"], meta["items"], value, path)
    if meta["registry"] is not None:
        # A table without a name changes options of the default component.
        named = converted if "name" in converted else {"name": default_of(field).name, **converted}
        return read_component(path.removeprefix("configuration."), meta["registry"], named)
    if meta["options"] is not None:
        return meta["options"].read(converted, path.removeprefix("configuration."))
    if meta["choices"] is not None and converted not in meta["choices"]:
        raise unknown_name(f"value for {path.removeprefix('configuration.')}", str(value), meta["choices"])
    for number in converted if isinstance(converted, tuple) else (converted,):
        check_range(number, meta["low"], meta["high"], path)
    return converted


def read_component(kind: str, registry: Mapping[str, type], table: Mapping[str, Any]) -> Options:
    """Return the options of the component that a table names.

    Parameters
    ----------
    kind : str
        Path of the table, for messages.
    registry : mapping of str to type
        Components by name.
    table : mapping
        ``name`` and options.

    Raises
    ------
    UnknownNameError
        For an unknown component or option, with the nearest match.
    ConfigurationError
        For a table without a name, or a value of the wrong type or out of range.

    Examples
    --------
    >>> read_component("tuning", TUNINGS, {"name": "one-hot"})            # doctest: +SKIP
    OneHotTuningOptions(name='one-hot', n_bins=30)
    """
    if "name" not in table:
        raise ConfigurationError(f"[{kind}] has no name. Valid: {', '.join(sorted(registry))}.")
    name = table["name"]
    if not isinstance(name, str):
        raise ConfigurationError(f"{kind}.name = {name!r}: expected one of {', '.join(sorted(registry))}.")
    component = lookup(kind, name, registry)
    given = dict(table)
    del given["name"]
    return _restored(component, name, read_options(component, given, kind))


@cache
def options_class(component: type) -> type[Options]:
    """Return the class of a component's options: its fields are ``name`` and the component's options."""
    fields: list[tuple[str, Any]] = [("name", str)]
    fields += [(field.name, field.type) for field in option_fields(component).values()]
    return dataclasses.make_dataclass(
        f"{component.__name__}Options",
        fields,
        bases=(Options,),
        frozen=True,
        namespace={"component": component, "__reduce__": _reduced, "__doc__": component.__doc__},
    )


def _reduced(options: Options) -> tuple[Any, ...]:
    """Pickle derived options by their component: pickle cannot find a class that was made at run time."""
    return _restored, (options.component, options.name, options.values())


def _restored(component: type, name: str, values: Mapping[str, Any]) -> Options:
    make: Any = options_class(component)
    options: Options = make(name=name, **values)
    return options
