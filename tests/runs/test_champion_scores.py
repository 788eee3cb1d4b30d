"""Scores of a champion's file, beside the reader of the whole champion."""

from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.errors import RunFolderError
from neurosim_rl.runs.champion import read_champion, shipped_champions
from neurosim_rl.runs.champion_scores import read_champion_scores


@pytest.mark.parametrize("name", ["cart-pole", "mountain-car", "target-reaching-vehicle"])
def test_scores_are_those_of_the_whole_champion(name: str) -> None:
    path = shipped_champions()[name]
    scores, champion = read_champion_scores(path), read_champion(path)
    for field in ("generation", "fitness", "missing", "failures"):
        assert getattr(scores, field) == getattr(champion, field)
    np.testing.assert_equal(scores.validation_return, champion.validation_return)
    np.testing.assert_array_equal(scores.unseen.returns, champion.unseen.returns)
    assert scores.unseen.success_rate == champion.unseen.success_rate


def test_a_file_that_is_no_champion_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "champion.h5").write_bytes(b"no HDF5")
    with pytest.raises(RunFolderError, match=r"champion\.h5 is damaged"):
        read_champion_scores(tmp_path / "champion.h5")
