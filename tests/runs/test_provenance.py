"""What is recorded of where a result comes from."""

import pytest

from neurosim_rl.runs import provenance as provenance_module
from neurosim_rl.runs.provenance import provenance


def test_provenance_names_versions_command_and_host() -> None:
    made = provenance()
    assert {"python", "neurosim-rl", "nest-simulator", "numpy", "gymnasium"} <= set(made["versions"])
    assert made["command"]
    assert isinstance(made["host"], str)


def test_a_package_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance_module, "_PACKAGES", ("numpy", "no-such-package"))
    assert set(provenance()["versions"]) == {"python", "numpy"}
