"""Random streams: ranges that never meet, keys that never mix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.seeds import (
    DEFAULT_FIRST_SEED,
    START_END,
    UNSEEN_END,
    VALIDATION_END,
    LazyGenerators,
    Purpose,
    generator,
    stream,
    training_start,
    validation_start,
)

seeds = st.integers(0, 2**128)
counts = st.integers(0, 2**31)


@given(seeds, counts, counts)
def test_training_validation_and_held_out_starts_never_meet(seed: int, generation: int, episode: int) -> None:
    assert 0 <= DEFAULT_FIRST_SEED < UNSEEN_END
    assert UNSEEN_END <= validation_start(seed, episode) < VALIDATION_END
    assert VALIDATION_END <= training_start(seed, generation, episode) < START_END


@given(seeds, counts, counts)
def test_a_start_is_a_function_of_seed_and_key(seed: int, generation: int, episode: int) -> None:
    assert training_start(seed, generation, episode) == training_start(seed, generation, episode)
    assert validation_start(seed, episode) == validation_start(seed, episode)


def test_starts_of_a_run_differ_from_each_other_and_between_seeds() -> None:
    starts = {training_start(seed, g, e) for seed in range(3) for g in range(20) for e in range(5)}
    assert len(starts) == 3 * 20 * 5
    assert len({validation_start(seed, e) for seed in range(3) for e in range(50)}) == 150


def test_starts_stay_the_same_from_version_to_version() -> None:
    assert [training_start(1, 0, 0), training_start(1, 99, 3)] == [2933509889, 3696169460]
    assert validation_start(1, 0) == 1611008521


@given(seeds, st.tuples(counts, counts), st.sampled_from(list(Purpose)))
def test_every_part_of_a_key_counts(seed: int, key: tuple[int, int], purpose: Purpose) -> None:
    first = generator(seed, purpose, *key).random()
    assert first == generator(seed, purpose, *key).random()
    others = [
        generator(seed + 1, purpose, *key),
        generator(seed, Purpose((purpose + 1) % len(Purpose)), *key),
        generator(seed, purpose, key[0] + 1, key[1]),
        generator(seed, purpose, key[0], key[1] + 1),
        generator(seed, purpose, *key, 0),
    ]
    assert first not in [other.random() for other in others]


def test_a_stream_carries_its_purpose_and_key() -> None:
    assert stream(5, Purpose.TRAINING_ELEMENT, 1, 2).spawn_key == (3, 1, 2)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_lazy_generators_do_not_depend_on_who_asks_first(order: tuple[int, ...]) -> None:
    keys = [(int(Purpose.TRAINING_ELEMENT), 0, element) for element in range(3)]
    lazy = LazyGenerators([9, 9, 8], keys)
    drawn = {element: lazy[np.int64(element)].random() for element in order}
    assert len(lazy) == 3
    assert drawn == {e: generator(seed, Purpose.TRAINING_ELEMENT, 0, e).random() for e, seed in enumerate([9, 9, 8])}


def test_a_lazy_generator_goes_on_where_it_stopped() -> None:
    lazy = LazyGenerators([9], [(int(Purpose.TRAINING_ELEMENT), 0)])
    expected = generator(9, Purpose.TRAINING_ELEMENT, 0).random(2).tolist()
    assert [lazy[0].random(), lazy[0].random()] == expected
