"""Fixtures of the tests of measures."""

import pytest

from neurosim_rl.records.recording import Recording
from tests.recordings import two_episodes


@pytest.fixture
def recording() -> Recording:
    return two_episodes()
