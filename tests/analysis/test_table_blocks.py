"""Tables in terminals of any width: nothing is lost, and nothing is wider than the terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.analysis.table_blocks import GAP, ColumnBlock, column_blocks
from neurosim_rl.analysis.text_table import TextTable

TABLE = TextTable(
    ("policy of the task", "mean return", "95 % interval"),
    [("champion of run three", "1.5", "1.0 to 2.0")],
    ("mean return", "95 % interval"),
)


def test_a_table_that_fits_stays_as_it_is() -> None:
    # 21 ("champion of run three"), 11 ("mean return"), 13 ("95 % interval") and two gaps of 2.
    assert column_blocks(TABLE, 49) == [ColumnBlock((0, 1, 2), (21, 11, 13))]


def test_headers_are_folded_first() -> None:
    # "mean" over "return": 6; "1.0 to 2.0": 10.
    assert column_blocks(TABLE, 48) == [ColumnBlock((0, 1, 2), (21, 6, 10))]


def test_texts_are_folded_next() -> None:
    assert column_blocks(TABLE, 40) == [ColumnBlock((0, 1, 2), (20, 6, 10))]


def test_then_columns_are_shown_below_with_the_keys_repeated() -> None:
    blocks = column_blocks(TABLE, 34)
    assert [block.columns for block in blocks] == [(0, 1), (0, 2)]
    assert [block.widths[1] for block in blocks] == [6, 10], "numbers are never folded"


WORDS = st.text("abc ", min_size=1, max_size=30)


@st.composite
def tables(draw: st.DrawFn) -> TextTable:
    n_columns = draw(st.integers(2, 8))
    header = [f"{draw(WORDS)}{k}" for k in range(n_columns)]
    rows = draw(st.lists(st.lists(WORDS, min_size=n_columns, max_size=n_columns), max_size=4))
    n_texts = draw(st.integers(1, n_columns - 1))
    # Numbers have no spaces, and some digits.
    for row in rows:
        row[n_texts:] = [text.replace(" ", "")[:12] for text in row[n_texts:]]
    return TextTable(header, rows, header[n_texts:], keys=draw(st.integers(1, n_texts)))


@given(tables(), st.integers(40, 120))
def test_no_block_is_wider_and_no_column_is_lost(table: TextTable, width: int) -> None:
    blocks = column_blocks(table, width)
    n_keys = table.keys
    shown = [column for block in blocks for column in block.columns[n_keys:]]
    assert sorted(shown) == list(range(n_keys, len(table.header)))
    for block in blocks:
        assert block.columns[:n_keys] == tuple(range(n_keys))
        is_alone = len(block.columns) == n_keys + 1
        assert is_alone or sum(block.widths) + GAP * (len(block.widths) - 1) <= width
