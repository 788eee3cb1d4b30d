"""Policies of Stable-Baselines3 as teachers: their weights are read, nothing is unpickled.

A ``.zip`` of ``model.save`` holds the weights (``policy.pth``) and a description (``data``). Its objects in the
description are pickled and stay unread; sizes come from the weights, and the activation function from its name.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from torch import Tensor

from neurosim_rl.bridge.actions import finite_bounds
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.gradient.network_answers import softmax
from neurosim_rl.gradient.teacher import Advice, Targets, Teacher
from neurosim_rl.optimizees import ClosedLoop

LARGEST_PART = 2**29
"""Largest part of a file, in bytes, after decompression."""
ACTIVATIONS = {
    "ELU": torch.nn.ELU,
    "GELU": torch.nn.GELU,
    "LeakyReLU": torch.nn.LeakyReLU,
    "ReLU": torch.nn.ReLU,
    "SiLU": torch.nn.SiLU,
    "Sigmoid": torch.nn.Sigmoid,
    "Tanh": torch.nn.Tanh,
}
CLIP_MEAN = 2.0
"""Largest mean of gSDE's actions, the default of Stable-Baselines3."""
WRITTEN_BY = "expected a file that model.save of Stable-Baselines3 wrote, with an MlpPolicy"


@dataclass(frozen=True)
class _Layers:
    """Fully connected layers, with an activation function between them."""

    weights: Sequence[tuple[Tensor, Tensor]]
    activation: torch.nn.Module

    def __call__(self, values: Tensor) -> Tensor:
        for number, (weight, bias) in enumerate(self.weights, start=1):
            values = values @ weight.T + bias
            if number < len(self.weights):
                values = self.activation(values)
        return values

    @classmethod
    def of(cls, arrays: Mapping[str, Tensor], prefixes: Sequence[str], activation: torch.nn.Module) -> _Layers:
        """Return the layers of weights with these prefixes, in the order of their numbers."""
        weights = []
        for prefix in prefixes:
            pattern = re.compile(rf"{re.escape(prefix)}(?:\.(\d+))?\.weight")
            found = {int(match[1] or 0): name for name in arrays if (match := pattern.fullmatch(name))}
            for number in sorted(found):
                name = found[number]
                weights.append((arrays[name].float(), arrays[f"{name.removesuffix('weight')}bias"].float()))
        return cls(weights, activation)


class StableBaselines3Teacher(Teacher):
    """The deterministic policy of A2C, PPO, TRPO, DDPG, TD3, SAC, TQC or DQN.

    Parameters
    ----------
    arrays : mapping of str to Tensor
        The weights.
    description : mapping
        The part ``data``.
    student : ClosedLoop
    name : str
        Where it comes from, for messages.
    """

    def __init__(
        self, arrays: Mapping[str, Tensor], description: Mapping[str, Any], student: ClosedLoop, name: str
    ) -> None:
        self._space, self._name = student.environment.action_space, name
        self._critic: _Layers | None = None
        options = description.get("policy_kwargs", {})
        options = options if isinstance(options, Mapping) else {}
        on_policy = "action_net.weight" in arrays
        activation = _activation(options, on_policy, name)
        self._squashes = not on_policy
        self._clip_mean = float("inf")
        if on_policy:
            shared = "mlp_extractor.shared_net"
            actor = [shared, "mlp_extractor.policy_net", "action_net"]
            self._critic = _Layers.of(arrays, [shared, "mlp_extractor.value_net", "value_net"], activation)
        elif "q_net.q_net.0.weight" in arrays:
            actor = ["q_net.q_net"]
        else:
            actor = ["actor.latent_pi", "actor.mu"]
            if "actor.mu.0.weight" in arrays and "actor.latent_pi.0.weight" in arrays:  # gSDE
                self._clip_mean = float(options.get("clip_mean", CLIP_MEAN))
        self._actor = _Layers.of(arrays, actor, activation)
        if on_policy and options.get("squash_output"):
            raise ConfigurationError(
                f"teacher {name} squashes its outputs (squash_output); expected a policy that does not. Export it in "
                "ONNX or TorchScript."
            )
        has_choices = "q_net.q_net.0.weight" in arrays or (on_policy and "log_std" not in arrays)
        self._check(student, has_choices)

    def _check(self, student: ClosedLoop, has_choices: bool) -> None:
        if not self._actor.weights:
            raise ConfigurationError(f"teacher {self._name} has no layers of a policy that is known; {WRITTEN_BY}.")
        n_observed = len(student.environment.observation_low)
        first = self._actor.weights[0][0].shape[1]
        if first != n_observed:
            raise ConfigurationError(
                f"teacher {self._name} takes {first} observations; {student.environment.options.id} gives "
                f"{n_observed}. Name a teacher of the same environment."
            )
        n_outputs, wanted = len(self._actor.weights[-1][0]), Targets(self._space).size
        if has_choices != isinstance(self._space, Discrete) or n_outputs != wanted:
            kind = "choices" if has_choices else "numbers"
            raise ConfigurationError(
                f"teacher {self._name} acts by {n_outputs} {kind}; {student.environment.options.id} takes "
                f"{self._space}. Name a teacher of the same environment."
            )

    @torch.no_grad()
    def advise(self, observations: np.ndarray) -> Advice:
        """Return the policy's actions, and values where it has a critic of states."""
        inputs = torch.from_numpy(observations.astype(np.float32))
        try:
            outputs = self._actor(inputs)
            values = None if self._critic is None else self._critic(inputs).numpy().reshape(-1)
        except RuntimeError as error:
            raise ConfigurationError(f"teacher {self._name} has layers that do not fit; {WRITTEN_BY}.") from error
        if isinstance(self._space, Discrete):
            scores = outputs.numpy()
            # A value of DQN is no probability: its choice is all that counts.
            probabilities = softmax(scores) if self._critic is not None else None
            return Advice(scores.argmax(axis=1) + int(self._space.start), probabilities, values)
        assert isinstance(self._space, Box)
        low, high = finite_bounds(self._space)
        if not self._squashes:
            return Advice(np.clip(outputs.numpy().astype(np.float64), low, high), values=values)
        relative = torch.tanh(outputs.clamp(-self._clip_mean, self._clip_mean)).numpy().astype(np.float64)
        return Advice(low + (relative + 1) / 2 * (high - low), values=values)


