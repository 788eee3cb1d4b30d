"""Random streams: one seed for each run, and keys with a purpose.

Start seeds of training, validation and evaluation on unseen starts have separate ranges: no reported episode has a
start that was used for training or for choosing the champion.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np

UNSEEN_END = 2**30
"""End of the range of unseen starts, which begins at 0."""
VALIDATION_END = 2**31
"""End of the range of validation starts, which begins at `UNSEEN_END`."""
START_END = 2**32
"""End of the range of training starts, which begins at `VALIDATION_END`; random play uses it too."""

DEFAULT_FIRST_SEED = 1_000_000
"""First start seed of an evaluation on unseen starts, above all generation numbers: ``starts = "generation"`` uses
these as start seeds of training."""


class Purpose(IntEnum):
    """Purpose of a random stream: the first number of its key."""

    # These numbers are in every result: a new purpose gets a new number, and no number ever changes.
    OPTIMIZER = 0
    TRAINING_START = 1
    VALIDATION_START = 2
    TRAINING_ELEMENT = 3
    EVALUATION_ELEMENT = 4
    RANDOM_POLICY = 5
    BOOTSTRAP = 6
    LIBRARY = 7
    WIRING = 8
    RANDOM_PLAY = 9
    GRADIENT = 10
    TRACKING = 11
    NOISE = 12
    LEARNING = 13


def stream(seed: int, purpose: Purpose, *key: int) -> np.random.SeedSequence:
    """Return the seed sequence for a purpose and a key such as (generation, individual, episode)."""
    return np.random.SeedSequence(seed, spawn_key=(int(purpose), *key))


def generator(seed: int, purpose: Purpose, *key: int) -> np.random.Generator:
    """Return a generator for a purpose and a key."""
    return np.random.Generator(np.random.PCG64(stream(seed, purpose, *key)))


def noise_seed(seed: int, key: Sequence[int]) -> int:
    """Return the seed of a simulator's own noise in one element, from 1 to 2**32 - 1 as NEST wants it.

    Parameters
    ----------
    seed : int
        Seed of the element's run.
    key : sequence of int
        Purpose and key of the element's stream, such as (generation, individual, episode) behind the purpose.
    """
    state = stream(seed, Purpose.NOISE, *key).generate_state(1, np.uint64)
    return 1 + int(state[0]) % (2**32 - 1)


def _start_in(low: int, high: int, sequence: np.random.SeedSequence) -> int:
    return low + int(sequence.generate_state(1, np.uint64)[0]) % (high - low)


def training_start(seed: int, generation: int, episode: int) -> int:
    """Return the environment seed of a training episode; all individuals of a generation share it."""
    return _start_in(VALIDATION_END, START_END, stream(seed, Purpose.TRAINING_START, generation, episode))


def validation_start(seed: int, episode: int) -> int:
    """Return the environment seed of a validation episode."""
    return _start_in(UNSEEN_END, VALIDATION_END, stream(seed, Purpose.VALIDATION_START, episode))


def random_play_start(seed: int, episode: int) -> int:
    """Return the environment seed of an episode of random play, which measures observations."""
    return _start_in(VALIDATION_END, START_END, stream(seed, Purpose.RANDOM_PLAY, 0, episode))


class LazyGenerators(Sequence[np.random.Generator]):
    """Generators of a batch, one for each element, made at their first use: most bridges are deterministic.

    Parameters
    ----------
    seeds : sequence of int
        Seed of each element's run.
    keys : sequence of tuple of int
        Purpose and key of each element.
    """

    def __init__(self, seeds: Sequence[int], keys: Sequence[tuple[int, ...]]) -> None:
        self._seeds = seeds
        self._keys = keys
        self._made: dict[int, np.random.Generator] = {}

    def __len__(self) -> int:
        """Return the number of elements."""
        return len(self._keys)

    def __getitem__(self, index):  # type: ignore[no-untyped-def, override]  # slices are not wanted
        """Return the generator of an element."""
        index = int(index)
        if index not in self._made:
            purpose, *key = self._keys[index]
            self._made[index] = generator(self._seeds[index], Purpose(purpose), *key)
        return self._made[index]
