"""Random and hostile inputs, each in a child process with a limit of memory and time; findings are printed.

    python -m benchmarks.fuzz configuration --minutes 30 --seed 1
    python -m benchmarks.fuzz configuration --seed 1 --case 417        one case again, with its messages

An input may be accepted, or refused by one line with exit code 2. Everything else is a finding: an internal error, a
crash, a hang, memory above the limit, or a message of several lines.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.table import machine

TARGETS = {"configuration": "benchmarks.fuzz_configuration", "nir": "benchmarks.fuzz_nir"}
"""Module of each kind of inputs: it has the functions of `Target`."""
LONGEST_S, MOST_BYTES = 20.0, 2_000_000_000
"""Limits of a case: of its processor time, and of its wall time on an idle machine, in s; of its memory."""


class Target(Protocol):
    """A kind of inputs."""

    def prepare(self) -> None:
        """Import what all cases need, once, before the child processes are forked."""

    def draw(self, rng: np.random.Generator) -> Any:
        """Return a random case."""

    def play(self, case: Any, folder: Path) -> int:
        """Give a case to the program, in a child process with an empty folder of its own; return the exit code."""


@dataclass(frozen=True)
class Outcome:
    """What became of a case: ``accepted``, ``refused``, or a finding."""

    number: int
    kind: str
    seconds: float
    megabytes: float
    text: str
    case: str


def outcome(target: Target, seed: int, number: int, wall_s: float = LONGEST_S) -> Outcome:
    """Play one case of a seed in a child process, which may take a wall time of `wall_s`."""
    case = target.draw(np.random.Generator(np.random.PCG64([seed, number])))
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        child = os.fork()
        if not child:
            _play_and_end(target, case, Path(folder))
        status, usage, is_late = _wait(child, begin + wall_s)
        seconds = time.monotonic() - begin
        lines = (Path(folder) / "errors").read_text(encoding="utf-8", errors="replace").splitlines()
    megabytes = usage.ru_maxrss / 1000
    is_late |= usage.ru_utime + usage.ru_stime > LONGEST_S
    kind = "hang" if is_late else _kind(status, lines, megabytes)
    return Outcome(number, kind, seconds, megabytes, "\n".join(lines[-3:])[:500], repr(case)[:2000])


def _kind(status: int, lines: list[str], megabytes: float) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return f"crash by signal {-code}"
    if megabytes * 1e6 > MOST_BYTES or any("out of memory" in line for line in lines):
        return "memory"
    if code == 0:
        return "accepted"
    if code != 2:
        return "internal error"
    # Notes of what happened before, such as options that a file may not set, may stand above the error.
    first = next((k for k, line in enumerate(lines) if "error: " in line or "Traceback" in line), len(lines))
    return "refused" if first == len(lines) - 1 else "several lines"


def _play_and_end(target: Target, case: Any, folder: Path) -> None:
    """Play a case in this child process, and end the process."""
    os.setsid()  # the parent ends the group: workers of the case too
    os.chdir(folder)
    for name, descriptor in (("output", 1), ("errors", 2)):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), descriptor)
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    code = 1
    try:
        code = target.play(case, folder)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int, until: float) -> tuple[int, resource.struct_rusage, bool]:
    """Return the status and the usage of a child, and whether it had to be ended."""
    while time.monotonic() < until:
        found, status, usage = os.wait4(child, os.WNOHANG)
        if found:
            return status, usage, False
        time.sleep(0.005)
    os.killpg(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    return status, usage, True


def fuzz(target: Target, seed: int, minutes: float, first: int = 0, wall_s: float = LONGEST_S) -> dict[str, Any]:
    """Play cases from number `first` until the time is over; return counts, and the findings."""
    counts: Counter[str] = Counter()
    findings = []
    end, number = time.monotonic() + 60 * minutes, first
    while time.monotonic() < end:
        result = outcome(target, seed, number, wall_s)
        counts[result.kind] += 1
        if result.kind not in ("accepted", "refused"):
            findings.append(asdict(result))
            print(json.dumps(asdict(result)), file=sys.stderr, flush=True)
        number += 1
    return {"seed": seed, "cases": number - first, "counts": dict(counts), "findings": findings}


def main() -> int:
    """Fuzz one target, or repeat one case; return 1 if there are findings."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--wall-s", type=float, default=LONGEST_S, help="longest wall time of a case, in s")
    parser.add_argument("--case", type=int, help="number of one case to repeat")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else on standard output")
    options = parser.parse_args()
    target: Any = importlib.import_module(TARGETS[options.target])
    target.prepare()
    if options.case is not None:
        print(json.dumps(asdict(outcome(target, options.seed, options.case, options.wall_s)), indent=2))
        return 0
    result = fuzz(target, options.seed, options.minutes, options.first, options.wall_s)
    if options.json:
        print(json.dumps({"machine": machine(), **result}, indent=2))
    else:
        print(f"{result['cases']} cases of seed {options.seed}: {result['counts']}")
    return 1 if result["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
