"""Places in the user's own modules: file and line of an error that a plugin or a part of the user's raised."""

from __future__ import annotations

import inspect
import os
import sysconfig
from pathlib import Path
from types import FrameType

from neurosim_rl.errors import NeurosimError

_PLACES: set[str] = set()
"""The user's code: files, and folders with a separator at their end."""
_INSTALLED = "site-packages"
_STANDARD = sysconfig.get_path("stdlib") + os.sep


def note_code(path: str | None) -> None:
    """Remember a file of the user's code, with the modules beside it or in its package; a cell of a notebook, too."""
    if path is None:
        return
    folder = os.path.dirname(path)
    if os.path.basename(path) == "__init__.py":
        _PLACES.add(os.path.join(folder, ""))
        folder = os.path.dirname(folder)
    else:
        _PLACES.add(path)
    if folder and _INSTALLED not in path and not path.startswith("<"):
        _PLACES.add(os.path.join(folder, ""))


def note_code_of(part: object) -> None:
    """Remember the code of a class or function of the user's, wherever it is defined: it may have come by value."""
    members = vars(part).values() if isinstance(part, type) else (part,)
    for member in members:
        code = getattr(inspect.unwrap(member), "__code__", None) if callable(member) else None
        if code is not None and not _is_ours(str(getattr(member, "__module__", ""))):
            note_code(code.co_filename)


def place_of(error: BaseException) -> str:
    """Return ``file:line`` of the innermost line of the user's code in an error's traceback; empty: there is none."""
    if isinstance(error, SyntaxError) and error.filename and _is_users(error.filename):
        return f"{shown_path(error.filename)}:{error.lineno}"
    place, traceback = "", error.__traceback__
    while traceback is not None:
        if _is_of_user(traceback.tb_frame):
            place = f"{shown_path(traceback.tb_frame.f_code.co_filename)}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


def located(error: BaseException) -> str:
    """Return an error in one line, with file and line if the user's code raised it: ``my_net.py:12: NameError: ...``.

    Errors of this package are said without their type: their text is for the user.
    """
    text = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    place = place_of(error)
    if place and place in text:  # the message says it already
        return text
    kind = "" if isinstance(error, NeurosimError) else type(error).__name__
    return ": ".join(filter(None, [place, kind, text]))


def reason_of(error: BaseException) -> str:
    """Return an error in one line that begins with its type: ``NameError: ... (my_net.py:12)``, for records."""
    text = " ".join(str(error).split())
    place = place_of(error)
    if place and place not in text:
        text = f"{text} ({place})"
    return f"{type(error).__name__}: {text}"


def shown_path(path: str) -> str:
    """Return a path as seen from the working folder, if the path is in it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path


def _is_of_user(frame: FrameType) -> bool:
    return not _is_ours(str(frame.f_globals.get("__name__", ""))) and _is_users(frame.f_code.co_filename)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "neurosim_rl"


def _is_users(path: str) -> bool:
    if path in _PLACES:
        return True
    if path.startswith(_STANDARD):
        return False
    folders = [place for place in _PLACES if place.endswith(os.sep) and path.startswith(place)]
    return any(_INSTALLED not in path[len(folder) :] for folder in folders)
