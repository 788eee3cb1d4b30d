"""Networks in ONNX files as teachers (extra ``[teachers]``)."""

from __future__ import annotations

import tempfile

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.gradient.network_answers import advice_of
from neurosim_rl.gradient.teacher import Advice, Teacher
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.settings.checks import require_extra
from neurosim_rl.settings.printable import printable

EXTERNAL_FOLDER = "session.model_external_initializers_file_folder_path"
"""Option of ONNX Runtime: the only folder of which a model may read weights beside its own file."""


class OnnxTeacher(Teacher):
    """A network that ONNX Runtime computes: data, not a program. Files that need other files are refused.

    Parameters
    ----------
    content : bytes
        Content of the file. Its first input has the observations, its outputs are those of
        `neurosim_rl.gradient.network_answers.advice_of`.
    student : ClosedLoop
    name : str
        Where it comes from, for messages.

    Raises
    ------
    ConfigurationError
        When ONNX Runtime refuses the file.
    MissingExtraError
    """

    def __init__(self, content: bytes, student: ClosedLoop, name: str) -> None:
        runtime = require_extra("onnxruntime", "teachers")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            with tempfile.TemporaryDirectory() as empty:  # weights in other files are looked for there
                options.add_session_config_entry(EXTERNAL_FOLDER, empty)
                self._session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
            self._input = self._session.get_inputs()[0].name
        except Exception as error:  # ONNX Runtime has a dozen kinds, without a base class of their own
            raise ConfigurationError(f"teacher {name} is refused by ONNX Runtime: {_one_line(error)}.") from error
        self._name, self._space = name, student.environment.action_space

    def advise(self, observations: np.ndarray) -> Advice:
        """Return what the network answers."""
        try:
            outputs = self._session.run(None, {self._input: observations.astype(np.float32)})
        except Exception as error:
            raise ConfigurationError(
                f"teacher {self._name} refuses observations of shape {observations.shape}: {_one_line(error)}. "
                "Expected an input of observations in rows."
            ) from error
        return advice_of(outputs, self._space, len(observations))


def _one_line(error: Exception) -> str:
    return printable(" ".join(str(error).split()).rstrip("."))
