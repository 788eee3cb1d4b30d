"""One network in plain NEST, for comparison: no line of neurosim-rl is used here.

Run as a script: reads a JSON list of scenarios from standard input, writes a JSON list of spike lists.
A scenario holds ``populations`` (pairs of model and size), ``parameters`` of all neurons, ``synapses``
(rows of source, target, weight, delay; neurons counted through the populations), ``resolution_ms``, ``window_ms`` and
``windows``: for each a list of currents of the first population, or of its spikes (pairs of neuron and time in ms).
A spike list holds pairs of neuron and grid step.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

os.environ.setdefault("PYNEST_QUIET", "1")

import nest


def simulate(scenario: dict[str, Any]) -> list[tuple[int, int]]:
    """Build one network neuron by neuron and synapse by synapse; return its spikes, sorted by step."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.resolution = scenario["resolution_ms"]
    nodes = []
    for model, size in scenario["populations"]:
        parameters = {} if model == "spike_generator" else scenario["parameters"]
        nodes += [nest.Create(model, params=parameters) for _ in range(size)]
    for source, target, weight, delay in scenario["synapses"]:
        nest.Connect(nodes[source], nodes[target], syn_spec={"weight": weight, "delay": delay})
    recorder = nest.Create("spike_recorder")
    for node in nodes:
        if node.model != "spike_generator":
            nest.Connect(node, recorder)
    n_inputs = scenario["populations"][0][1]
    for drive in scenario["windows"]:
        for neuron in range(n_inputs):
            if nodes[neuron].model == "spike_generator":
                nodes[neuron].spike_times = [time for index, time in drive if index == neuron]
            else:
                nodes[neuron].I_e = drive[neuron]
        nest.Simulate(scenario["window_ms"])
    index = {node.global_id: k for k, node in enumerate(nodes)}
    events = recorder.events
    steps = [round(float(time) / scenario["resolution_ms"]) for time in events["times"]]
    return sorted(zip((index[int(s)] for s in events["senders"]), steps, strict=True), key=lambda spike: spike[::-1])


if __name__ == "__main__":
    json.dump([simulate(scenario) for scenario in json.load(sys.stdin)], sys.stdout)
