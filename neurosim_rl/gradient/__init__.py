"""Networks trained by gradients: surrogate gradients, spiking and other layers, PPO. Needs the extra ``[gradient]``.

Nothing is imported here, and PyTorch only by the modules of this package.
"""
