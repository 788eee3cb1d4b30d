"""Text from files is printed without control characters."""

import pytest

from neurosim_rl.settings.printable import KEPT, printable


@pytest.mark.parametrize("text", ["", "plain", "Zürich, 東京", "a  b"])
def test_text_without_control_characters_stays(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b]0;title\x07", r"a\x1b]0;title\x07"),
        ("a\nb\tc", r"a\nb\tc"),
        ("a\x9b31m", r"a\x9b31m"),
        ("\u202eabc", r"\u202eabc"),
        ("\udcff", r"\udcff"),
    ],
)
def test_control_characters_are_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_line_ends_stay_in_text_of_several_lines() -> None:
    assert printable("a\n\tb\x1b", KEPT) == "a\n\tb\\x1b"
