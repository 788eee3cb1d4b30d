"""Box2D: the extra that brings it, and an environment with it."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, make
from neurosim_rl.environments.contract import check_contract
from neurosim_rl.errors import MissingExtraError


def test_a_missing_box2d_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "Box2D", None)
    with pytest.raises(MissingExtraError, match=r"'Box2D' is not installed .*pip install 'neurosim-rl\[box2d\]'"):
        make(EnvironmentOptions(id="LunarLander-v3"))
    make(EnvironmentOptions(id="CartPole-v1"))


def test_the_lander_keeps_the_contract_and_has_eight_variables() -> None:
    pytest.importorskip("Box2D", reason="needs the extra [box2d]")
    spec = EnvironmentSpec.of(EnvironmentOptions(id="LunarLander-v3"))
    check_contract(spec)
    assert (len(spec.observation_low), spec.step_limit) == (8, 1000)
    assert np.isfinite(spec.observation_high).all()
