"""Parts for ``neurosim-rl list``: tasks, components with their options, simulators, figures, shipped champions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from neurosim_rl.optimizees import TASKS, Settings
from neurosim_rl.runs.champion import shipped_champions
from neurosim_rl.settings.checks import unknown_name
from neurosim_rl.settings.options import option_fields
from neurosim_rl.simulators import SIMULATORS


def components() -> dict[str, dict[str, type]]:
    """Return the components that each table of a configuration can name, by the table's path.

    Tables of components that name others, such as ``encoder.tuning``, are among them.
    """
    found: dict[str, dict[str, type]] = {}
    for key, field in option_fields(Settings).items():
        registry = field.metadata["registry"]
        if registry is not None:
            found[key] = dict(registry)
            for component in registry.values():
                found |= _inner_tables(key, component)
    return found


def _inner_tables(path: str, component: type) -> dict[str, dict[str, type]]:
    registries = {key: field.metadata["registry"] for key, field in option_fields(component).items()}
    return {f"{path}.{key}": dict(registry) for key, registry in registries.items() if registry is not None}


def catalogue() -> dict[str, Any]:
    """Return the names of tasks, components, simulators and champions."""
    return {
        "tasks": sorted(TASKS),
        **{kind: sorted(registry) for kind, registry in components().items()},
        "simulator": sorted(SIMULATORS),
        "champions": sorted(shipped_champions()),
    }


def kinds() -> dict[str, Mapping[str, Any]]:
    """Return all parts by kind and name; those of a champion are paths.

    It loads Matplotlib, which `catalogue` does not need.
    """
    from neurosim_rl.reports.figures import FIGURES
    from neurosim_rl.reports.own_measures import OWN_MEASURES

    found: dict[str, Mapping[str, Any]] = {
        "tasks": TASKS,
        **components(),
        "simulator": SIMULATORS,
        "figure": FIGURES,
        "champions": shipped_champions(),
    }
    if OWN_MEASURES:
        found["measure"] = OWN_MEASURES
    return found


def singular(kind: str) -> str:
    """Return the name of one part of a kind.

    Examples
    --------
    >>> singular("tasks"), singular("fitness")
    ('task', 'fitness')
    """
    return kind if kind.endswith("ss") else kind.removesuffix("s")


def kind_named(word: str, valid: Iterable[str]) -> str:
    """Return the kind that a word names, in the singular or the plural.

    Raises
    ------
    UnknownNameError
        With the nearest match.
    """
    names = list(valid)
    for kind in names:
        # Such as optimizers; tuning for encoder.tuning.
        if singular(word) in (singular(kind), kind.rpartition(".")[2]):
            return kind
    raise unknown_name("kind of part", word, names)
