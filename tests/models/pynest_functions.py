"""Functions that make networks in PyNEST, for the tests."""

from __future__ import annotations

from typing import Any

GENES = {"weights": {"shape": [2, 2], "low": -900.0, "high": 900.0, "unit": "pA"}}


def everything(nest: Any, genome: dict, rng: Any) -> tuple[Any, Any, dict]:
    """Use connection rules, distributions, receptors, lists, copies, gap junctions, plasticity and background."""
    nest.CopyModel("iaf_psc_exp", "fast", {"t_ref": 1.0})
    inputs = nest.Create("fast", 2)
    layer = nest.Create("fast", 6, {"V_m": nest.random.uniform(-70.0, -60.0)})
    slow = nest.Create("iaf_psc_exp_multisynapse", 2, {"tau_syn": [2.0, 5.0]})
    outputs = nest.Create("hh_psc_alpha_gap", 2)
    drawn = {"weight": genome["weights"][0, 0] * nest.random.normal(1.0, 0.1), "delay": nest.random.uniform(1.0, 2.0)}
    nest.Connect(inputs, layer, {"rule": "fixed_indegree", "indegree": 1}, drawn)
    nest.CopyModel("stdp_synapse", "plastic", {"lambda": 0.02})
    nest.Connect(layer, layer, {"rule": "pairwise_bernoulli", "p": 0.3}, {"synapse_model": "plastic", "weight": 10.0})
    nest.Connect(layer, slow, "all_to_all", {"weight": 300.0, "receptor_type": 2, "delay": 1.5})
    nest.Connect(slow, outputs, "all_to_all", {"weight": 900.0 + 100.0 * rng.random()})
    pair = {"rule": "one_to_one", "make_symmetric": True}
    nest.Connect(outputs[0], outputs[1], pair, {"synapse_model": "gap_junction", "weight": 2.0})
    background = nest.Create("poisson_generator", params={"rate": 8000.0})
    nest.Connect(background, layer, syn_spec={"weight": 60.0})
    nest.Connect(layer, nest.Create("spike_recorder"))
    return inputs, outputs, {"layer": layer}


def of_kernel(nest: Any, genome: dict, rng: Any, name: str, value: Any) -> tuple[Any, Any, dict]:
    """Set a property of the kernel, and make the network of `everything`."""
    nest.set(**{name: value})
    return everything(nest, genome, rng)


def feed_forward(nest: Any, genome: dict, rng: Any, n_inputs: int, n_outputs: int) -> tuple[Any, Any]:
    """Make two layers of a model that the compiled simulator has."""
    inputs, outputs = nest.Create("iaf_psc_alpha", n_inputs), nest.Create("iaf_psc_alpha", n_outputs)
    nest.Connect(inputs, outputs, "all_to_all", {"weight": genome["weights"].T})
    return inputs, outputs


def of_spikes(nest: Any, genome: dict, rng: Any, n_inputs: int, n_outputs: int) -> tuple[Any, Any]:
    """Make one layer behind sources of given spikes."""
    inputs, outputs = nest.Create("spike_generator", n_inputs), nest.Create("iaf_psc_alpha", n_outputs)
    nest.Connect(inputs, outputs, "all_to_all", {"weight": genome["weights"].T})
    return inputs, outputs


def with_hidden(nest: Any, genome: dict, rng: Any, n_inputs: int, n_outputs: int) -> tuple[Any, Any]:
    """Make two sources of spikes that are populations of their own, a hidden layer, and conductances."""
    inputs = [nest.Create("spike_generator") for _ in range(n_inputs)]
    hidden, outputs = nest.Create("iaf_cond_exp", 4), nest.Create("iaf_cond_exp", n_outputs)
    for k, source in enumerate(inputs):
        nest.Connect(source, hidden, syn_spec={"weight": float(genome["read_in"][k])})
    nest.Connect(hidden, outputs, syn_spec={"weight": 300.0})
    return inputs, outputs


def read_in(n_inputs: int, n_outputs: int) -> dict:
    """Return the genes of `with_hidden`."""
    return {"read_in": {"shape": [n_inputs], "low": 0.0, "high": 600.0, "unit": "nS"}}


def genes(n_inputs: int, n_outputs: int) -> dict:
    """Return the genes of `feed_forward`."""
    return {"weights": {"shape": [n_inputs, n_outputs], "low": -9000.0, "high": 9000.0, "unit": "pA"}}


def dopaminergic(nest: Any, genome: dict, rng: Any) -> tuple[Any, Any]:
    """Make what data cannot express: a synapse with a volume transmitter."""
    inputs, outputs = nest.Create("iaf_psc_alpha", 2), nest.Create("iaf_psc_alpha", 2)
    transmitter = nest.Create("volume_transmitter")
    nest.CopyModel("stdp_dopamine_synapse", "rewarded", {"volume_transmitter": transmitter})
    nest.Connect(inputs, outputs, "all_to_all", {"synapse_model": "rewarded", "weight": genome["weights"].T})
    nest.Connect(outputs, transmitter)
    return inputs, outputs


DEVICES = {"noise_generator": {"mean": 0.0, "std": 900.0}, "poisson_generator": {"rate": 2000.0}}
"""Stochastic devices of NEST, with their parameters."""


def noisy(nest: Any, genome: dict, rng: Any, n_inputs: int, n_outputs: int, devices: list[str]) -> tuple[Any, Any]:
    """Make two layers, and one device of each kind that gives each neuron of the second layer noise of its own."""
    inputs, outputs = nest.Create("iaf_psc_exp", n_inputs), nest.Create("iaf_psc_exp", n_outputs)
    nest.Connect(inputs, outputs, "all_to_all", {"weight": genome["weights"].T})
    for name in devices:
        weight = 300.0 if name == "poisson_generator" else 1.0
        nest.Connect(nest.Create(name, params=DEVICES[name]), outputs, syn_spec={"weight": weight})
    return inputs, outputs


def resetting(nest: Any, genome: dict, rng: Any) -> tuple[Any, Any]:
    """Reset the kernel, as scripts do."""
    nest.ResetKernel()
    neurons = nest.Create("iaf_psc_alpha", 2)
    return neurons, neurons


def simulating(nest: Any, genome: dict, rng: Any) -> tuple[Any, Any]:
    """Simulate, as scripts do."""
    neurons = nest.Create("iaf_psc_alpha", 2)
    nest.Simulate(1.0)
    return neurons, neurons


def parrots(nest: Any, genome: dict, rng: Any) -> tuple[Any, Any]:
    """Return inputs that take no current."""
    neurons = nest.Create("parrot_neuron", 2)
    return neurons, neurons


def wrong(nest: Any, genome: dict, rng: Any) -> Any:
    """Return one collection only."""
    return nest.Create("iaf_psc_alpha", 2)


def failing(nest: Any, genome: dict, rng: Any) -> tuple[Any, Any]:
    """Ask NEST for a model that it does not have."""
    return nest.Create("iaf_psc_beta", 2), None


everything.genes = of_kernel.genes = dopaminergic.genes = GENES  # type: ignore[attr-defined]
feed_forward.genes = of_spikes.genes = noisy.genes = genes  # type: ignore[attr-defined]
with_hidden.genes = read_in  # type: ignore[attr-defined]
