"""The citation file agrees with the package."""

from __future__ import annotations

import re

import neurosim_rl
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
