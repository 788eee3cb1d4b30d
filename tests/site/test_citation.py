"""The citation file agrees with the package."""

from __future__ import annotations

import re

import pytest

import neurosim_rl
from docs.extension.parts import kinds
from tests.documents import ROOT
from tests.test_structure import setup


def test_version_and_licence_are_those_of_the_package() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(re.findall(r"^([a-z-]+): (.+)$", text, re.MULTILINE))
    assert fields["cff-version"] == "1.2.0"
    assert fields["version"] == neurosim_rl.__version__
    assert fields["license"] == setup()["metadata"]["license_expression"]
    assert {"message", "title"} <= set(fields)
    (author,) = re.findall(r"^authors:\n  - name: (.+)$", text, re.MULTILINE)
    assert author == setup()["metadata"]["author"]
    address = setup()["tool:home"]["address"]
    assert fields.get("repository-code", "") == address  # none of both while there is no home on the web


WITH_SOURCES = (
    *("task", "model", "encoder", "encoder.tuning", "decoder", "optimizer"),
    *("learning", "learning.critic", "background"),
)
"""Kinds of parts that come from somewhere."""
CITED = re.compile(r"\bSources?: |(?:et al\.|[A-Z][a-z]+,?) (?:19|20)\d\d\b")


@pytest.mark.parametrize("kind", WITH_SOURCES)
def test_each_part_names_its_source_as_the_page_on_citing_promises(kind: str) -> None:
    nameless = []
    for name, part in kinds()[kind].items():
        is_ours = part.__module__.startswith("neurosim_rl.")  # other tests register parts of their own
        if is_ours and name != "none" and not CITED.search(part.__doc__ or ""):
            nameless.append(name)
    assert nameless == []
