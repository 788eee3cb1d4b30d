"""The compiler, headers and flags that build a module for the installed NEST.

NEST's wheel has the paths of the machine that built it in its ``nest-config``, flags without the ABI of its strings,
and libraries that are not on this machine. NESTML therefore gets a ``nest-config`` that tells the truth.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from neurosim_rl.errors import ExchangeError

_PROGRAMS = ("cmake", "make", "g++")
_HEADERS = {"boost/type_index.hpp": "libboost-dev", "gsl/gsl_errno.h": "libgsl-dev", "ltdl.h": "libltdl-dev"}
"""Headers that NEST's own include, and the packages of Debian and Ubuntu that have them."""
_STANDARD = "-std=c++20"
_FLAGS = "-fopenmp -O2 -ffp-contract=off"
"""No sum and product are rounded as one: processors that could would give other spikes than those that cannot."""


def check_tools() -> None:
    """Raise unless there are a compiler and the headers that NEST's headers need.

    Raises
    ------
    ExchangeError
        Names what is missing, and the packages that have it.
    """
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    packages = {"g++" if program == "make" else program for program in missing}
    if "g++" not in missing:
        for header, package in _HEADERS.items():
            if not _has_header(header):
                missing.append(header)
                packages.add(package)
    if missing:
        raise ExchangeError(
            f"building a module needs {', '.join(missing)}, which this machine does not have. Install them: apt-get "
            f"install {' '.join(sorted(packages))} (or conda install compilers cmake make boost-cpp gsl libtool)."
        )


def _has_header(header: str) -> bool:
    command = ["g++", "-E", "-x", "c++", "-", "-o", "/dev/null"]
    text = f"#include <{header}>\n"
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False).returncode == 0


def write_nest_config(prefix: Path) -> Path:
    """Write ``bin/nest-config`` below a folder, unless NEST's own tells the truth; return what NESTML takes.

    Raises
    ------
    ExchangeError
        When NEST's headers are not there.
    """
    own = shutil.which("nest-config", path=f"{Path(sys.executable).parent}") or shutil.which("nest-config")
    given = _answers(own)
    if given.get("prefix") and Path(given["prefix"]).is_dir():
        (prefix / "bin").mkdir(parents=True)
        (prefix / "bin" / "nest-config").symlink_to(str(own))
        return prefix
    spec = find_spec("nest")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    headers = package / "include" / "nest"
    if not headers.is_dir():
        raise ExchangeError(
            f"the installed NEST has no headers in {headers}. Install nest-simulator from PyPI or conda."
        )
    answers = {
        "compiler": "g++",
        "python-executable": sys.executable,
        "prefix": str(package),
        "libdir": "lib/nest",
        # Symbols come from the library that Python has loaded, so that none is linked.
        "libs": "",
        "includes": f"-I{headers}",
        "cflags": f"{_FLAGS} {_standard(given.get('cflags', ''))} -D_GLIBCXX_USE_CXX11_ABI={_abi(package)}",
    }
    script = prefix / "bin" / "nest-config"
    script.parent.mkdir(parents=True)
    cases = [f"  --{option}) echo {_quoted(answer)} ;;" for option, answer in answers.items()]
    script.write_text("\n".join(["#!/bin/sh", 'case "$1" in', *cases, f'  *) {own or "false"} "$@" ;;', "esac", ""]))
    script.chmod(0o755)
    return prefix


def _answers(nest_config: str | None) -> dict[str, str]:
    if nest_config is None:
        return {}
    answers = {}
    for option in ("prefix", "cflags"):
        done = subprocess.run([nest_config, f"--{option}"], capture_output=True, text=True, check=False)
        answers[option] = done.stdout.strip()
    return answers


def _standard(flags: str) -> str:
    found = re.search(r"-std=\S+", flags)
    return found.group() if found else _STANDARD


def _abi(package: Path) -> int:
    """Return the ABI of strings that NEST was built with: 1, or 0 for the one before C++11.

    A module with the other one does not load: NEST says "file not found", the loader misses a symbol.
    """
    library = next(package.glob("nestkernel_api*.so"))
    return int(b"_ZN4nest14ConnectorModelC2ENSt7__cxx11" in library.read_bytes())  # a function that takes a string


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
