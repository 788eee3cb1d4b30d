"""Names for ``neurosim-rl list``: tasks, components with their options, simulators, figures, shipped champions."""

from __future__ import annotations

from typing import Any

from neurosim_rl.bridge import DECODERS, ENCODERS, NORMALISATIONS, TUNINGS
from neurosim_rl.execution import EXECUTIONS
from neurosim_rl.learning import CRITICS, LEARNING
from neurosim_rl.models import MODELS
from neurosim_rl.optimizees import FITNESSES, TASKS
from neurosim_rl.optimizers import OPTIMIZERS
from neurosim_rl.runs.champion import shipped_champions
from neurosim_rl.settings.options import default_of, option_fields
from neurosim_rl.simulators import SIMULATORS

_COMPONENTS: dict[str, dict[str, type]] = {
    "model": dict(MODELS),
    "normalisation": dict(NORMALISATIONS),
    "encoder": dict(ENCODERS),
    "encoder.tuning": dict(TUNINGS),
    "decoder": dict(DECODERS),
    "fitness": dict(FITNESSES),
    "learning": dict(LEARNING),
    "learning.critic": dict(CRITICS),
    "optimizer": dict(OPTIMIZERS),
    "execution": dict(EXECUTIONS),
}


def catalogue() -> dict[str, Any]:
    """Return the names of tasks, components, simulators and champions."""
    return {
        "tasks": sorted(TASKS),
        **{kind: sorted(registry) for kind, registry in _COMPONENTS.items()},
        "simulator": sorted(SIMULATORS),
        "champions": sorted(shipped_champions()),
    }


def catalogue_text() -> str:
    """Return the names with one line of explanation each, and the options of components with their defaults."""
    from neurosim_rl.reports.figures import FIGURES  # loads matplotlib, which the names above do not need

    lines = ["Tasks"]
    for name, task in sorted(TASKS.items()):
        lines.append(_line(name, _summary(task)))
    for kind, registry in _COMPONENTS.items():
        lines += ["", f"[{kind}]"]
        for name, cls in sorted(registry.items()):
            lines.append(_line(name, _summary(cls)))
            for key, field in option_fields(cls).items():
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
