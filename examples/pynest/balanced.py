"""A cart-pole controller as a PyNEST function: excitatory and inhibitory neurons, noise, and gap junctions."""

from __future__ import annotations

from typing import Any


def build(nest: Any, genome: dict[str, Any], rng: Any, n_inputs: int, n_outputs: int) -> tuple[Any, Any, dict]:
    """Make a recurrent network with 40 excitatory and 10 inhibitory neurons; return its inputs and outputs.

    Genome
    ------
    ``read_in_pa``: weight of each input onto each half of the excitatory neurons. ``recurrent_pa``: mean weights within
    the network, from excitatory and from inhibitory neurons. ``out_pa``: weight of each half onto each output.
    """
    inputs = nest.Create("iaf_psc_exp", n_inputs)
    soma = {"V_m": nest.random.uniform(-70.0, -60.0), "t_ref": 1.0}
    excitatory = [nest.Create("iaf_psc_exp", 20, soma) for _ in range(2)]
    # Receptor 1 is fast, receptor 2 slow.
    inhibitory = nest.Create("iaf_psc_exp_multisynapse", 10, {"tau_syn": [2.0, 8.0]})
    outputs = nest.Create("hh_psc_alpha_gap", n_outputs)

    for half, neurons in enumerate(excitatory):
        for k in range(n_inputs):
            weight = float(genome["read_in_pa"][k, half])
            nest.Connect(inputs[k], neurons, syn_spec={"weight": weight})
    everything = excitatory[0] + excitatory[1]
    excites, inhibits = (float(w) for w in genome["recurrent_pa"])
    nest.Connect(
        everything,
        everything,
        {"rule": "pairwise_bernoulli", "p": 0.1, "allow_autapses": False},
        {"weight": excites * nest.random.uniform(0.5, 1.5), "delay": nest.random.uniform(1.0, 2.0)},
    )
    for receptor in (1, 2):
        nest.Connect(
            everything,
            inhibitory,
            {"rule": "fixed_indegree", "indegree": 5},
            {"weight": excites, "receptor_type": receptor},
        )
    nest.Connect(inhibitory, everything, {"rule": "fixed_indegree", "indegree": 3}, {"weight": -inhibits})
    for half, neurons in enumerate(excitatory):
        for k in range(n_outputs):
            nest.Connect(neurons, outputs[k], syn_spec={"weight": float(genome["out_pa"][half, k])})
    nest.Connect(
        outputs[0], outputs[1], {"rule": "one_to_one", "make_symmetric": True}, {"synapse_model": "gap_junction"}
    )

    background = nest.Create("poisson_generator", params={"rate": 2000.0})
    nest.Connect(background, everything, syn_spec={"weight": 40.0})
    return inputs, outputs, {"excitatory": everything, "inhibitory": inhibitory}


def genes(n_inputs: int, n_outputs: int) -> dict[str, dict[str, Any]]:
    """Return the arrays of the genome."""
    return {
        "read_in_pa": {
            "shape": [n_inputs, 2],
            "low": -1000.0,
            "high": 1000.0,
            "unit": "pA",
            "initial": [-500.0, 500.0],
        },
        "recurrent_pa": {"shape": [2], "low": 0.0, "high": 300.0, "unit": "pA"},
        "out_pa": {"shape": [2, n_outputs], "low": 0.0, "high": 1500.0, "unit": "pA"},
    }


build.genes = genes  # type: ignore[attr-defined]
