"""Every error that a user can cause. The command line prints them on one line and exits with 2."""

from __future__ import annotations


class NeurosimError(Exception):
    """A mistake that the user can mend: says what was expected, what came, and what to do."""


class ConfigurationError(NeurosimError):
    """A configuration key or value is wrong."""


class UnknownNameError(ConfigurationError):
    """A name (task, model, encoder, key, environment, ...) does not exist."""


class ShapeError(NeurosimError):
    """An array has the wrong shape."""


class GenomeError(NeurosimError):
    """A genome does not fit the parameter space of its model."""


class NetworkError(NeurosimError):
    """A network description is inconsistent."""


class EncodingError(NeurosimError):
    """An observation cannot be turned into a drive."""


class DecodingError(NeurosimError):
    """Spike counts cannot be turned into an action."""


class SimulatorError(NeurosimError):
    """A simulator cannot do what it was asked."""


class EnvironmentSetupError(NeurosimError):
    """A Gymnasium environment cannot be made or does not fit the loop."""


class RunFolderError(NeurosimError):
    """A run folder or champion file is missing, truncated, foreign or in the way."""


class EvaluationError(NeurosimError):
    """Individuals cannot be evaluated: their model, their environment or their fitness raises."""


class ExecutionError(NeurosimError):
    """Workers cannot be started or are all gone; finished generations are safe."""


class SubmissionError(NeurosimError):
    """Slurm cannot be reached, or refuses a job."""


class ExchangeError(NeurosimError):
    """A network cannot be written in another format, or a file of one cannot be taken up."""


class MissingExtraError(NeurosimError):
    """An optional dependency is not installed; the message names the extra."""
