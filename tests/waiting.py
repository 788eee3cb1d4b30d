"""Waiting for an event in a test."""

from __future__ import annotations

import time
from collections.abc import Callable

LIMIT_S = 300.0
"""A wait that is longer has failed, also on a machine whose cores are busy. No test depends on the number."""


def wait_until(condition: Callable[[], bool], event: str, stopped: Callable[[], str | None] = lambda: None) -> None:
    """Wait until a condition holds.

    Parameters
    ----------
    condition : callable
        Returns whether the event has come.
    event : str
        Name of the event, for the message.
    stopped : callable
        Returns the reason why the event cannot come any more, or None.

    Raises
    ------
    AssertionError
        When the event cannot come, or does not come within `LIMIT_S`.
    """
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        reason = stopped()
        # The event may have come between the two questions.
        assert reason is None or condition(), f"{event}: {reason}"
        assert time.monotonic() < deadline, f"{event}: not within {LIMIT_S:g} s"
        time.sleep(0.02)
