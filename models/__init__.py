"""Models: each turns a genome into a network."""

if __name__ != "neurosim_rl.models":
    raise ImportError("import neurosim_rl.models, not models: a twin module's objects would not load elsewhere.")

from neurosim_rl.models.feed_forward import FeedForward
from neurosim_rl.models.model import Model

MODELS: dict[str, type[Model]] = {"feed-forward": FeedForward}

__all__ = ["MODELS", "FeedForward", "Model"]
