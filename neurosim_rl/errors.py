"""Errors that a user can cause. The command line prints them on one line and exits with code 2."""

from __future__ import annotations


class NeurosimError(Exception):
    """A mistake that the user can correct. The message has the expected value, the actual value and a remedy."""


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
    """A simulator does not support a network, a recording or an operation."""


class EnvironmentSetupError(NeurosimError):
    """A Gymnasium environment cannot be made, or does not fit the loop."""


class RunFolderError(NeurosimError):
    """A run folder or a champion file is missing, damaged, in use, of another kind, or already there."""


class EvaluationError(NeurosimError):
    """Individuals cannot be evaluated: their model, environment or fitness raises an error."""


class ExecutionError(NeurosimError):
    """Workers cannot be started, or all have ended; finished generations are safe."""


class SubmissionError(NeurosimError):
    """Slurm cannot be reached, or refuses a job."""


class ExchangeError(NeurosimError):
    """A network cannot be exported to another format, or imported from it."""


class PluginError(NeurosimError):
    """A file names a module or a file of the user that nobody has allowed, or a plugin's name is wrong."""


class ContractError(NeurosimError, AssertionError):
    """A part does not keep its contract (`neurosim_rl.testing`); test runners count it as a failed assertion."""


class MissingExtraError(NeurosimError):
    """An optional dependency is not installed; the message names the extra."""


class ResumedElsewhereWarning(UserWarning):
    """Recorded genomes of a resumed run differ in last bits from those computed here; the recorded ones count."""
