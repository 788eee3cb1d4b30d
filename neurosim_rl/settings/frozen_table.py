"""Tables that cannot change, and plain copies of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn


class FrozenTable(dict):
    """A hashable dictionary that cannot change. Its values are frozen too: lists become tuples.

    Examples
    --------
    >>> hash(FrozenTable({"t_ref": 1.0})) == hash(FrozenTable({"t_ref": 1.0}))
    True
    """

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        frozen = {key: _frozen(value) for key, value in (values or {}).items()}
        super().__init__(frozen)

    def __hash__(self) -> int:  # type: ignore[override]
        """Return a hash that does not depend on the order of the keys, as equality does not."""
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenTable], tuple[dict[str, Any]]]:
        """Pickle as a plain dictionary: unpickling would otherwise set items one by one."""
        return FrozenTable, (dict(self),)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("a table of a configuration cannot change; use replace() to get another one.")

    __setitem__ = __delitem__ = __ior__ = _refuse  # type: ignore[assignment]
    clear = pop = popitem = setdefault = update = _refuse  # type: ignore[assignment]


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return FrozenTable(value)
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    return value


def plain(value: Any) -> Any:
    """Return a value as TOML and JSON have it: tables as plain dictionaries, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value
