"""What an installation holds, and what the site says of it."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest

from benchmarks import dependencies
from benchmarks.dependencies import needed, only_for_l2l, size_mb
from tests.documents import ROOT


def test_requirements_are_followed_with_their_extras() -> None:
    plain = needed(["neurosim-rl"])
    assert {"neurosim-rl", "l2lforhpc", "gymnasium", "numpy"} <= plain
    assert "mujoco" not in plain
    assert "mujoco" in needed(["neurosim-rl[mujoco]"])
    assert needed(["neurosim-rl"], without=["neurosim-rl"]) == set()


def test_what_others_need_too_is_not_there_for_l2l_alone() -> None:
    found = only_for_l2l()
    assert {"l2lforhpc", "sphinx", "scikit-learn", "flake8"} <= found
    assert found.isdisjoint({"numpy", "scipy", "deap", "neurosim-rl"})


def test_a_size_is_that_of_the_files_and_what_is_not_installed_has_none() -> None:
    assert 30 < size_mb("scipy") < 300
    assert size_mb("no-such-package-anywhere") == 0.0


def test_the_site_lists_the_large_packages_that_only_l2l_needs() -> None:
    text = (ROOT / "docs" / "install.rst").read_text(encoding="utf-8")
    section = text[text.index("What L2L brings along") : text.index("From a package")]
    told = {
        name: int(size) for name, size in re.findall(r"^ +\* - ([a-z][a-z0-9-]+)\n +- (\d+)$", section, re.MULTILINE)
    }
    constraints = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    pinned = {name.lower().replace("_", "-").replace(".", "-"): pin for name, pin in constraints.items()}
    if any(version(name) != pinned[name] for name in told if name in pinned):
        pytest.skip("other versions than those of constraints.txt are installed")
    rows = {row["what"].removeprefix("L2L alone: "): row for row in dependencies.run()["rows"]}
    assert told == {name: rows[name]["MB"] for name in only_for_l2l() if size_mb(name) >= dependencies.LEAST_MB}
    total = rows["L2L alone"]
    assert f"{total['packages']} packages with {total['MB']} MB are there for L2L alone" in section
