"""A function that makes a network of the models of ``examples/nestml``, for the tests."""

from __future__ import annotations

from typing import Any


def fading(nest: Any, genome: dict, rng: Any, n_inputs: int, n_outputs: int) -> tuple[Any, Any]:
    """Make two layers of NEST's neurons with synapses that fade with use."""
    inputs, outputs = nest.Create("iaf_psc_delta", n_inputs), nest.Create("iaf_psc_delta", n_outputs)
    synapse = {"synapse_model": "fading_synapse", "weight": genome["weights"].T, "used": 0.3}
    nest.Connect(inputs, outputs, "all_to_all", synapse)
    return inputs, outputs


def genes(n_inputs: int, n_outputs: int) -> dict:
    """Return the genes of `fading`."""
    return {"weights": {"shape": [n_inputs, n_outputs], "low": -12.0, "high": 12.0, "unit": "mV"}}


fading.genes = genes  # type: ignore[attr-defined]
