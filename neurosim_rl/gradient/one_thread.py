"""One thread and one seed for PyTorch, so that sums always have the same order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.seeds import Purpose, stream


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Use one thread, and restore PyTorch's random generator and number of threads at the end."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(n_threads)


def seed_torch(optimizee: ClosedLoop, *key: int) -> None:
    """Seed PyTorch's random generator from the run's seed and a key."""
    sequence = stream(optimizee.config.seed, Purpose.GRADIENT, *key)
    word = sequence.generate_state(1, np.uint64)[0]
    torch.manual_seed(int(word >> np.uint64(1)))  # 63 bits, which fit PyTorch's signed seed
