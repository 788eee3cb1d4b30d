"""What executors call in tests."""

import os
import time
from pathlib import Path

from neurosim_rl.errors import GenomeError


def subtract(a: int, b: int) -> int:
    return a - b


def refuse(value: int) -> int:
    if value == 2:
        raise GenomeError(f"{value} is refused")
    return value


def process_id(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def die(_: int) -> None:
    os._exit(9)


def die_once(marker: Path, value: int) -> int:
    """End this process, unless somebody did so before."""
    if not marker.exists():
        marker.touch()
        os._exit(9)
    return value


def nap(seconds: float, value: int) -> int:
    time.sleep(seconds)
    return value


class StubbornError(Exception):
    """An error that cannot be made again from its arguments."""

    def __init__(self, expected: int, came: int) -> None:
        super().__init__(f"expected {expected}, got {came}")


def be_stubborn(_: int) -> None:
    raise StubbornError(1, 2)
