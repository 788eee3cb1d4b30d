"""Spiking NEST networks that learn to control Gymnasium environments.

``import neurosim_rl as nrl`` is the front door. The names below load when they are first used: the import alone starts
neither NEST nor L2L, and loads no plotting or table library.

Examples
--------
>>> import neurosim_rl as nrl
>>> run = nrl.evolve("mountain-car", seed=3, model={"hidden": [8]})  # doctest: +SKIP
>>> run.champion.replay(seed=5).spikes.to_frame()  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:  # type checkers and editors see the names; nothing loads
    from neurosim_rl.api.champion import Champion
    from neurosim_rl.api.comparing import compare
    from neurosim_rl.api.controller import Controller
    from neurosim_rl.api.evaluation import Evaluation
    from neurosim_rl.api.evolving import evolve, resume, train
    from neurosim_rl.api.loading import load
    from neurosim_rl.api.registering import register
    from neurosim_rl.api.replay import Replay
    from neurosim_rl.api.response_map import Responses
    from neurosim_rl.api.run import Run
    from neurosim_rl.api.studying import Study, study
    from neurosim_rl.api.submitting import submit
    from neurosim_rl.api.surrogates import surrogate
    from neurosim_rl.api.synapse import stdp
    from neurosim_rl.errors import NeurosimError
    from neurosim_rl.networks.network import Network
    from neurosim_rl.optimizees.configuration import Configuration
    from neurosim_rl.settings.options import option
    from neurosim_rl.training.configure import configure

_HOMES = {
    "Champion": "neurosim_rl.api.champion",
    "Configuration": "neurosim_rl.optimizees.configuration",
    "Controller": "neurosim_rl.api.controller",
    "Evaluation": "neurosim_rl.api.evaluation",
    "Network": "neurosim_rl.networks.network",
    "NeurosimError": "neurosim_rl.errors",
    "Replay": "neurosim_rl.api.replay",
    "Responses": "neurosim_rl.api.response_map",
    "Run": "neurosim_rl.api.run",
    "Study": "neurosim_rl.api.studying",
    "compare": "neurosim_rl.api.comparing",
    "configure": "neurosim_rl.training.configure",
    "evolve": "neurosim_rl.api.evolving",
    "load": "neurosim_rl.api.loading",
    "option": "neurosim_rl.settings.options",
    "register": "neurosim_rl.api.registering",
    "resume": "neurosim_rl.api.evolving",
    "stdp": "neurosim_rl.api.synapse",
    "study": "neurosim_rl.api.studying",
    "submit": "neurosim_rl.api.submitting",
    "surrogate": "neurosim_rl.api.surrogates",
    "train": "neurosim_rl.api.evolving",
}
"""Module of each public name."""

__all__ = [
    "Champion",
    "Configuration",
    "Controller",
    "Evaluation",
    "Network",
    "NeurosimError",
    "Replay",
    "Responses",
    "Run",
    "Study",
    "compare",
    "configure",
    "evolve",
    "load",
    "option",
    "register",
    "resume",
    "stdp",
    "study",
    "submit",
    "surrogate",
    "train",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'neurosim_rl' has no attribute {name!r}. Public names: {', '.join(__all__)}.")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value  # the next use finds it without this function
    return value


def __dir__() -> list[str]:
    """Return all public names, loaded or not, for completion."""
    return sorted({*globals(), *__all__})
