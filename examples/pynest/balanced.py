"""A cart-pole controller as a PyNEST function: excitatory and inhibitory neurons, noise, and gap junctions."""

from __future__ import annotations

from typing import Any

READ_IN_PA = 100.0
RECURRENT_PA = 30.0


def build(nest: Any, genome: dict[str, Any], rng: Any, n_inputs: int, n_outputs: int) -> tuple[Any, Any, dict]:
    """Make a recurrent network with 20 excitatory neurons for each action and 10 inhibitory ones; return its ends.

    Genome
    ------
    ``read_in``: weight of each input onto each group of 20 neurons, in 100 pA. ``recurrent``: mean weights within the
    network, from excitatory and from inhibitory neurons, in 30 pA. ``out``: conductance from each group onto the output
    of its action, in nS. In these units all genes are within -10 and 10, so that mutations suit all of them.

    Notes
    -----
    The outputs are Hodgkin-Huxley neurons after Traub & Miles with conductances. Synapses of 2 to 10 nS drive them at
    60 to 300 spikes a second, enough to compare two of them in a window of 20 ms.
    """
    inputs = nest.Create("iaf_psc_exp", n_inputs)
    soma = {"V_m": nest.random.uniform(-70.0, -60.0), "t_ref": 1.0}
    groups = [nest.Create("iaf_psc_exp", 20, soma) for _ in range(n_outputs)]
    # Receptor 1 is fast, receptor 2 slow.
    inhibitory = nest.Create("iaf_psc_exp_multisynapse", 10, {"tau_syn": [2.0, 8.0]})
    outputs = nest.Create("hh_cond_beta_gap_traub", n_outputs)

    for action, group in enumerate(groups):
        for k in range(n_inputs):
            weight = READ_IN_PA * float(genome["read_in"][k, action])
            nest.Connect(inputs[k], group, syn_spec={"weight": weight})
        nest.Connect(group, outputs[action], syn_spec={"weight": float(genome["out"][action])})
    everything = sum(groups[1:], groups[0])
    excites, inhibits = (RECURRENT_PA * float(w) for w in genome["recurrent"])
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
    nest.Connect(
        outputs[0], outputs[1], {"rule": "one_to_one", "make_symmetric": True}, {"synapse_model": "gap_junction"}
    )

    # Near threshold without input: the noise makes rates follow the input smoothly.
    background = nest.Create("poisson_generator", params={"rate": 5000.0})
    nest.Connect(background, everything, syn_spec={"weight": 40.0})
    return inputs, outputs, {"excitatory": everything, "inhibitory": inhibitory}


def genes(n_inputs: int, n_outputs: int) -> dict[str, dict[str, Any]]:
    """Return the arrays of the genome."""
    return {
        "read_in": {
            "shape": [n_inputs, n_outputs],
            "low": -10.0,
            "high": 10.0,
            "unit": f"{READ_IN_PA:g} pA",
            "initial": [-5.0, 5.0],
        },
        "recurrent": {"shape": [2], "low": 0.0, "high": 10.0, "unit": f"{RECURRENT_PA:g} pA"},
        "out": {"shape": [n_outputs], "low": 0.0, "high": 10.0, "unit": "nS", "initial": [4.0, 6.0]},
    }


build.genes = genes  # type: ignore[attr-defined]
