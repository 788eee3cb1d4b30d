"""The student of a distillation: a network, the mean of its weights over past updates, and Adam."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from neurosim_rl.bridge.actions import actions_of_outputs
from neurosim_rl.gradient.conversion import first_network
from neurosim_rl.gradient.joined_adam import JoinedAdam
from neurosim_rl.gradient.networks import ActorCritic, SpikingActorCritic
from neurosim_rl.gradient.one_thread import seed_torch
from neurosim_rl.gradient.sparse_weights import KeptWeights
from neurosim_rl.gradient.step_memory import Sequences, StepMemory
from neurosim_rl.gradient.teacher import Targets
from neurosim_rl.gradient.training_state import Arrays, load_state, saved_state
from neurosim_rl.learning import Distil
from neurosim_rl.optimizees import ClosedLoop

MEAN, FINISHED = "mean", "finished"
"""Prefixes of the mean weights, and of those of the generation's network, in the state of training."""
VALUES = "values"
"""Name of the mean and deviation of values in the state of training."""


class Student:
    """The network that learns, its mean over past updates, and Adam.

    Parameters
    ----------
    optimizee : ClosedLoop
        Task with the learning rule `Distil`.
    number : int
        Number of the generation.
    state : dict of str to array, or None
        State after the previous generation; None: the first generation.
    first : array, shape (n_genes,), or None
        Genome at which the training begins; None: random weights.
    """

    def __init__(
        self, optimizee: ClosedLoop, number: int, state: Mapping[str, np.ndarray] | None, first: np.ndarray | None
    ) -> None:
        options = optimizee.learning
        assert isinstance(options, Distil)
        self._options = options
        self._number, self._n_generations = number, optimizee.config.generations
        seed_torch(optimizee, 0)
        self._network = first_network(optimizee, first)
        self.mean = deepcopy(self._network).requires_grad_(False)
        self._set_width()
        rate = options.learning_rate * (1 - options.annealing * number / self._n_generations)
        self._adam = JoinedAdam(self._network.parameters(), lr=rate)
        self._values = np.array([0.0, 1.0])
        self._n_updates = 0
        self._act = actions_of_outputs(optimizee.environment.action_space)
        self._is_choice = Targets(optimizee.environment.action_space).is_choice
        if state is not None:
            self._load(state)

    def _set_width(self) -> None:
        """Set the width of the surrogate in this generation."""
        options = self._options
        if isinstance(self._network, SpikingActorCritic) and options.final_width:
            towards_last = self._number / max(1, self._n_generations - 1)
            width = options.width * (options.final_width / options.width) ** towards_last
            for layer in self._network.spiking_layers:
                layer.log_width.data.fill_(float(np.log(width)))

    # --- state ---

    def state(self) -> Arrays:
        """Return weights, their mean, and the moments of Adam as arrays."""
        arrays = saved_state(self._network, self._adam)
        for prefix, network in ((MEAN, self.mean), (FINISHED, self.finished())):
            for name, value in network.named_parameters():
                arrays[f"{prefix}.{name}"] = value.detach().numpy().copy()
        return {**arrays, VALUES: self._values, "updates": np.array(self._n_updates)}

    def finished(self) -> ActorCritic:
        """Return the network of the generation: the mean, without all weights that are cut in the end."""
        network = deepcopy(self.mean)
        KeptWeights(network, self._options.sparsity)
        return network

    def _load(self, state: Mapping[str, np.ndarray]) -> None:
        load_state(self._network, self._adam, state)
        self._set_width()
        for name, value in self.mean.named_parameters():
            value.copy_(torch.from_numpy(np.array(state[f"{MEAN}.{name}"])))
        self._values, self._n_updates = np.array(state[VALUES]), int(state["updates"])

    def values_are(self, values: np.ndarray) -> None:
        """Standardise values by those of the teacher's own steps."""
        if values.size:
            self._values = np.array([values.mean(), max(float(values.std()), 1e-6)])

    # --- playing ---

    def start(self, n_environments: int) -> None:
        """Begin an episode in each environment, with the network at rest."""
        self._membranes = torch.zeros(n_environments, self.mean.n_state)

    @torch.no_grad()
    def act(self, inputs: Tensor, ended: np.ndarray) -> np.ndarray:
        """Return actions for the inputs of all environments; after an end, the network begins at rest."""
        self._membranes[torch.from_numpy(ended)] = 0.0
        outputs, _, self._membranes = self.mean(inputs[None], self._membranes, None)
        return self._act(outputs[0].numpy().astype(np.float64))

    # --- learning ---

    def learn(self, memory: StepMemory, n_updates: int) -> None:
        """Update the weights by sequences of the memory, without those that are cut."""
        options = self._options
        left = max(0.0, 1 - 2 * (self._number + 1) / self._n_generations)  # until half of the run is over
        kept = KeptWeights(self._network, options.sparsity * (1 - left**3))
        kept.apply(self.mean)
        for _ in range(n_updates):
            self._adam.zero_grad()
            self._loss(memory.draw(options.batch, options.sequence)).backward()
            kept.ignore_gradients(self._network)
            if options.gradient_clip:
                nn.utils.clip_grad_norm_(self._network.parameters(), options.gradient_clip)
            self._adam.step()
            kept.apply(self._network)
            self._update_mean()

    def _loss(self, steps: Sequences) -> Tensor:
        options, network = self._options, self._network
        at_rest = torch.zeros(steps.ended.shape[1], network.n_state)
        outputs, values, _ = network(steps.features, at_rest, steps.ended)
        counted = slice(options.settling, None)
        found, wanted = outputs[counted], steps.targets[counted]
        if self._is_choice:
            loss = -(wanted * log_softmax(found, dim=-1)).sum(-1).mean()
        else:
            loss = ((torch.tanh(found) - wanted) ** 2).mean()
        if steps.values is not None and options.value_loss_scale:
            mean, deviation = self._values.tolist()
            standard = (steps.values[counted] - mean) / deviation
            loss = loss + options.value_loss_scale * ((values[counted, :, 0] - standard) ** 2).mean()
        if options.spike_cost and isinstance(network, SpikingActorCritic):
            rates = [spikes.mean() for spikes in network.spikes]
            loss = loss + options.spike_cost * torch.stack(rates).mean()
        return loss

    @torch.no_grad()
    def _update_mean(self) -> None:
        # Fewer updates count at the beginning, so that the random weights are forgotten soon.
        self._n_updates += 1
        kept = min(self._options.averaging, (1 + self._n_updates) / (10 + self._n_updates))
        for mean, value in zip(self.mean.parameters(), self._network.parameters(), strict=True):
            mean.lerp_(value, 1 - kept)
