"""Names for ``neurosim-rl list``: tasks, components with their options, simulators, figures, shipped champions."""

from __future__ import annotations

from typing import Any

from neurosim_rl.optimizees import TASKS, Settings
from neurosim_rl.runs.champion import shipped_champions
from neurosim_rl.settings.options import default_of, option_fields
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


def catalogue_text() -> str:
    """Return the names with one line of explanation each, and the options of components with their defaults."""
    from neurosim_rl.reports.figures import FIGURES  # loads matplotlib, which the names above do not need
    from neurosim_rl.reports.own_measures import OWN_MEASURES

    lines = ["Tasks"]
    for name, task in sorted(TASKS.items()):
        lines.append(_line(name, _summary(task)))
    for kind, registry in components().items():
        lines += ["", f"[{kind}]"]
        for name, component in sorted(registry.items()):
            lines.append(_line(name, _summary(component)))
            for key, field in option_fields(component).items():
                lines.append(f"    {kind}.{key} = {default_of(field)}: {field.metadata['help']}")
    lines += ["", "Simulators"]
    lines += [f"  {name}" for name in sorted(SIMULATORS)]
    lines += ["", "Figures"]
    lines += [_line(name, figure.description) for name, figure in FIGURES.items()]
    if OWN_MEASURES:
        lines += ["", "Measures of your own"]
        lines += [_line(name, measure.description) for name, measure in OWN_MEASURES.items()]
    lines += ["", "Shipped champions"]
    lines += [f"  champion:{name}" for name in shipped_champions()]
    return "\n".join(lines)


def _line(name: str, explanation: str) -> str:
    return f"  {name:28}{explanation}"


def _summary(cls: Any) -> str:
    """Return the first line of a class's docstring, with its module if that is a user's."""
    line = (cls.__doc__ or "").strip().partition("\n")[0]
    own = cls.__module__.partition(".")[0] == "neurosim_rl"
    return line if own else f"{line} (in {cls.__module__})".lstrip()
