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


def process_id() -> int:
    return os.getpid()


def meet(folder: Path, n: int) -> int:
    """Wait until so many processes are in here with the same folder; return the number of this one."""
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < n:
        time.sleep(0.01)
    return os.getpid()


def hold(folder: Path, value: int) -> int:
    """Tell by a file that this began, and by which process; wait until the file ``go`` is there."""
    (folder / f"{value}.tmp").write_text(str(os.getpid()))
    (folder / f"{value}.tmp").rename(folder / f"{value}.holder")
    while not (folder / "go").exists():
        time.sleep(0.01)
    return value


def holders(folder: Path) -> list[int]:
    """Return the processes that hold, or held, something."""
    return [int(path.read_text()) for path in sorted(folder.glob("*.holder"))]


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


def module_of_encoder(name: str) -> str:
    """Return the module of an encoder that is registered here, and make sure of its environment."""
    import gymnasium

    from neurosim_rl.bridge import ENCODERS

    assert "Mine-v0" in gymnasium.registry
    return ENCODERS[name].__module__
