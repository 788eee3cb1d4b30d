"""Everything that can be chosen: tasks, components with their options, simulators and shipped champions."""

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
    """Return the names of everything that can be chosen."""
    return {
        "tasks": sorted(TASKS),
        **{kind: sorted(registry) for kind, registry in _COMPONENTS.items()},
        "simulator": sorted(SIMULATORS),
        "champions": sorted(shipped_champions()),
    }


def catalogue_text() -> str:
    """Return everything that can be chosen, with each component's options and defaults."""
    lines = ["Tasks"]
    lines += [f"  {name:28}{_summary(cls)}" for name, cls in sorted(TASKS.items())]
    for kind, registry in _COMPONENTS.items():
        lines += ["", f"[{kind}]"]
        for name, cls in sorted(registry.items()):
            lines.append(f"  {name:28}{_summary(cls)}")
            lines += [
                f"    {kind}.{key} = {_default(f)}: {f.metadata['help']}" for key, f in option_fields(cls).items()
            ]
    lines += ["", "Simulators", *(f"  {name}" for name in sorted(SIMULATORS))]
    lines += ["", "Shipped champions", *(f"  champion:{name}" for name in shipped_champions())]
    return "\n".join(lines)


def _summary(cls: type) -> str:
    return (cls.__doc__ or "").strip().splitlines()[0]


def _default(field: Any) -> Any:
    return default_of(field)
