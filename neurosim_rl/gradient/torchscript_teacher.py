"""Networks in TorchScript as teachers: programs, which run only because the user names them."""

from __future__ import annotations

import io

import numpy as np
import torch

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.gradient.network_answers import advice_of
from neurosim_rl.gradient.teacher import Advice, Teacher
from neurosim_rl.optimizees import ClosedLoop


class TorchScriptTeacher(Teacher):
    """A module that ``torch.jit.save`` wrote; parameters as of `neurosim_rl.gradient.onnx_teacher.OnnxTeacher`.

    Raises
    ------
    ConfigurationError
        When the file is no TorchScript, such as one of ``torch.save``, which would have to be unpickled.
    """

    def __init__(self, content: bytes, student: ClosedLoop, name: str) -> None:
        try:
            self._module = torch.jit.load(io.BytesIO(content), map_location="cpu").eval()
        except (RuntimeError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise ConfigurationError(
                f"teacher {name} is no TorchScript ({reason}); expected a file of torch.jit.save. A file of torch.save "
                "would have to be unpickled, which runs whatever it holds: trace its network with torch.jit.trace, or "
                "export it with torch.onnx.export."
            ) from error
        self._name, self._space = name, student.environment.action_space

    @torch.no_grad()
    def advise(self, observations: np.ndarray) -> Advice:
        """Return what the module answers."""
        try:
            answer = self._module(torch.from_numpy(observations.astype(np.float32)))
        except RuntimeError as error:
            reason = str(error).strip().rpartition("\n")[2]
            raise ConfigurationError(
                f"teacher {self._name} refuses observations of shape {observations.shape}: {reason}. Expected an input "
                "of observations in rows."
            ) from error
        outputs = answer if isinstance(answer, tuple | list) else (answer,)
        if not outputs or not all(isinstance(output, torch.Tensor) for output in outputs):
            raise ConfigurationError(
                f"teacher {self._name} returns {type(answer).__name__}; expected a tensor of actions, or a tuple of "
                "actions and values."
            )
        return advice_of([output.numpy() for output in outputs], self._space, len(observations))
