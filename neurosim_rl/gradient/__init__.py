"""Training by gradients: surrogate gradients, spiking and dense layers, PPO. Needs the extra ``[gradient]``.

Importing any module of it loads PyTorch. The rest of the package imports it only to train or to compare.
"""

from neurosim_rl.settings.checks import require_extra

require_extra("torch", "gradient")
