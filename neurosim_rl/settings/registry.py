"""Registries: parts by name, those of the package and those that users bring.

A user registers a part under a name (`neurosim_rl.register`), or names its class where a part is named:
``module:Class``. Plugins are imported before a name is looked up (`neurosim_rl.settings.plugin_loading`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, Generic, TypeVar, cast

from neurosim_rl.errors import PluginError, UnknownNameError
from neurosim_rl.settings.checks import lookup, nearest
from neurosim_rl.settings.named_modules import is_class_name, module_in
from neurosim_rl.settings.own_part import OwnPart, check_class
from neurosim_rl.settings.plugin_loading import load_module, load_plugins, plugin_of
from neurosim_rl.settings.plugins import require_module
from neurosim_rl.settings.user_code import note_code, note_code_of

P = TypeVar("P")

REGISTRIES: dict[str, Registry[Any]] = {}
"""All registries that this process has loaded, by kind."""
WAITING: dict[str, list[OwnPart]] = {}
"""Parts that were registered before their registry was loaded, by kind."""


class Registry(MutableMapping[str, P], Generic[P]):
    """Parts of one kind by name.

    Parameters
    ----------
    kind : str
        Such as ``"encoder"``, for messages and `neurosim_rl.register`.
    base : type
        Class that each part derives from; ``object``: parts are functions.
    built_in : mapping of str to part
        Parts of the package.
    made_of : callable or None
        Makes the part of a function that a user registered, and of the options that came with it; None: the part is
        the class itself.

    Examples
    --------
    >>> COLOURS = Registry("colour", Colour, {"red": Red})  # doctest: +SKIP
    >>> lookup("colour", "rde", COLOURS)  # doctest: +SKIP
    UnknownNameError: unknown colour 'rde'. Did you mean 'red'? Valid: red.
    """

    def __init__(
        self, kind: str, base: type, built_in: Mapping[str, P], made_of: Callable[..., P] | None = None
    ) -> None:
        self.kind, self.base = kind, base
        self._parts: dict[str, P] = dict(built_in)
        self._own: dict[str, OwnPart] = {}
        self._made_of = made_of
        REGISTRIES[kind] = self
        for part in WAITING.pop(kind, ()):
            self.add(part)

    def add(self, part: OwnPart) -> None:
        """Add a part of the user's. A module that is loaded again registers the same class again.

        Raises
        ------
        PluginError
            When the name is taken, or the part does not fit; says why.
        """
        note_code_of(part.part)
        name = part.name
        if name in self._parts and not (name in self._own and self._own[name].is_same(part)):
            by = f"it is registered in {self._own[name].place}" if name in self._own else "the package has it"
            raise PluginError(f"{part.place}: {self.kind} {name!r} is taken: {by}. Choose another name.")
        self._parts[name] = self._made(part)
        self._own[name] = part

    def _made(self, part: OwnPart) -> P:
        if self._made_of is not None:
            if not callable(part.part):
                raise PluginError(f"{part.place}: {self.kind} {part.name!r}: expected a function, got {part.part!r}.")
            return self._made_of(part.part, **part.options)
        check_class(self.kind, self.base, part)
        return cast(P, part.part)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the kind: options of a class refer to registries, and another process has its own."""
        return _registry_of, (self.kind,)

    def own_part(self, name: str) -> OwnPart | None:
        """Return how a user registered a name; None: a part of the package, or unknown."""
        return self._own.get(name)

    def own_parts(self) -> tuple[OwnPart, ...]:
        """Return all parts that users registered."""
        return tuple(self._own.values())

    def forget(self, name: str) -> None:
        """Forget a part of the user's, if there is one of this name."""
        if self._own.pop(name, None) is not None:
            del self._parts[name]

    # --- the mapping ---

    def __getitem__(self, name: str) -> P:
        """Return a part by its name, or the class of ``module:Class``.

        Raises
        ------
        KeyError
            For an unknown name: `neurosim_rl.settings.checks.lookup` makes a message of it.
        PluginError
            For a module that only a file names, or a class that does not fit.
        """
        load_plugins()
        if name not in self._parts and is_class_name(name):
            return self._imported(name)
        return self._parts[name]

    def _imported(self, name: str) -> P:
        module_name, _, attribute = name.partition(":")
        if module_in(name):
            require_module(module_name)
        module = load_module(module_name)
        found = vars(module).get(attribute)
        if found is None:
            match = nearest(attribute, [key for key in vars(module) if not key.startswith("_")])
            hint = f" Did you mean {module_name}:{match}?" if match else ""
            raise UnknownNameError(f"{self.kind} {name!r}: {module_name} has no {attribute!r}.{hint}")
        note_code(getattr(module, "__file__", None))
        return self._made(OwnPart(self.kind, name, found, {}, module_name, module_name))

    def __setitem__(self, name: str, part: P) -> None:
        """Set a part without any check."""
        self._own.pop(name, None)
        self._parts[name] = part

    def __delitem__(self, name: str) -> None:
        """Forget a part."""
        self._own.pop(name, None)
        del self._parts[name]

    def __contains__(self, name: object) -> bool:
        """Return whether there is a part of a name; ``module:Class`` counts, and may be refused when it is used."""
        load_plugins()
        return name in self._parts or is_class_name(name)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        load_plugins()
        return iter(tuple(self._parts))

    def __len__(self) -> int:
        """Return the number of names."""
        load_plugins()
        return len(self._parts)


