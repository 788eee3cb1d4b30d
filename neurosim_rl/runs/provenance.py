"""Provenance of a champion: versions, command and host."""

from __future__ import annotations

import platform
import shlex
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

_PACKAGES = ("neurosim-rl", "nest-simulator", "L2LforHPC", "deap", "gymnasium", "mujoco", "numpy")


def provenance() -> dict[str, Any]:
    """Return versions, command and host of this process."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue  # an optional package, such as MuJoCo, is not installed
    # Under `python -m`, argv[0] is the path of a file inside the package; the specification has the module's name.
    module = getattr(sys.modules["__main__"], "__spec__", None)
    if module is None:
        program = [Path(sys.argv[0]).name]
    else:
        program = ["python", "-m", module.name.removesuffix(".__main__")]
    command = shlex.join([*program, *sys.argv[1:]])
    return {"versions": versions, "command": command, "host": platform.node()}
