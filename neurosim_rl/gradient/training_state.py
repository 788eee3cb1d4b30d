"""The state of a training as arrays: weights, and the moments of Adam."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from neurosim_rl.gradient.joined_adam import JoinedAdam

Arrays = dict[str, np.ndarray]
"""State of a training: parameters of actor and critic, and the moments of Adam."""


def saved_state(model: nn.Module, optimizer: JoinedAdam) -> Arrays:
    """Return the parameters and the moments of Adam as arrays."""
    arrays: Arrays = {}
    for name, parameter in model.named_parameters():
        arrays[f"parameter.{name}"] = parameter.detach().numpy().copy()
        for key, value in optimizer.moments(parameter).items():
            arrays[f"adam.{key}.{name}"] = value.detach().numpy().copy()
    return arrays


def load_state(model: nn.Module, optimizer: JoinedAdam, arrays: Mapping[str, np.ndarray]) -> None:
    """Set the parameters and the moments of Adam from arrays."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(np.array(arrays[f"parameter.{name}"])))
            if f"adam.step.{name}" not in arrays:
                continue
            moments = {}
            for key in ("step", "exp_avg", "exp_avg_sq"):
                moments[key] = torch.from_numpy(np.array(arrays[f"adam.{key}.{name}"]))
            optimizer.load_moments(parameter, moments)
