"""Sparse networks: the smallest weights of each layer are cut."""

from __future__ import annotations

import torch

from neurosim_rl.gradient.networks import ActorCritic


class KeptWeights:
    """The weights of each layer that are not cut: all but a share, the smallest ones. Biases stay.

    Weights that were cut before are 0, so they are among the smallest.
    Source: Zhu & Gupta 2017, To prune, or not to prune, arXiv:1710.01878 (magnitudes, gradually).

    Parameters
    ----------
    network : ActorCritic
    share : float
        From 0 to 1.
    """

    def __init__(self, network: ActorCritic, share: float) -> None:
        self._cut: dict[str, torch.Tensor] = {}
        for name, weights in network.actors_parameters.items():
            is_synapse = name.startswith(("weights_", "recurrent_"))  # biases and fields are none
            n_cut = int(share * weights.numel()) if is_synapse else 0
            if n_cut:
                self._cut[name] = weights.detach().abs().flatten().argsort(stable=True)[:n_cut]
        self.apply(network)

    def ignore_gradients(self, network: ActorCritic) -> None:
        """Set the gradients of weights that are cut to 0: they would count in the gradient's norm."""
        parameters = network.actors_parameters
        for name, cut in self._cut.items():
            gradient = parameters[name].grad
            if gradient is not None:
                gradient.view(-1)[cut] = 0.0

    @torch.no_grad()
    def apply(self, network: ActorCritic) -> None:
        """Set the weights that are cut to 0, in a network of the same shapes."""
        if self._cut:
            parameters = network.actors_parameters
            for name, cut in self._cut.items():
                parameters[name].view(-1)[cut] = 0.0
