"""Tables of texts: columns stand below their headers."""

import pytest

from neurosim_rl.analysis.text_table import TextTable

TABLE = TextTable(("setting", "n"), [("a", "1000"), ("longer than that", "2")], right=["n"])


def test_columns_are_as_wide_as_their_longest_text() -> None:
    assert TABLE.plain().splitlines() == [
        "setting              n",
        "a                 1000",
        "longer than that     2",
    ]


def test_a_rule_below_the_header_is_as_long_as_it() -> None:
    header, rule, *_ = TABLE.ruled().splitlines()
    assert rule == "-" * len(header)


def test_rst_tables_are_ruled_column_by_column() -> None:
    assert TABLE.rst().splitlines() == [
        "================  ====",
        "setting              n",
        "================  ====",
        "a                 1000",
        "longer than that     2",
        "================  ====",
    ]


def test_a_table_without_rows_is_its_header() -> None:
    assert TextTable(("a", "b"), []).ruled() == "a  b\n----"


def test_lines_end_without_spaces() -> None:
    assert TextTable(("a", "b"), [("x", "long"), ("y", "")]).plain().splitlines()[2] == "y"


def test_a_row_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        TextTable(("a", "b"), [("x",)]).plain()
