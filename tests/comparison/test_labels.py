"""Labels tell in what configurations differ."""

import pytest

from neurosim_rl.comparison.labels import key_in_words, setting_labels
from neurosim_rl.optimizees import Settings


def labels(*tables: dict) -> list[str]:
    return setting_labels([Settings.read(table) for table in tables])


def test_what_does_not_change_results_makes_no_setting() -> None:
    assert labels({"seed": 1, "workers": 1}, {"seed": 2, "workers": 2, "batch_size": 3, "timeout_s": 9.0}) == ["", ""]


def test_components_that_differ_are_told_by_name_alone() -> None:
    one, other = ({"name": "current", "peak_pa": 1.0}, {"name": "poisson", "peak_hz": 2.0})
    assert labels({"encoder": one}, {"encoder": other}) == ["encoder=current", "encoder=poisson"]


def test_lists_are_told_as_toml_has_them() -> None:
    assert labels({"model": {"hidden": [8, 4]}}, {"model": {"hidden": []}}) == ["hidden=[8, 4]", "hidden=[]"]


def test_keys_that_end_alike_are_told_in_full() -> None:
    one, other = ({"learning": {"name": "r-stdp", "episodes": k}, "episodes": k} for k in (1, 2))
    assert labels(one, other) == ["episodes=1, learning.episodes=1", "episodes=2, learning.episodes=2"]


def test_tasks_are_told_and_their_settings_compared_within_each() -> None:
    tables = [{"task": "a", "window_ms": 5.0}, {"task": "b", "window_ms": 9.0}, {"task": "b", "window_ms": 8.0}]
    assert labels(*tables) == ["a", "b, window_ms=9.0", "b, window_ms=8.0"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("optimizer.name", "optimizer"),
        ("task", "task"),
        ("model.hidden", "hidden (model)"),
        ("encoder.tuning.n_bins", "n bins (encoder tuning)"),
        ("", ""),
    ],
)
def test_keys_are_told_in_words(key: str, words: str) -> None:
    assert key_in_words(key) == words
