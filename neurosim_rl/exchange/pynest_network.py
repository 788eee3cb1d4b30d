"""Networks in plain PyNEST: text for PyNEST scripts (see `pynest_observations`).

This package plays networks by `neurosim_rl.simulators.nest`, in batches. These functions play one network with the
same calls of NEST, in an order that gives the same spikes.
"""

from __future__ import annotations

from typing import Any

import nest
import numpy as np


def build_network(
    populations: list[dict[str, Any]], projections: list[dict[str, Any]], kernel: dict[str, Any]
) -> tuple[dict[str, Any], Any]:
    """Build the network in an empty kernel; return its populations by name, and a recorder of all its spikes."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
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
    """Return the names of populations of neurons: the spikes of generators are known, because they are given."""
    return [population["name"] for population in populations if not population["model"].endswith("_generator")]


def create_population(name: str, model: str, size: int, parameters: dict[str, Any]) -> Any:
    """Create neurons; a parameter is one value for all of them, or an array with one for each."""
    if all(np.ndim(value) == 0 for value in parameters.values()):
        return nest.Create(model, size, parameters)
    neurons = nest.Create(model, size)
    columns = [np.broadcast_to(value, size).tolist() for value in parameters.values()]
    # One call for all parameters: those relative to E_L depend, in their last bit, on the order of calls.
    neurons.set([dict(zip(parameters, row, strict=True)) for row in zip(*columns, strict=True)])
    return neurons


def connect_population(
    nodes: dict[str, Any],
    source: str,
    target: str,
    weight: np.ndarray,
    delay: float | np.ndarray,
    synapse_model: str = "static_synapse",
    pre: np.ndarray | None = None,
    post: np.ndarray | None = None,
    **parameters: float | np.ndarray,
) -> None:
    """Connect two populations, synapse by synapse.

    Without ``pre`` and ``post``, ``weight`` is a matrix: from each neuron of the source, a row, to each of the target.
    """
    if pre is None or post is None:
        pre, post = np.indices(weight.shape).reshape(2, -1)
    synapses = {"weight": weight.ravel(), "delay": delay, **parameters}
    for key, value in synapses.items():
        synapses[key] = np.broadcast_to(value, pre.shape).astype(float)
    ends = np.array(nodes[source].tolist())[pre], np.array(nodes[target].tolist())[post]
    nest.Connect(*ends, "one_to_one", {"synapse_model": synapse_model, **synapses})


def inject(neurons: Any, currents_pa: np.ndarray) -> None:
    """Set the current into each neuron. It acts at once; that of a ``dc_generator`` would arrive a delay later."""
    neurons.set([{"I_e": current_pa} for current_pa in currents_pa.tolist()])


def emit(generators: Any, neuron: np.ndarray, step: np.ndarray, ticks_per_step: int) -> None:
    """Let spike generators emit spikes in these grid steps, counted from the beginning of the simulation."""
    times_ms = time_of_steps(step, ticks_per_step)
    trains = [{"spike_times": times_ms[neuron == number]} for number in range(len(generators))]
    generators.set(trains)


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
