"""A program that examines HDF5 files in place of this process, with limits of memory and time.

A damaged or hostile file can let the HDF5 library loop for ever, take all memory, or crash its process. Then the
program ends, and this process refuses the file. It starts with the first file, and ends when there is nothing to do.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import subprocess
import sys
import threading
from pathlib import Path

from neurosim_rl.settings.printable import printable

WALL_LIMIT_S = 120.0
"""Longest wait for an answer, in s. The program limits its own processor time: a busy machine refuses no file."""
N_TRIES, END_LIMIT_S = 3, 10.0
"""Programs that are asked, if one ends for want of work; and longest wait for the end of one, in s."""
START = "import runpy, sys; sys.path[:] = {paths!r}; runpy.run_path({program!r}, run_name='__main__')"
"""The program's first line. It starts isolated, so that nothing of the working folder runs."""

_KNOWN: set[bytes] = set()  # digests of files that this process has written, or that were examined
_LOCK = threading.Lock()
_PROGRAMS: dict[int, subprocess.Popen[bytes]] = {}  # by process number: a forked process needs a program of its own


class NotReadError(Exception):
    """The file is not read; the message says why."""


def trust(image: bytes) -> None:
    """Note that this process made a file: its content needs no examination."""
    _KNOWN.add(hashlib.sha256(image).digest())


def check_readable(image: bytes) -> None:
    """Return if an HDF5 file can be read safely, from first to last value.

    Parameters
    ----------
    image : bytes
        Content of the file.

    Raises
    ------
    NotReadError
        When it holds anything but numbers and text inside itself, or exceeds a limit.
    OSError
        When it is damaged.
    """
    digest = hashlib.sha256(image).digest()
    if digest in _KNOWN:
        return
    with _LOCK:
        verdict = _ask(image)
    if "refused" in verdict:
        raise NotReadError(printable(verdict["refused"]))
    if "damaged" in verdict:
        raise OSError(printable(verdict["damaged"]))
    _KNOWN.add(digest)


def _ask(image: bytes) -> dict[str, str]:
    """Return the program's answer. If the program ends instead, the file is the reason."""
    for _ in range(N_TRIES):
        program = _program()
        answer = _answer(program, image)
        if answer.endswith(b"}\n"):
            verdict: dict[str, str] = json.loads(answer)
            return verdict
        if answer:  # half a line, as of a program that is out of its mind
            program.kill()
        _PROGRAMS.pop(os.getpid(), None)
        # A program that has nothing to do ends with code 0, perhaps in this very moment: another one is asked.
        if _end(program):
            break
    return {"refused": f"the HDF5 library cannot read it within the limits of time and memory ({program.returncode})"}


def _answer(program: subprocess.Popen[bytes], image: bytes) -> bytes:
    """Return the program's line about a file; empty: it has ended, or does not answer."""
    assert program.stdin is not None
    assert program.stdout is not None
    try:
        program.stdin.write(b"%d\n" % len(image))
        program.stdin.write(image)
        program.stdin.flush()
    except OSError:
        return b""
    if not select.select([program.stdout], [], [], WALL_LIMIT_S)[0]:
        program.kill()
        return b""
    return program.stdout.readline()


def _program() -> subprocess.Popen[bytes]:
    """Return the running program, started if need be."""
    program = _PROGRAMS.get(os.getpid())
    if program is not None and program.poll() is None:
        return program
    path = Path(__file__).with_name("examination.py")
    code = START.format(paths=[folder for folder in sys.path if folder], program=str(path))
    program = subprocess.Popen(
        [sys.executable, "-I", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for this process
    )
    _PROGRAMS[os.getpid()] = program
    return program


def _end(program: subprocess.Popen[bytes]) -> int:
    """Wait until a program that ends has ended; return its exit code."""
    try:
        code = program.wait(END_LIMIT_S)
    except subprocess.TimeoutExpired:
        program.kill()
        code = program.wait()
    for pipe in (program.stdin, program.stdout):
        with contextlib.suppress(OSError):
            if pipe is not None:
                pipe.close()
    return code