def _registry_of(kind: str) -> Registry[Any]:
    """Return a registry when it is unpickled; the base classes of its owner have loaded it."""
    return REGISTRIES[kind]


class WithMore(Mapping[str, P]):
    """A registry with a few more parts, which it does not list itself.

    Parameters
    ----------
    registry : Registry
    more : mapping of str to part
    """

    def __init__(self, registry: Registry[Any], more: Mapping[str, Any]) -> None:
        self.kind, self._registry, self._more = registry.kind, registry, dict(more)

    def __getitem__(self, name: str) -> P:
        """Return a part by its name; errors as of `Registry`."""
        return self._more[name] if name in self._more else self._registry[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter((*self._registry, *self._more))

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._registry) + len(self._more)


def parts_of_no_plugin() -> tuple[OwnPart, ...]:
    """Return the parts that the user's script or notebook registered, or a module that it imported."""
    waiting = [part for parts in WAITING.values() for part in parts]
    known = [part for registry in REGISTRIES.values() for part in registry.own_parts()]
    return tuple(part for part in (*known, *waiting) if not part.plugin and plugin_of(part.module) is None)


def adopt_parts(parts: Iterable[OwnPart]) -> None:
    """Register parts of another process, in place of those of the same name."""
    for part in parts:
        if part.kind in REGISTRIES:
            REGISTRIES[part.kind].forget(part.name)
            REGISTRIES[part.kind].add(part)
        else:
            WAITING[part.kind] = [*(p for p in WAITING.get(part.kind, ()) if p.name != part.name), part]


def register_part(part: OwnPart, homes: Mapping[str, str], late: tuple[str, ...]) -> None:
    """Add a part to its registry.

    Parameters
    ----------
    part : OwnPart
    homes : mapping of str to str
        Module that makes the registry of each kind.
    late : tuple of str
        Kinds whose registry is slow to load: their parts wait for it.

    Raises
    ------
    UnknownNameError
        For an unknown kind, with the nearest match.
    PluginError
        When the name is taken, or the part does not fit.
    """
    home = lookup("kind of part", part.kind, homes)
    if part.kind not in REGISTRIES and part.kind in late:
        WAITING.setdefault(part.kind, []).append(part)
        return
    importlib.import_module(home)
    REGISTRIES[part.kind].add(part)
