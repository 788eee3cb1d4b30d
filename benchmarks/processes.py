"""Running a call of a benchmark module in a fresh Python process, so that no measurement warms up the next."""

from __future__ import annotations

import os
import subprocess
import sys


def in_fresh_process(module: str, call: str, **environment: str) -> list[float]:
    """Return the numbers that a call of a module's function prints on its last line."""
    code = f"from benchmarks.{module} import *; print(*{call})"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    if done.returncode:
        raise RuntimeError(f"{call} of benchmarks.{module} failed:\n{done.stderr[-2000:]}")
    return [float(word) for word in done.stdout.strip().splitlines()[-1].split()]
