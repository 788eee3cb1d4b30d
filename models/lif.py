"""Layers of leaky integrate-and-fire neurons in discrete time, as training by gradients needs them, built for NEST."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.spiking import SpikingModel, with_cached_facts
from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.shipped_modules import SUBTRACTIVE, SUBTRACTIVE_MODULE
from neurosim_rl.settings.options import option

MV_PER_PA = 1e-3
"""Rise of a membrane in one grid step, in mV, by a constant current of 1 pA."""
RESETS = ("zero", "subtract", "subtract-next")
"""What a spike may do to the membrane."""
NEVER_MV = 1e9
"""Threshold of neurons that do not spike."""


@dataclass(frozen=True)
class LIF(SpikingModel):
    """Layers of leaky integrate-and-fire neurons, and output neurons that do not spike.

    The network of Zanatta et al. 2024 (Sci. Rep. 14:30648, equations 6 to 9). PPO can train it, and evolution can
    search it. In each tick, the layers are computed one after the other::

        v  <-  decay * v + weights * inputs + biases
        z  =   1 if v >= threshold
        v  <-  0 where z = 1

    In the paper, equations 7 and 8 have a delay between layers: a layer gets z of the previous tick. Here a tick passes
    through all layers, so an action always answers the observation of its own step.

    That is the hard reset, ``reset = "zero"``. With ``reset = "subtract"``, v <- v - threshold where z = 1: input above
    the threshold is not lost. With ``"subtract-next"`` the next tick subtracts instead, as snnTorch's neurons do by
    default: v <- decay * v + weights * inputs + biases - threshold * z of the last tick. In all of them a neuron spikes
    at most once in a tick. PPO trains networks with ``"zero"``.

    The model needs the encoder ``pulses`` (or ``population-pulses``), which gives observations as currents, and the
    decoder ``membrane``.

    In NEST
    -------
    Neurons are ``iaf_psc_delta`` without refractory time, with resting and reset potential 0 mV. In each grid step h,
    NEST computes v <- P33 v + P30 I + w, then compares v with V_th (>=), then resets (``iaf_psc_delta.cpp``). P33 is
    exp(-h / tau_m), and w is the sum of the weights of the arriving spikes. A tick takes N grid steps, and tau_m is
    -N h / ln(decay): N steps without input multiply v by P33^N = decay. Layer k gets all its input of a tick in step k:

    * the first layer: by a current of one grid step (C_m is chosen so that 1 pA adds 1e-3 mV);
    * layer k: by the spikes of layer k-1, emitted in step k-1, with a delay of one step;
    * output neurons, with a threshold out of reach: in step N, by the spikes of the last layer L, with delay N - L.

    In that step, v becomes decay * v + I, equation 6. Until the next tick v only decays towards 0, so it cannot cross
    the threshold. Biases are spikes as well: one extra neuron in the first layer spikes in every tick, and its synapses
    carry the biases of the later layers. Their delays let a bias arrive together with the layer's other input. A
    recurrent synapse has a delay of N steps, one tick. Membranes agree with the equations up to the rounding of P33^N,
    the order of sums, and the rounding of currents to 1e-9 pA. The decoder reads output neurons at the end of the
    window.

    For the other resets hidden neurons are ``iaf_psc_delta_subtractive``, which comes with the package in NESTML and is
    built when NEST first needs it: the same neuron, but a spike subtracts ``V_drop``. After a spike, v may still be
    above the threshold, and must not spike again in the same tick: ``t_ref``, in which v decays, is N - 1 steps.
    ``V_drop`` is the threshold, and with ``"subtract-next"`` threshold / decay: it decays until the next tick.

    Genome
    ------
    ``weights_0``, ``weights_1``, ...: from each layer to the next, from the observed variables to the actions, shape
    (n_source, n_target), in mV of the membrane. ``biases_0``, ...: of each layer except the observations, shape
    (n_target,), in mV. With ``recurrent``: ``recurrent_0``, ..., within each hidden layer, shape (n, n).
    """

    hidden: tuple = option((64,), "neurons in each hidden layer; at least one layer", low=1)
    decay: float = option(0.2, "factor of a membrane from one tick to the next", low=1e-9, high=0.999999)
    threshold: float = option(0.5, "threshold of hidden neurons in mV", low=1e-9)
    reset: str = option(
        "zero",
        "what a spike does to the membrane: set it to zero, or subtract the threshold, at once or in the next tick",
        choices=RESETS,
    )
    recurrent: bool = option(False, "whether hidden neurons get the spikes of their own layer from the previous tick")
    weight_limit: float = option(100.0, "evolution only: largest absolute value of a gene", low=1e-9)
    initial_limit: float = option(
        1.0,
        "evolution only: largest absolute value of a gene in the first generation, divided by the square "
        "root of the layer's number of inputs",
        low=0,
    )

    def __post_init__(self) -> None:
        """Check the layers, the encoder, the decoder, and that a tick has enough grid steps for all layers."""
        for n in self.hidden:
            if n != int(n):
                raise ConfigurationError(f"model.hidden = {list(self.hidden)}: expected whole numbers, got {n}.")
        if not self.hidden:
            raise ConfigurationError("model.hidden = []: model lif needs at least one hidden layer.")
        if self.read_in_shape is None or self.n_inputs != self.sizes[1] + 1:
            raise ConfigurationError(
                "model lif needs an encoder that gives observations as currents to its first layer. Set encoder.name = "
                "'pulses' and encoder.n_neurons = 0."
            )
        if not self.reads_membrane or self.readout_shape is not None:
            raise ConfigurationError(
                "model lif needs a decoder that reads membranes, because its output neurons never spike. Set "
                "decoder.name = 'membrane'."
            )
        n_layers = len(self.hidden) + 1
        if self.window_steps % self.ticks or self.tick_steps < n_layers:
            raise ConfigurationError(
                f"a window of {self.window_steps} grid steps does not hold {self.ticks} equal ticks of at least "
                f"{n_layers} steps, one for each layer. Set window_ms = "
                f"{self.resolution_ms * self.ticks * n_layers:g}, or change model.hidden or encoder.ticks."
            )

    @classmethod
    def n_joint(cls, options: Mapping[str, Any]) -> int:
        """Return the number of neurons that receive the drive: the first layer and the neuron that carries biases."""
        return int(options["hidden"][0]) + 1 if options["hidden"] else 0

    @property
    def sizes(self) -> tuple[int, ...]:
        """Observed variables, neurons in each hidden layer, and output neurons."""
        n_observed = 0 if self.read_in_shape is None else self.read_in_shape[0] - 1
        return (n_observed, *(int(n) for n in self.hidden), self.n_outputs)

    @property
    def counts(self) -> tuple[int, int]:
        """Number of neurons, the one that carries biases included, and of synapses."""
        layers = self.sizes[1:]
        n_synapses = 0
        for n_source, n_target in pairwise(layers):
            n_synapses += (n_source + 1) * n_target
        if self.recurrent:
            n_synapses += sum(n * n for n in layers[:-1])
        return sum(layers) + 1, n_synapses

    @property
    def window_steps(self) -> int:
        """Grid steps in a window."""
        return round(self.window_ms / self.resolution_ms)

    @property
    def tick_steps(self) -> int:
        """Grid steps in a tick."""
        return self.window_steps // self.ticks

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Weights and biases between layers, and recurrent weights within hidden layers."""
        genes = []
        for k, (n_source, n_target) in enumerate(pairwise(self.sizes)):
            genes += [
                self._parameter(f"weights_{k}", (n_source, n_target), n_source),
                self._parameter(f"biases_{k}", (n_target,), n_source),
            ]
        if self.recurrent:
            genes += [self._parameter(f"recurrent_{k}", (n, n), n) for k, n in enumerate(self.sizes[1:-1])]
        return ParameterSpace(*genes)

    def _parameter(self, name: str, shape: tuple[int, ...], n_inputs: int) -> Parameter:
        """Return genes of a layer with `n_inputs` inputs; biases start like the layer's weights, as in PyTorch."""
        start = min(self.initial_limit / math.sqrt(n_inputs), self.weight_limit)
        return Parameter(name, shape, -self.weight_limit, self.weight_limit, "1 mV", (-start, start))

    def network(self, genome: Genome) -> Network:
        """Return the network with the genome's weights."""
        return self._template.with_weights(self._weights_mv(genome), read_in=self._read_in(genome))

    def _read_in(self, genome: Genome) -> np.ndarray:
        """Return currents in pA for each observed variable and for the constant after them, shape `read_in_shape`."""
        n_observed, n_first = self.sizes[:2]
        read_in_mv = np.zeros((n_observed + 1, n_first + 1))
        read_in_mv[:-1, :-1] = genome["weights_0"]
        read_in_mv[-1, :-1] = genome["biases_0"]
        # The neuron that carries the other biases must spike in every tick: twice the threshold is safely above it.
        read_in_mv[-1, -1] = 2 * self.threshold
        return read_in_mv / MV_PER_PA

    def _weights_mv(self, genome: Genome) -> list[np.ndarray]:
        """Return the weights of each projection, in the template's order."""
        weights = []
        for k in range(1, len(self.sizes) - 1):
            weights += [genome[f"weights_{k}"].ravel(), genome[f"biases_{k}"]]
        if self.recurrent:
            weights += [genome[f"recurrent_{k}"].ravel() for k in range(len(self.hidden))]
        return weights

    @cached_property
    def _template(self) -> Network:
        """The network with all weights 0."""
        sizes, h = self.sizes, self.resolution_ms
        n_hidden = len(self.hidden)
        names = ["input", *(f"hidden_{k}" for k in range(2, n_hidden + 1)), "output"]
        neuron, spiking = self._spiking_neuron()
        # The first hidden layer receives the drive, so it is the population "input"; its last neuron carries biases.
        populations = [Population("input", sizes[1] + 1, neuron, spiking)]
        for name, n_neurons in zip(names[1:-1], sizes[2:-1], strict=True):
            populations.append(Population(name, n_neurons, neuron, spiking))
        populations.append(Population("output", sizes[-1], "iaf_psc_delta", {**self._neuron(), "V_th": NEVER_MV}))
        projections = []
        for k, (source, target) in enumerate(pairwise(names), start=1):
            # Layer k spikes in step k of a tick, and the neuron that carries biases in step 1.
            arrival_step = self.tick_steps if target == "output" else k + 1
            n = sizes[k + 1]
            projections += [
                _all_to_all(source, target, sizes[k], n, (arrival_step - k) * h),
                _from_one("input", target, sizes[1], n, (arrival_step - 1) * h),
            ]
        if self.recurrent:
            one_tick_ms = self.tick_steps * h
            for name, n in zip(names[:-1], sizes[1:-1], strict=True):
                projections.append(_all_to_all(name, name, n, n, one_tick_ms))
        network = Network(
            tuple(populations),
            tuple(projections),
            "input",
            "output",
            resolution_ms=h,
            min_delay_ms=h,
            bias_carrier=sizes[1],
            nest_modules=self._modules,
        )
        return with_cached_facts(network)

    @property
    def _modules(self) -> tuple[NestModule, ...]:
        """The modules that NEST installs: the user's, and that of neurons that NEST does not have."""
        return self.nest_modules if self.reset == "zero" else (*self.nest_modules, SUBTRACTIVE_MODULE)

    def _spiking_neuron(self) -> tuple[str, dict[str, float]]:
        """Return NEST's model of hidden neurons, and its parameters."""
        parameters = self._neuron()
        if self.reset == "zero":
            return "iaf_psc_delta", {**parameters, "V_th": self.threshold}
        drop = self.threshold if self.reset == "subtract" else self.threshold / self.decay
        own = {"V_th": self.threshold, "V_drop": drop, "t_ref": (self.tick_steps - 1) * self.resolution_ms}
        return SUBTRACTIVE, {"tau_m": parameters["tau_m"], "C_m": parameters["C_m"], **own}

    def _neuron(self) -> dict[str, float]:
        """Return the NEST parameters that all neurons share."""
        tau_m = -self.tick_steps * self.resolution_ms / math.log(self.decay)
        # NEST's P30 = tau_m / C_m (1 - exp(-h / tau_m)); this C_m makes it MV_PER_PA.
        c_m = tau_m * -math.expm1(-self.resolution_ms / tau_m) / MV_PER_PA
        return {"tau_m": tau_m, "C_m": c_m, "t_ref": 0.0, "E_L": 0.0, "V_reset": 0.0, "V_m": 0.0}


def _all_to_all(source: str, target: str, n_source: int, n_target: int, delay_ms: float) -> Projection:
    """Return synapses of weight 0 from the first `n_source` neurons of one population to all of another."""
    pre, post = np.indices((n_source, n_target)).reshape(2, -1)
    return Projection(source, target, pre, post, np.zeros(len(pre)), np.full(len(pre), delay_ms))


def _from_one(source: str, target: str, neuron: int, n_target: int, delay_ms: float) -> Projection:
    """Return synapses of weight 0 from one neuron to all neurons of a population."""
    pre = np.full(n_target, neuron)
    return Projection(source, target, pre, np.arange(n_target), np.zeros(n_target), np.full(n_target, delay_ms))
