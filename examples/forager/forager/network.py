"""The network: two mirrored halves of conductance-based neurons, each of which inhibits the other."""

from __future__ import annotations

from typing import Any

CELL = {"E_L": -70.0, "V_reset": -70.0, "V_th": -55.0, "t_ref": 2.0, "tau_syn_ex": 2.0, "tau_syn_in": 5.0}
"""Parameters of ``iaf_cond_exp``; all others are NEST's defaults."""
SIDES = (0, 1)


def build(nest: Any, genome: dict[str, Any], rng: Any, excitatory: int = 3) -> tuple[Any, Any, dict]:
    """Make the network; return its three inputs, its two outputs, and names for its populations.

    Each half has excitatory neurons, one inhibitory neuron and one output. Its excitatory neurons get the inputs; they
    excite the inhibitory neuron and both outputs. The inhibitory neuron inhibits the excitatory neurons of the other
    half. Both halves have the same genes: an animal in a mirror steers like its mirror image.

    Parameters
    ----------
    nest : module
    genome : dict of array
        Conductances in nS; see `GENES`.
    rng : numpy.random.Generator
    excitatory : int
        Number of excitatory neurons in each half.
    """
    conductance = {name: float(value) for name, value in genome.items()}
    spread = nest.random.uniform(0.8, 1.2)
    smells, energy = [nest.Create("spike_generator") for _ in SIDES], nest.Create("spike_generator")
    excites = [nest.Create("iaf_cond_exp", excitatory, CELL) for _ in SIDES]
    inhibits = [nest.Create("iaf_cond_exp", 1, CELL) for _ in SIDES]
    outputs = [nest.Create("iaf_cond_exp", 1, CELL) for _ in SIDES]

    def connect(source: Any, target: Any, weight: Any) -> None:
        nest.Connect(source, target, syn_spec={"weight": weight, "delay": 1.0})

    for side in SIDES:
        other = 1 - side
        connect(smells[side], excites[side], conductance["smell_same_ns"] * spread)
        connect(smells[other], excites[side], conductance["smell_other_ns"] * spread)
        connect(energy, excites[side], conductance["energy_ns"] * spread)
        connect(excites[side], inhibits[side], conductance["onto_inhibitory_ns"])
        connect(inhibits[side], excites[other], -conductance["inhibition_ns"])
        connect(excites[side], outputs[side], conductance["out_same_ns"])
        connect(excites[side], outputs[other], conductance["out_other_ns"])
    names = {"left E": excites[0], "right E": excites[1], "left I": inhibits[0], "right I": inhibits[1]}
    return [*smells, energy], outputs, names


GENES = ("smell_same", "smell_other", "energy", "onto_inhibitory", "inhibition", "out_same", "out_other")
build.genes = {  # type: ignore[attr-defined]
    f"{name}_ns": {"low": 0.0, "high": 200.0, "initial": [0.0, 100.0], "unit": "nS"} for name in GENES
}
