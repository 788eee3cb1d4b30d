"""Files that the distribution of tests names exist."""

from pathlib import Path

from tests.distribution import ALONE, LONG


def test_files_that_begin_first_or_are_split_are_there() -> None:
    root = Path(__file__).parents[1]
    assert [file for file in {*LONG, *ALONE} if not (root / file).is_file()] == []
    assert len(set(LONG)) == len(LONG)
