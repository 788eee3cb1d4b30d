"""Conversion between a genome and a PyTorch network that computes the same function."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from neurosim_rl.bridge.population_pulses import PopulationPulses
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.gradient.fields import FieldLayer
from neurosim_rl.gradient.networks import ActorCritic, DenseActorCritic, Neurons, SpikingActorCritic
from neurosim_rl.learning import GradientRule
from neurosim_rl.models import LIF, Dense, Policy
from neurosim_rl.optimizees import ClosedLoop

_ACTIVATIONS: dict[str, type[nn.Module]] = {"elu": nn.ELU, "relu": nn.ReLU, "tanh": nn.Tanh}


def create_network(optimizee: ClosedLoop) -> ActorCritic:
    """Return a PyTorch network that computes the same function as the optimizee's model, with random weights.

    It also has a critic, which is not part of the model.

    Raises
    ------
    ConfigurationError
        For a model that cannot be trained by gradients.
    """
    model = optimizee.model
    if isinstance(model, LIF):
        if model.reset != "zero":
            raise ConfigurationError(
                f"model.reset = {model.reset!r}: networks are trained by gradients with the hard reset only. Set "
                "model.reset = 'zero', or evolve the network (learning.name = 'none')."
            )
        neurons = Neurons(model.decay, model.threshold, model.ticks, model.recurrent)
        rule = optimizee.learning
        if isinstance(rule, GradientRule):
            neurons = replace(neurons, surrogate=rule.surrogate, width=rule.width, learn_width=rule.learn_width)
        encoder = optimizee.encoder
        fields = FieldLayer(encoder.fields) if isinstance(encoder, PopulationPulses) else None
        return SpikingActorCritic(model.sizes[0], model.sizes[1:-1], model.sizes[-1], neurons, fields)
    if isinstance(model, Dense) and not model.mirror:
        activation = _ACTIVATIONS[model.activation]()
        return DenseActorCritic(model.sizes[0], model.hidden_sizes, model.sizes[-1], activation)
    name = optimizee.config.model.name
    with_mirror = " with mirror = true" if isinstance(model, Dense) else ""
    raise ConfigurationError(
        f"model {name!r} cannot be trained by gradients{with_mirror}. Use model.name = 'lif' (--network snn) or "
        "'dense' (--network ann), and model.mirror = false."
    )


def first_network(optimizee: ClosedLoop, vector: np.ndarray | None) -> ActorCritic:
    """Return the network with which a training begins: of a genome, or with random weights. Its critic is random."""
    network = create_network(optimizee)
    if vector is not None:
        _load(optimizee, network, vector)
    return network


def trained_network(optimizee: ClosedLoop, vector: np.ndarray) -> ActorCritic:
    """Return the PyTorch network of a genome, in double precision; its critic is random."""
    network = create_network(optimizee).double()
    _load(optimizee, network, vector)
    return network


def _load(optimizee: ClosedLoop, network: ActorCritic, vector: np.ndarray) -> None:
    """Give a network the weights of a genome."""
    unit = _unit(optimizee)
    network.load_genome({name: array * unit for name, array in optimizee.parameters.to_genome(vector).items()})


def vector_of(optimizee: ClosedLoop, network: ActorCritic) -> np.ndarray:
    """Return the genome of a PyTorch network, shape (n_genes,)."""
    unit = _unit(optimizee)
    return optimizee.parameters.to_vector({name: array / unit for name, array in network.genome().items()})


def _unit(optimizee: ClosedLoop) -> float:
    """Return the weight of a gene of 1."""
    return optimizee.model.weight_unit if isinstance(optimizee.model, Policy) else 1.0


def features(optimizee: ClosedLoop, observations: np.ndarray, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return the inputs of the network, shape (n_rows, n_observations): normalised, and scaled as its model does."""
    values = optimizee.normalisation.apply(observations)
    if isinstance(optimizee.model, Policy):
        values = optimizee.model.inputs(values)
    elif isinstance(optimizee.encoder, PopulationPulses):
        values = optimizee.encoder.scaled(values)
    return torch.as_tensor(values, dtype=dtype)
