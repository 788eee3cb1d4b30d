"""Prose and density of the product's code, held within the range of the codebases that it is compared with.

Words that hide the subject of a sentence, comments where kernels and protocols need them, and comprehensions: the
limits are the highest values found in ten codebases (pyribs, submitit, nevergrad, nengo, CleanRL, evosax and others).
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable

import pytest

from tests.structure import modules, room_of

MOST_PER_100_KB = {r"told": 1.6, r"go(?:es)? on": 0.2, r"stands?": 0.6, r"whose": 0.9}
LEAST_COMMENTS_PER_100_LINES = 2.6
MOST_COMPREHENSIONS_PER_1000_LINES = 16.5
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def texts(*rooms: str) -> list[str]:
    """Return the text of every product file, or of those of some rooms."""
    return [path.read_text(encoding="utf-8") for name, path in modules().items() if not rooms or room_of(name) in rooms]


def n_lines(sources: Iterable[str]) -> int:
    return sum(source.count("\n") for source in sources)


def n_comments(source: str) -> int:
    """Return how many comments say something: marks for linters and type checkers do not."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return sum(not re.match(r"#\s*(noqa|type:)", comment) for comment in comments)


@pytest.mark.parametrize("word", MOST_PER_100_KB)
def test_words_that_make_a_reader_read_twice_are_rare(word: str) -> None:
    sources = texts()
    found = sum(len(re.findall(rf"\b{word}\b", source, re.IGNORECASE)) for source in sources)
    assert found / (sum(len(source.encode()) for source in sources) / 1e5) <= MOST_PER_100_KB[word]


@pytest.mark.parametrize("room", ["simulators", "execution", "runs", "training"])
def test_kernels_and_protocols_are_explained_by_comments(room: str) -> None:
    sources = texts(room)
    assert 100 * sum(map(n_comments, sources)) / n_lines(sources) >= LEAST_COMMENTS_PER_100_LINES


def test_comprehensions_are_few() -> None:
    sources = texts()
    found = sum(isinstance(node, COMPREHENSIONS) for source in sources for node in ast.walk(ast.parse(source)))
    assert 1000 * found / n_lines(sources) <= MOST_COMPREHENSIONS_PER_1000_LINES
