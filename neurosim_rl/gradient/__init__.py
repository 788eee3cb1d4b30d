"""Networks trained by gradients: surrogate gradients, spiking and other layers, PPO. Needs the extra ``[gradient]``.

Importing anything of it loads PyTorch, so the rest of the package does so only where it trains or compares.
"""

from neurosim_rl.settings.checks import require_extra

require_extra("torch", "gradient")
