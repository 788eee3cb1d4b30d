import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.submission import parse_grid, parse_seeds


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("7", (7,)),
        ("1-4", (1, 2, 3, 4)),
        ("1,2,5", (1, 2, 5)),
        ("1-3,8", (1, 2, 3, 8)),
        ("5, 0", (5, 0)),
        ("3-3", (3,)),
    ],
)
def test_seeds_are_numbers_and_ranges(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "a", "1-", "-1", "4-1", "1,,2", "1-2-3", "1.5"])
def test_what_is_neither_seed_nor_range_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is neither a seed nor a range, such as 1-10 or 1,2,5"):
        parse_seeds(text)


def test_a_seed_twice_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="seed 2 comes twice"):
        parse_seeds("1-3,2")


def test_no_grid_is_one_setting_without_a_label() -> None:
    (only,) = parse_grid([])
    assert (only.label, only.folder, only.layers()) == ("", "", [])


def test_a_grid_is_the_product_of_its_axes_the_last_varying_fastest() -> None:
    settings = parse_grid(["decoder.tie=neutral,random", "generations=5,9"])
    assert [s.layers() for s in settings] == [
        [{"decoder": {"tie": tie}}, {"generations": generations}]
        for tie, generations in [("neutral", 5), ("neutral", 9), ("random", 5), ("random", 9)]
    ]


def test_commas_in_brackets_do_not_separate_values() -> None:
    first, second = parse_grid(["model.hidden=[8, 4],[3]"])
    assert first.layers() == [{"model": {"hidden": [8, 4]}}]
    assert second.layers() == [{"model": {"hidden": [3]}}]
    assert (first.label, first.folder) == ("hidden=[8,4]", "hidden=8-4")


def test_a_label_tells_the_last_part_of_a_key_unless_two_end_alike() -> None:
    (setting,) = parse_grid(["encoder.tuning.name=linear", "model.name=feed-forward", "decoder.tie=random"])
    assert setting.label == "encoder.tuning.name=linear, model.name=feed-forward, tie=random"
    assert setting.folder == "encoder.tuning.name=linear_model.name=feed-forward_tie=random"


def test_values_of_either_sign_have_folders_of_their_own() -> None:
    assert [s.folder for s in parse_grid(["x=-1,1"])] == ["x=-1", "x=1"]


@pytest.mark.parametrize("text", ["decoder.tie", "=1,2", "decoder.tie=", "decoder.tie=a,,b"])
def test_a_grid_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="expected key=v1,v2"):
        parse_grid([text])


@pytest.mark.parametrize("texts", [["x=1,1"], ["x=1", "x=2"]])
def test_a_key_or_value_twice_is_refused(texts: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="comes twice"):
        parse_grid(texts)


@pytest.mark.parametrize(("text", "instead"), [("seed=1,2", "--seeds"), ("task=a,b", "one command for each task")])
def test_keys_that_are_no_axes_are_refused(text: str, instead: str) -> None:
    with pytest.raises(ConfigurationError, match=instead):
        parse_grid([text])


def test_lists_that_would_take_all_memory_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="expected at most 1000000"):
        parse_seeds("1-3,10-9999999999")
    ten = ",".join(map(str, range(10)))
    with pytest.raises(ConfigurationError, match="--grid: 10000000 settings; expected at most 1000000"):
        parse_grid([f"encoder.n_{key}={ten}" for key in range(7)])
