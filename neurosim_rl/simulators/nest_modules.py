"""Installation of extension modules in NEST's kernel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from neurosim_rl.errors import ExchangeError, MissingExtraError, SimulatorError
from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.simulators.nest_library import nest, nestkernel_api
from neurosim_rl.simulators.nestml import build_module


def install(module: NestModule) -> None:
    """Install a module in an empty kernel, which forgets it when it is reset.

    Raises
    ------
    SimulatorError
        When NEST cannot load it, or its source cannot be built.
    """
    library = _built_library(module.name, module.path) if module.is_source else module.path
    try:
        nest.Install(library)
    except nestkernel_api.NESTErrors.KernelException as error:
        raise SimulatorError(
            f"NEST cannot load module {module.name!r} ({error}). It was built for another NEST or machine: build it "
            "again with neurosim-rl nestml."
        ) from error


@cache  # a kernel is reset for each batch
def _built_library(name: str, source: str) -> str:
    """Return the library of a model in NESTML, built unless the user's cache folder has it."""
    try:
        built = build_module([Path(source)])
    except (ExchangeError, MissingExtraError) as error:
        raise SimulatorError(
            f"NEST gets the neuron {name!r} from NESTML: {error} Or take a neuron of NEST's own (model lif: "
            "model.reset = 'zero')."
        ) from error
    return str(built.library)


def models_of(library: str) -> dict[str, list[str]]:
    """Return the models that a shared library brings into an empty kernel: ``nodes`` and ``synapses``."""
    nodes, synapses = set(nest.node_models), set(nest.synapse_models)
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.Install(library)
    return {"nodes": sorted(set(nest.node_models) - nodes), "synapses": sorted(set(nest.synapse_models) - synapses)}
