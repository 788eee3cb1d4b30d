"""Fixtures of the tests of measures."""

import pytest

from neurosim_rl.networks.network import Network
from neurosim_rl.records.recording import Recording
from tests.recordings import nine_neurons, two_episodes


@pytest.fixture
def recording() -> Recording:
    return two_episodes()


@pytest.fixture
def network() -> Network:
    return nine_neurons()
