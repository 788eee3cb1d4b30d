"""Provenance of a champion: packages, processor, commit, command and host."""

from __future__ import annotations

import inspect
import platform
import shlex
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from neurosim_rl.settings.plugin_records import all_loaded

_PACKAGES = ("neurosim-rl", "nest-simulator", "L2LforHPC", "deap", "gymnasium", "mujoco", "numpy")
_CHECKOUT = Path(__file__).resolve().parents[2]
"""Folder that holds the package; a Git checkout of the project, or the folder of installed packages."""


def provenance() -> dict[str, Any]:
    """Return where the results of this process come from.

    Returns
    -------
    dict
        ``versions``: of Python and the main packages; ``packages``: of every installed package that this process has
        loaded; ``plugins``: version and digest of each, if there are any; ``processor``: see `processor`; ``commit``:
        of the checkout, with ``-dirty`` if files differ from it, or None for an installed package; ``command``;
        ``host``.
    """
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
    plugins = all_loaded()
    return {
        "versions": versions,
        "packages": packages(),
        **({"plugins": plugins} if plugins else {}),
        "processor": processor(),
        "commit": commit(_CHECKOUT),
        "command": shlex.join([*program, *sys.argv[1:]]),
        "host": platform.node(),
    }


def packages() -> dict[str, str]:
    """Return the version of each installed package with a module that this process has loaded, by name."""
    loaded = {name.partition(".")[0] for name in sys.modules}
    found: dict[str, str] = {}
    for distribution, modules in _installed():
        if not modules.isdisjoint(loaded):
            name, version = _name_and_version(distribution)
            found.setdefault(name, version)  # of two versions, the first on Python's path counts
    return {name: found[name] for name in sorted(found, key=str.lower)}


@cache
def _installed() -> list[tuple[metadata.Distribution, set[str]]]:
    """Return all installed distributions with their top-level modules, which are read once in a process."""
    return [(distribution, _top_level_modules(distribution)) for distribution in metadata.distributions()]


def _top_level_modules(distribution: metadata.Distribution) -> set[str]:
    """Return a distribution's modules as `metadata.packages_distributions` does, without an object for each file."""
    declared = (distribution.read_text("top_level.txt") or "").split()
    if declared:
        return set(declared)
    found = set()
    for line in (distribution.read_text("RECORD") or "").splitlines():
        first, slash, _ = line.partition(",")[0].partition("/")
        found.add(first if slash else inspect.getmodulename(first) or first)
    return found


@cache
def _name_and_version(distribution: metadata.Distribution) -> tuple[str, str]:
    return distribution.metadata["Name"], distribution.version


def processor() -> dict[str, Any]:
    """Return what chooses machine code in this process: last bits of a library's sums and exponentials depend on it.

    Returns
    -------
    dict
        ``machine``, such as x86_64; ``numpy``: the processor features that NumPy may use; ``numba``: the processor for
        which numba compiles; ``blas``: for each BLAS library that is loaded, its file, version and architecture;
        ``libc``, such as glibc 2.36.
    """
    import llvmlite.binding
    import threadpoolctl
    from numpy._core._multiarray_umath import __cpu_features__

    blas = []
    for library in threadpoolctl.threadpool_info():
        if library["user_api"] == "blas":
            name = Path(library["filepath"]).name
            blas.append(f"{name} {library['version']} for {library.get('architecture', 'an unknown processor')}")
    return {
        "machine": platform.machine(),
        "numpy": [name for name, present in __cpu_features__.items() if present],
        "numba": llvmlite.binding.get_host_cpu_name(),
        "blas": blas,
        "libc": " ".join(platform.libc_ver()),
    }


def commit(folder: Path) -> str | None:
    """Return the commit of a Git checkout, with ``-dirty`` if its files differ; None: not a checkout, or no Git."""
    # Without this test, Git would look above: an environment inside another project has that project's commit.
    if not (folder / ".git").exists():
        return None
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
