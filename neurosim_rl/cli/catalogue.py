"""Names for ``neurosim-rl list``: tasks, components with their options, simulators, figures, shipped champions."""

from __future__ import annotations

from typing import Any

from neurosim_rl.optimizees import TASKS, Settings
from neurosim_rl.optimizees.configuration import NoOptimizer
from neurosim_rl.runs.champion import shipped_champions
from neurosim_rl.settings.options import default_of, option_fields
from neurosim_rl.simulators import SIMULATORS

KINDS = (
    *("model", "normalisation", "encoder", "encoder.tuning", "decoder", "fitness", "learning", "learning.critic"),
    *("optimizer", "execution"),
)
"""Tables of a configuration that name a component, in the order of the list."""


def _registries() -> dict[str, dict[str, type]]:
    """Return the components of each kind, by name, from the options that name them."""
    found: dict[str, dict[str, type]] = {}
    for key, field in option_fields(Settings).items():
        for name, component in (field.metadata["registry"] or {}).items():
            if component is not NoOptimizer:  # a value of optimizer.name, but no optimizer
                found.setdefault(key, {})[name] = component
            for inner, option in option_fields(component).items():
                if option.metadata["registry"] is not None:
                    found[f"{key}.{inner}"] = dict(option.metadata["registry"])
    return {kind: found[kind] for kind in KINDS}


def catalogue() -> dict[str, Any]:
    """Return the names of tasks, components, simulators and champions."""
    return {
        "tasks": sorted(TASKS),
        **{kind: sorted(registry) for kind, registry in _registries().items()},
        "simulator": sorted(SIMULATORS),
        "champions": sorted(shipped_champions()),
    }


def catalogue_text() -> str:
    """Return the names with one line of explanation each, and the options of components with their defaults."""
    from neurosim_rl.reports.figures import FIGURES  # loads matplotlib, which the names above do not need

    lines = ["Tasks"]
    for name, cls in sorted(TASKS.items()):
        lines.append(_line(name, _summary(cls)))
    for kind, registry in _registries().items():
        lines += ["", f"[{kind}]"]
        for name, component in sorted(registry.items()):
            lines.append(_line(name, _summary(component)))
            for key, field in option_fields(component).items():
                lines.append(f"    {kind}.{key} = {default_of(field)}: {field.metadata['help']}")
    lines += ["", "Simulators"]
    lines += [f"  {name}" for name in sorted(SIMULATORS)]
    lines += ["", "Figures"]
    lines += [_line(name, figure.description) for name, figure in FIGURES.items()]
    lines += ["", "Shipped champions"]
    lines += [f"  champion:{name}" for name in shipped_champions()]
    return "\n".join(lines)


def _line(name: str, explanation: str) -> str:
    return f"  {name:28}{explanation}"


def _summary(cls: type) -> str:
    return (cls.__doc__ or "").strip().splitlines()[0]
