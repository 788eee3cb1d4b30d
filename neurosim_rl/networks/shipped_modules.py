"""Neurons in NESTML that come with the package: NEST has none like them."""

from __future__ import annotations

from pathlib import Path

from neurosim_rl.networks.nest_module import NestModule

SUBTRACTIVE = "iaf_psc_delta_subtractive"
"""Name of the neuron from whose membrane a spike subtracts."""

SUBTRACTIVE_MODULE = NestModule(SUBTRACTIVE, str(Path(__file__).with_name(f"{SUBTRACTIVE}.nestml")), (SUBTRACTIVE,))
"""The module of that neuron, which is built when NEST first installs it."""
