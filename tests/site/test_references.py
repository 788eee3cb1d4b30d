"""Names in docstrings: those of the code are known, others are refused by the build."""

from __future__ import annotations

import pytest

from docs.extension.references import is_known, names_of_the_code


@pytest.mark.parametrize(
    "name",
    [
        "read_component",
        "Options",
        "active",
        "neurosim_rl.bridge.actions",
        "window_ms",
        "numpy.random.Generator",
        "ENCODERS",
    ],
)
def test_names_of_the_code_and_of_installed_packages_are_known(name: str) -> None:
    assert is_known(name)


@pytest.mark.parametrize("name", ["read_componemt", "neurosim_rl.no_such_module", "numqy.random.Generator", "a phrase"])
def test_misspelt_names_are_not(name: str) -> None:
    assert not is_known(name)


def test_models_and_tasks_are_read_too() -> None:
    assert {"SpikingModel", "MountainCar", "Encoder"} <= names_of_the_code()