def stable_baselines3_teacher(content: bytes, student: ClosedLoop, name: str) -> Teacher:
    """Return the teacher of a file of Stable-Baselines3.

    Parameters
    ----------
    content : bytes
        Content of the file.
    student : ClosedLoop
    name : str
        Where it comes from, for messages.

    Raises
    ------
    ConfigurationError
        When the file is damaged or of another kind, or its policy looks at images.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            description = json.loads(_part(archive, "data"))
            # Tensors alone: with weights_only PyTorch refuses all other objects of a pickle.
            arrays = torch.load(io.BytesIO(_part(archive, "policy.pth")), map_location="cpu", weights_only=True)
    except ConfigurationError:
        raise
    except Exception as error:  # a damaged archive raises whatever its decompressor, JSON or PyTorch does
        reason = str(error).partition("\n")[0]
        raise ConfigurationError(f"teacher {name} is not read: {reason}; {WRITTEN_BY}.") from error
    if not isinstance(description, dict) or not _are_tensors(arrays):
        raise ConfigurationError(f"teacher {name} holds no weights of a policy; {WRITTEN_BY}.")
    extracted = [key for key in arrays if key.partition(".")[2].startswith("features_extractor.") or "cnn" in key]
    if extracted:
        raise ConfigurationError(
            f"teacher {name} extracts features by a network of its own ({extracted[0]}); {WRITTEN_BY}. Export the "
            "policy in ONNX or TorchScript."
        )
    try:
        return StableBaselines3Teacher(arrays, description, student, name)
    except (KeyError, IndexError, TypeError, ValueError) as error:  # layers that are not there, or no layers
        raise ConfigurationError(f"teacher {name} is not read: {error!r}; {WRITTEN_BY}.") from error


def _are_tensors(arrays: Any) -> bool:
    if not isinstance(arrays, Mapping):
        return False
    return all(isinstance(name, str) and isinstance(value, Tensor) for name, value in arrays.items())


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    size = archive.getinfo(name).file_size
    if size > LARGEST_PART:
        raise ConfigurationError(f"its part {name} has {size} bytes; expected at most {LARGEST_PART}.")
    return archive.read(name)


def _activation(options: Mapping[str, Any], on_policy: bool, name: str) -> torch.nn.Module:
    """Return the activation function by its name in the description; by default that of the algorithm."""
    text = options.get("activation_fn")
    if text is None:
        return torch.nn.Tanh() if on_policy else torch.nn.ReLU()
    word = re.sub(r"[^\w.]", "", str(text)).rpartition(".")[2]
    if word not in ACTIVATIONS:
        raise ConfigurationError(
            f"teacher {name} has the activation function {text}; expected one of {', '.join(ACTIVATIONS)}. Export the "
            "policy in ONNX or TorchScript."
        )
    return ACTIVATIONS[word]()
