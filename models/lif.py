"""Leaky integrate-and-fire layers in discrete time, as networks that are trained by gradients have them, for NEST."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.spiking import SpikingModel
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.settings.options import option

MV_PER_PA = 1e-3
"""What a constant current of 1 pA adds to a membrane in one grid step."""
NEVER_MV = 1e9
"""Threshold of neurons that do not spike."""


@dataclass(frozen=True)
class LIF(SpikingModel):
    """Layers of leaky integrate-and-fire neurons with hard reset, and output neurons that do not spike.

    The network of Zanatta et al. 2024 (Sci. Rep. 14:30648, equations 6 to 9), which PPO trains and evolution can search
    as well. In each tick, for the layers one after the other::

        v  <-  decay * v + weights * inputs + biases,   z = 1 if v >= threshold,   v <- 0 where z = 1

    As printed, equations 7 and 8 have delays between layers, z of the tick before; here a tick passes through all
    layers, so that an action answers the observation of its own step, however many layers there are.

    It needs the encoder ``pulses``, which gives observations as currents, and the decoder ``membrane``.

    In NEST
    -------
    ``iaf_psc_delta`` without refractory time, resting and reset to 0 mV. NEST computes, in each grid step h,
    v <- P33 v + P30 I + w, then compares v with V_th (>=), and resets; P33 = exp(-h / tau_m), and w is the sum of the
    weights of the spikes that arrive. A tick takes N grid steps, with tau_m = -N h / ln(decay), so that N steps without
    input are a multiplication by P33^N = decay. Layer k gets all its input of a tick in step k of it:

    * the first layer by a current that lasts for one step (C_m makes 1 pA add 1e-3 mV);
    * layer k by spikes of layer k-1, emitted in step k-1, with a delay of one step;
    * output neurons, whose threshold is out of reach, in step N, by spikes of the last layer L with a delay of N - L.

    Just then v is decay * v + I, equation 6; before the next tick it only decays, towards 0, and cannot
    cross the threshold. Biases are pulses, too: one more neuron in the first layer is driven above threshold in each
    tick, and its synapses, with delays that let them arrive with the layer's other input, carry the biases of the
    layers behind. A recurrent synapse has a delay of N steps, one tick. Membranes agree with the equations up to the
    rounding of P33^N, the order of sums and currents of 1e-9 pA; output neurons are read at the end of the window.

    Genome
    ------
    ``weights_0``, ``weights_1``, ...: from each layer to the next, the observed variables first, the actions last,
    shape (n_source, n_target), in units of the membrane (mV). ``biases_0``, ...: of each layer but the observations,
    shape (n_target,). With ``recurrent``, ``recurrent_0``, ...: within each hidden layer, shape (n, n).
    """

    hidden: tuple = option((64,), "neurons in each hidden layer, at least one layer", low=1)
    decay: float = option(0.2, "what is left of a membrane after a tick", low=1e-9, high=0.999999)
    threshold: float = option(0.5, "membrane at which a neuron spikes, in mV", low=1e-9)
    recurrent: bool = option(False, "whether hidden neurons get the spikes of their own layer in the tick before")
    weight_limit: float = option(100.0, "for evolution: genes lie between minus and plus this", low=1e-9)
    initial_limit: float = option(
        1.0, "for evolution: first genes are drawn within this over the square root of a neuron's inputs", low=0
    )

    def __post_init__(self) -> None:
        """Check the layers, encoder and decoder, and that a tick has enough grid steps for them."""
        for n in self.hidden:
            if n != int(n):
                raise ConfigurationError(f"model.hidden = {list(self.hidden)}: expected whole numbers, got {n}.")
        if not self.hidden:
            raise ConfigurationError("model.hidden = []: model lif needs at least one hidden layer.")
        if self.read_in_shape is None or self.n_inputs != self.sizes[1] + 1:
            raise ConfigurationError(
                "model lif takes observations as currents into its first layer. Set encoder.name = 'pulses' with "
                "encoder.n_neurons = 0."
            )
        if not self.reads_membrane or self.readout_shape is not None:
            raise ConfigurationError(
                "model lif has output neurons that never spike; expected a decoder that reads their membranes. Set "
                "decoder.name = 'membrane'."
            )
        n_layers = len(self.hidden) + 1
        if self.window_steps % self.ticks or self.tick_steps < n_layers:
            raise ConfigurationError(
                f"a window of {self.window_steps} grid steps for {self.ticks} ticks and {n_layers} layers; expected "
                f"a multiple of ticks with at least {n_layers} steps each. Set window_ms = "
                f"{self.resolution_ms * self.ticks * n_layers:g}, or model.hidden, or encoder.ticks."
            )

    @classmethod
    def n_joint(cls, options: Mapping[str, Any]) -> int:
        """Return how many neurons get the drive: the first layer and the neuron that carries biases."""
        return int(options["hidden"][0]) + 1 if options["hidden"] else 0

    @property
    def sizes(self) -> tuple[int, ...]:
        """Observed variables, neurons in each hidden layer, and output neurons."""
        n_observed = 0 if self.read_in_shape is None else self.read_in_shape[0] - 1
        return (n_observed, *(int(n) for n in self.hidden), self.n_outputs)

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
        """Weights and biases between layers, and within them."""
        genes = []
        for k, (n_source, n_target) in enumerate(pairwise(self.sizes)):
            genes += [
                self._parameter(f"weights_{k}", (n_source, n_target)),
                self._parameter(f"biases_{k}", (n_target,)),
            ]
        if self.recurrent:
            genes += [self._parameter(f"recurrent_{k}", (n, n)) for k, n in enumerate(self.sizes[1:-1])]
        return ParameterSpace(*genes)

    def _parameter(self, name: str, shape: tuple[int, ...]) -> Parameter:
        start = min(self.initial_limit / math.sqrt(shape[0]), self.weight_limit)
        return Parameter(name, shape, -self.weight_limit, self.weight_limit, "1 mV", (-start, start))

    def network(self, genome: Genome) -> Network:
        """Return the network with the genome's weights."""
        return self._template.with_weights(self._weights_mv(genome), read_in=self._read_in(genome))

    def _read_in(self, genome: Genome) -> np.ndarray:
        """Return currents for each observed variable and for the constant behind them, shape `read_in_shape`."""
        n_observed, n_first = self.sizes[:2]
        read_in_mv = np.zeros((n_observed + 1, n_first + 1))
        read_in_mv[:-1, :-1], read_in_mv[-1, :-1] = genome["weights_0"], genome["biases_0"]
        read_in_mv[-1, -1] = 2 * self.threshold  # of the neuron that carries the other biases
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
        """The network with weights of zero."""
        sizes, h = self.sizes, self.resolution_ms
        n_hidden = len(self.hidden)
        names = ["input", *(f"hidden_{k}" for k in range(2, n_hidden + 1)), "output"]
        spiking = {**self._neuron(), "V_th": self.threshold}
        populations = [
            Population("input", sizes[1] + 1, "iaf_psc_delta", spiking),
            *(Population(name, n, "iaf_psc_delta", spiking) for name, n in zip(names[1:-1], sizes[2:-1], strict=True)),
            Population("output", sizes[-1], "iaf_psc_delta", {**self._neuron(), "V_th": NEVER_MV}),
        ]
        projections = []
        for k, (source, target) in enumerate(pairwise(names), start=1):
            arrives = k + 1 if target != "output" else self.tick_steps
            n = sizes[k + 1]
            projections += [
                _all_to_all(source, target, sizes[k], n, (arrives - k) * h),
                _from_one("input", target, sizes[1], n, (arrives - 1) * h),
            ]
        if self.recurrent:
            one_tick = self.tick_steps * h
            projections += [
                _all_to_all(name, name, n, n, one_tick) for name, n in zip(names, sizes[1:-1], strict=False)
            ]
        network = Network(
            tuple(populations),
            tuple(projections),
            "input",
            "output",
            resolution_ms=h,
            min_delay_ms=h,
            bias_carrier=sizes[1],
        )
        # Computed once here, for all networks made from it.
        assert network.first_neuron
        assert network.delay_range_ms
        return network

    def _neuron(self) -> dict[str, float]:
        """Return what all neurons share."""
        tau_m = -self.tick_steps * self.resolution_ms / math.log(self.decay)
        c_m = tau_m * -math.expm1(-self.resolution_ms / tau_m) / MV_PER_PA
        return {"tau_m": tau_m, "C_m": c_m, "t_ref": 0.0, "E_L": 0.0, "V_reset": 0.0, "V_m": 0.0}


def _all_to_all(source: str, target: str, n_source: int, n_target: int, delay_ms: float) -> Projection:
    """Return synapses from the first neurons of a population to all of another, of weight 0."""
    pre, post = (indices.ravel() for indices in np.indices((n_source, n_target)))
    return Projection(source, target, pre, post, np.zeros(len(pre)), np.full(len(pre), delay_ms))


def _from_one(source: str, target: str, neuron: int, n_target: int, delay_ms: float) -> Projection:
    """Return synapses from one neuron to all of a population, of weight 0."""
    pre = np.full(n_target, neuron)
    return Projection(source, target, pre, np.arange(n_target), np.zeros(n_target), np.full(n_target, delay_ms))
