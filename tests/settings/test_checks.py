"""Checks at the boundary, and the errors they raise."""

import inspect

import numpy as np
import pytest

from neurosim_rl import errors
from neurosim_rl.settings.checks import (
    as_floats,
    check_shape,
    first_non_finite,
    lookup,
    nearest,
    require_extra,
    unknown_name,
)

ERRORS = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__]


@pytest.mark.parametrize("cls", ERRORS)
def test_every_error_is_a_neurosim_error_and_says_what_it_is_for(cls: type) -> None:
    assert issubclass(cls, errors.NeurosimError | Warning)
    assert cls.__doc__


@pytest.mark.parametrize(
    ("name", "expected"), [("montain-car", "mountain-car"), ("cartpole", "cart-pole"), ("zzz", None), ("", None)]
)
def test_nearest_gives_the_most_similar_name_or_none(name: str, expected: str | None) -> None:
    assert nearest(name, ["cart-pole", "mountain-car"]) == expected


def test_a_name_that_begins_with_the_given_one_is_nearer_than_a_similar_one() -> None:
    assert nearest("validation", ["normalisation", "validation_episodes"]) == "validation_episodes"
    assert nearest("normalization", ["normalisation", "validation_episodes"]) == "normalisation"


def test_lookup_gives_what_is_registered() -> None:
    assert lookup("part", "b", {"a": 1, "b": 2}) == 2


def test_lookup_of_a_misspelt_name_offers_the_nearest_and_all() -> None:
    with pytest.raises(
        errors.UnknownNameError, match=r"unknown part 'engin'\. Did you mean 'engine'\? Valid: engine, "
    ):
        lookup("part", "engin", {"wheel": 1, "engine": 2})


def test_a_name_like_no_other_gets_no_suggestion() -> None:
    assert str(unknown_name("part", "zzz", ["b", "a"])) == "unknown part 'zzz'. Valid: a, b."


@pytest.mark.parametrize("shape", [(3, 4), (3, 1), (3, 0)])
def test_a_string_in_a_shape_stands_for_any_length(shape: tuple[int, ...]) -> None:
    check_shape("counts", np.zeros(shape), (3, "n_rows"))


@pytest.mark.parametrize("shape", [(4, 3), (3,), (3, 4, 1), ()])
def test_a_wrong_shape_is_told_beside_the_expected_one(shape: tuple[int, ...]) -> None:
    with pytest.raises(errors.ShapeError, match=r"counts has shape \(.*\); expected \(3, n_rows\)\."):
        check_shape("counts", np.zeros(shape), (3, "n_rows"))


def test_a_shape_of_one_dimension_is_written_as_python_writes_it() -> None:
    with pytest.raises(errors.ShapeError, match=r"expected \(3,\)\."):
        check_shape("fitness", np.zeros(2), (3,))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_entry_that_is_not_finite_is_found(bad: float) -> None:
    array = np.zeros((2, 3))
    assert first_non_finite(array) is None
    array[1, 2] = bad
    array[1, 1] = bad
    assert first_non_finite(array) == (1, 1)


def test_an_empty_array_is_finite() -> None:
    assert first_non_finite(np.zeros((0, 3))) is None


def test_an_installed_extra_is_imported() -> None:
    assert require_extra("json", "test") is __import__("json")


def test_a_missing_extra_says_how_to_install_it() -> None:
    with pytest.raises(errors.MissingExtraError, match=r"pip install 'neurosim-rl\[mujoco\]'"):
        require_extra("no_such_module", "mujoco")


def test_as_floats_gives_contiguous_doubles() -> None:
    array = as_floats("weights", np.arange(6, dtype=np.int8).reshape(2, 3).T)
    assert array.dtype == np.float64
    assert array.flags.c_contiguous
    assert array.tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize("values", ["abc", [[1, 2], [3]], [None, {}], object()])
def test_what_is_not_an_array_of_numbers_is_refused(values: object) -> None:
    with pytest.raises(errors.ShapeError, match=r"weights is not an array of numbers"):
        as_floats("weights", values)
