"""Files of the package that a call enters: how far a reader who follows it has to travel.

A file counts when one of its functions is called. Code that runs while a module is imported does not count: every
module is imported before.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import neurosim_rl
from neurosim_rl.cli import main
from neurosim_rl.training.configure import configure

ROOT = Path(neurosim_rl.__file__).resolve().parents[1]
PACKAGES = [ROOT / name for name in ("neurosim_rl", "models", "optimizees")]
BEFORE = {"configuration": 44, "first window": 54, "first window of training": 69}
"""Counts of version 0.1 (commit 94aeef3), by the same rule."""


class _Reached(BaseException):
    """The function at which a count ends was called."""


def files_entered(call: Callable[[], Any], *, until: str = "", after: str = "") -> list[str]:
    """Return the files that a call enters, in the order of their first call.

    Parameters
    ----------
    call : callable
    until : str
        Name of the function at whose call the count ends; empty: at the end of `call`.
    after : str
        Name of a function: `until` only counts once this was called.
    """
    entered: dict[str, None] = {}
    armed = not after

    def note(frame: FrameType, event: str, _: Any) -> None:
        nonlocal armed
        code = frame.f_code
        if event != "call" or not code.co_flags & inspect.CO_OPTIMIZED:  # class bodies and modules are not optimized
            return
        path = Path(code.co_filename).resolve()
        if not any(path.is_relative_to(folder) for folder in PACKAGES):
            return
        entered[str(path.relative_to(ROOT))] = None
        armed = armed or code.co_name == after
        if armed and code.co_name == until:
            raise _Reached

    sys.setprofile(note)
    try:
        call()
    except _Reached:
        pass
    finally:
        sys.setprofile(None)
    return list(entered)


def import_everything() -> None:
    """Import every module of the package; what a missing extra keeps from being imported is not on these ways."""
    for module in pkgutil.walk_packages(neurosim_rl.__path__, "neurosim_rl."):
        if not module.name.endswith("__main__"):
            try:
                importlib.import_module(module.name)
            except ImportError:
                continue


def count(name: str) -> list[str]:
    """Return the files that one of the ways in `BEFORE` enters."""
    import_everything()
    if name == "configuration":
        return files_entered(lambda: configure("mountain-car", {"model": {"hidden": [8]}}))
    with tempfile.TemporaryDirectory() as scratch:
        command = ["evolve", "mountain-car", "--workers", "1", "--out", f"{scratch}/run"]
        after = "run_to_end" if name.endswith("training") else ""
        return files_entered(lambda: main(command), until="play_window", after=after)


def run() -> dict[str, Any]:
    """Count each way in a fresh process."""
    from benchmarks.processes import in_fresh_process

    rows = []
    for name, before in BEFORE.items():
        n = int(in_fresh_process("files_entered", f"[len(count({name!r}))]")[0])
        rows.append({"way": name, "files in 0.1": before, "files now": n, "ratio": f"{n / before:.2f}"})
    return {"about": "files entered, from task and options, or from the command line of evolve", "rows": rows}


if __name__ == "__main__":
    print("\n".join(count(sys.argv[1] if len(sys.argv) > 1 else "configuration")))
