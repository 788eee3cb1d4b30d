"""Networks in plain PyNEST: text for PyNEST scripts (see `pynest_observations`).

This package plays networks by `neurosim_rl.simulators.nest`, in batches. These functions play one network with the
same calls of NEST, in an order that gives the same spikes.
"""

from __future__ import annotations

from typing import Any

import nest
import numpy as np


def build_network(
    populations: list[dict[str, Any]],
    projections: list[dict[str, Any]],
    kernel: dict[str, Any],
    modules: Any = (),
) -> tuple[dict[str, Any], Any]:
    """Build the network in an empty kernel; return its populations by name, and a recorder of all its spikes."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    for library in modules:
        nest.Install(library)  # a reset kernel has forgotten it
    nest.set(**kernel)
    nodes = {}
    for population in populations:
        nodes[population["name"]] = create_population(**population)
    for projection in projections:
        connect_population(nodes, **projection)
    recorder = nest.Create("spike_recorder")
    for name, neurons in nodes.items():
        if name in recorded_names(populations):
            nest.Connect(neurons, recorder, syn_spec={"delay": kernel["min_delay"]})
    return nodes, recorder


def recorded_names(populations: list[dict[str, Any]]) -> list[str]:
    """Return the names of populations of neurons: spikes of generators are given, or go to their targets alone."""
    are_neurons = [nest.GetDefaults(population["model"], "element_type") == "neuron" for population in populations]
    return [population["name"] for population, is_one in zip(populations, are_neurons, strict=True) if is_one]


def create_population(name: str, model: str, size: int, parameters: dict[str, Any]) -> Any:
    """Create neurons; a parameter is one value for all of them, a number or a list, or an array with one for each."""
    if not any(isinstance(value, np.ndarray) for value in parameters.values()):
        return nest.Create(model, size, parameters)
    neurons = nest.Create(model, size)
    columns = [value.tolist() if isinstance(value, np.ndarray) else [value] * size for value in parameters.values()]
    # One call for all parameters: those relative to E_L depend, in their last bit, on the order of calls.
    neurons.set([dict(zip(parameters, row, strict=True)) for row in zip(*columns, strict=True)])
    return neurons


def connect_population(
    nodes: dict[str, Any],
    source: str,
    target: str,
    weight: np.ndarray,
    delay: float | np.ndarray | None = None,
    synapse_model: str = "static_synapse",
    make_symmetric: bool = False,
    pre: np.ndarray | None = None,
    post: np.ndarray | None = None,
    **parameters: float | np.ndarray,
) -> None:
    """Connect two populations, synapse by synapse.

    Without ``pre`` and ``post``, ``weight`` is a matrix: from each neuron of the source, a row, to each of the target.
    Gap junctions have no delay, and act in both directions.
    """
    if pre is None or post is None:
        pre, post = np.indices(weight.shape).reshape(2, -1)
    synapses = {"weight": weight.ravel(), **parameters}
    if delay is not None:
        synapses["delay"] = delay
    for key, value in synapses.items():
        kind = int if key == "receptor_type" else float
        synapses[key] = np.broadcast_to(value, pre.shape).astype(kind)
    ends = np.array(nodes[source].tolist())[pre], np.array(nodes[target].tolist())[post]
    rule = {"rule": "one_to_one", "make_symmetric": make_symmetric}
    nest.Connect(*ends, rule, {"synapse_model": synapse_model, **synapses})


def numbers_of(populations: list[Any]) -> np.ndarray:
    """Return the number of each neuron of some populations; NEST counts its first node as 1."""
    return np.concatenate([np.array(neurons.tolist()) - 1 for neurons in populations])


def inject(populations: list[Any], currents_pa: np.ndarray) -> None:
    """Set the current into each neuron. It acts at once; that of a ``dc_generator`` would arrive a delay later."""
    for neurons in populations:
        own_pa, currents_pa = currents_pa[: len(neurons)], currents_pa[len(neurons) :]
        neurons.set([{"I_e": current_pa} for current_pa in own_pa.tolist()])


def emit(populations: list[Any], neuron: np.ndarray, step: np.ndarray, ticks_per_step: int) -> None:
    """Let spike generators emit spikes in these grid steps, counted from the beginning of the simulation."""
    times_ms, first = time_of_steps(step, ticks_per_step), 0
    for generators in populations:
        numbers = range(first, first + len(generators))
        generators.set([{"spike_times": times_ms[neuron == number]} for number in numbers])
        first += len(generators)


def membranes_of(populations: list[Any]) -> np.ndarray:
    """Return the membrane of each neuron of some populations, in mV."""
    return np.concatenate([np.reshape(neurons.get("V_m"), len(neurons)) for neurons in populations])


def time_of_steps(step: Any, ticks_per_step: int) -> Any:
    """Return the time of grid steps in ms, as NEST computes it: from whole ticks of 0.001 ms."""
    return (1 / 1000.0) * (step * ticks_per_step)


def new_spikes(recorder: Any, resolution_ms: float) -> tuple[np.ndarray, np.ndarray]:
    """Return neuron and grid step of the spikes since the last call; NEST counts its first node as 1."""
    events = recorder.get("events")
    neuron = np.asarray(events["senders"], dtype=int) - 1
    step = np.round(np.asarray(events["times"]) / resolution_ms).astype(int)
    recorder.n_events = 0
    return neuron, step
