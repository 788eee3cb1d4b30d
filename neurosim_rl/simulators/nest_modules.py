"""Installation of extension modules in NEST's kernel."""

from __future__ import annotations

from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.simulators.nest_library import nest, nestkernel_api


def install(module: NestModule) -> None:
    """Install a module in an empty kernel, which forgets it when it is reset.

    Raises
    ------
    SimulatorError
        When NEST cannot load it.
    """
    try:
        nest.Install(module.path)
    except nestkernel_api.NESTErrors.KernelException as error:
        raise SimulatorError(
            f"NEST cannot load module {module.name!r} ({error}). It was built for another NEST or machine: build it "
            "again with neurosim-rl nestml."
        ) from error


def models_of(library: str) -> dict[str, list[str]]:
    """Return the models that a shared library brings into an empty kernel: ``nodes`` and ``synapses``."""
    nodes, synapses = set(nest.node_models), set(nest.synapse_models)
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.Install(library)
    return {"nodes": sorted(set(nest.node_models) - nodes), "synapses": sorted(set(nest.synapse_models) - synapses)}
