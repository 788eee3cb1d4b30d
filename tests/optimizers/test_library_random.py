"""Private states of the global generators: installed, kept, and nobody else disturbed."""

# ruff: noqa: NPY002  # the global generator is the subject

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import choice
from types import BuiltinMethodType

import numpy as np
import pytest
from scipy.stats import randint

from neurosim_rl.optimizers.library_random import LibraryRandom


def private(seed: int = 1) -> LibraryRandom:
    return LibraryRandom(np.random.SeedSequence(seed))


def draw() -> tuple[float, float, float]:
    return random.random(), random.gauss(0, 1), float(np.random.random())


def draws(states: LibraryRandom, n: int) -> list[tuple[float, float, float]]:
    with states.installed():
        return [draw() for _ in range(n)]


def test_the_same_seed_gives_the_same_draws_another_others() -> None:
    assert draws(private(1), 3) == draws(private(1), 3)
    one, other = draws(private(1), 3), draws(private(2), 3)
    assert not set(np.ravel(one)) & set(np.ravel(other))


def test_draws_go_on_where_they_stopped_whatever_happens_between() -> None:
    whole = draws(private(), 4)
    parts = private()
    first = draws(parts, 1)
    random.seed(99)
    np.random.seed(99)
    assert first + draws(parts, 3) == whole


def test_the_outside_is_as_it_was_also_after_an_error() -> None:
    states = private()
    random.seed(3)
    np.random.seed(3)
    expected = draw()
    random.seed(3)
    np.random.seed(3)
    with suppress(ZeroDivisionError), states.installed():
        _ = draw()[0] / 0
    assert draw() == expected
    assert draws(states, 1) == draws(private(), 2)[1:]


def test_two_optimizers_do_not_disturb_each_other() -> None:
    one, other = private(1), private(2)
    interleaved = [draws(one, 1)[0] if k % 2 else draws(other, 1)[0] for k in range(6)]
    assert interleaved[1::2] == draws(private(1), 3)
    assert interleaved[::2] == draws(private(2), 3)


@contextmanager
def another_thread_that_draws() -> Iterator[None]:
    """What a library does beside us, such as Dask between two attempts to connect."""
    stop, began = threading.Event(), threading.Event()

    def work() -> None:
        while not stop.is_set():
            random.uniform(0, 1)
            random.choice([1, 2])
            np.random.random()
            began.set()

    thread = threading.Thread(target=work)
    thread.start()
    began.wait()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_draws_of_another_thread_change_nothing() -> None:
    expected = draws(private(), 20_000)
    with another_thread_that_draws():
        assert draws(private(), 20_000) == expected


@pytest.mark.parametrize("choose", [choice, lambda values: values[randint.rvs(0, 2)]], ids=["random", "scipy"])
def test_what_holds_on_to_a_global_generator_is_seeded_too(choose: Callable[[list[int]], int]) -> None:
    def chosen(states: LibraryRandom) -> list[int]:
        with states.installed():
            return [choose([1, 2]) for _ in range(50)]

    whole, parts = private(), private()
    first = chosen(whole)
    assert chosen(parts) == first
    choose([1, 2])
    assert chosen(parts) == chosen(whole) != first


def test_seeding_inside_gives_what_it_gives_outside() -> None:
    def seeded() -> list[float]:
        random.seed(5)
        np.random.seed(5)
        return [random.random(), np.random.random(), np.random.ranf(), *np.random.permutation(9)]

    expected = seeded()
    with private().installed():
        assert seeded() == expected


def test_another_thread_goes_on_with_the_global_state() -> None:
    random.seed(3)
    np.random.seed(3)
    expected = [draw() for _ in range(4)]
    random.seed(3)
    np.random.seed(3)
    found = [draw()]
    with private().installed():
        draw()
        thread = threading.Thread(target=lambda: found.append(draw()))
        thread.start()
        thread.join()
        with private(2).installed():
            draw()
        thread = threading.Thread(target=lambda: found.append(draw()))
        thread.start()
        thread.join()
    assert [*found, draw()] == expected
    assert isinstance(random.random, BuiltinMethodType)  # the module's own function again
