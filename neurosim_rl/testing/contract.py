"""One check of one part: what holds, what is equal, what is refused; each failure is one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np

from neurosim_rl.errors import ContractError, NeurosimError
from neurosim_rl.settings.user_code import note_code_of, reason_of


class Contract:
    """The contract of one part.

    Parameters
    ----------
    check : str
        Name of the function that checks.
    part : str
        Name of the part.
    """

    def __init__(self, check: str, part: str) -> None:
        self._name = f"{check}: {part}"

    @classmethod
    def of(cls, check: str, part: Any) -> Contract:
        """Return the contract of a class, a function or an object; errors in its module have file and line."""
        note_code_of(part if isinstance(part, type) or hasattr(part, "__code__") else type(part))
        return cls(check, name_of(part))

    def fail(self, what: str, advice: str = "", cause: Exception | None = None) -> NoReturn:
        """Raise with one line: the check, the part, what is wrong, and what to do.

        Raises
        ------
        ContractError
        """
        text = f"{self._name}: {what.rstrip('.')}. {advice}"
        raise ContractError(" ".join(text.split())) from cause

    def expect(self, holds: object, what: str, advice: str = "") -> None:
        """Raise unless something holds; `what` says what was expected, and what came instead."""
        if not holds:
            self.fail(what, advice)

    def same(self, what: str, expected: Any, got: Any, advice: str = "") -> None:
        """Raise unless two arrays, or two lists of arrays, are equal to the last bit; NaN equals NaN."""
        difference = first_difference(expected, got)
        if difference:
            self.fail(f"{what}: {difference}", advice)

    @contextmanager
    def works(self, what: str, advice: str = "") -> Iterator[None]:
        """Turn any error of a part into one line with its place; those of this package keep their words."""
        try:
            yield
        except ContractError:
            raise
        except Exception as error:
            self.fail(f"{what} fails: {reason_of(error)}", advice, error)

    def refuses(self, what: str, call: Callable[[], object], kind: type[Exception], words: str, advice: str) -> None:
        """Raise unless a call raises an error of a kind whose message holds some words.

        Parameters
        ----------
        what : str
            What the part must refuse.
        call : callable
        kind : type
            `NeurosimError` or a class derived from it.
        words : str
        advice : str
        """
        expected = f"expected {kind.__name__} with {words!r} in its message" if words else f"expected {kind.__name__}"
        try:
            call()
        except kind as error:
            self.expect(words in str(error), f"{what} is refused with {str(error)!r}; {expected}", advice)
        except Exception as error:
            self.fail(f"{what} raises {reason_of(error)}; {expected}", advice, error)
        else:
            self.fail(f"{what} is accepted; {expected}", advice)

    def offers(self, what: str, call: Callable[[], Any]) -> Any:
        """Return what a call gives, or None if the part refuses with a reason: not every part has it."""
        try:
            return call()
        except NeurosimError:
            return None
        except Exception as error:
            self.fail(f"{what} raises {reason_of(error)}; expected an error of neurosim_rl", cause=error)


def name_of(part: Any) -> str:
    """Return the name of a class, function or object, for messages."""
    return str(getattr(part, "__name__", type(part).__name__))


def first_difference(expected: Any, got: Any) -> str:
    """Return a description of the first difference of two arrays or two lists of arrays; empty: they are equal."""
    if isinstance(expected, list | tuple) and not np.isscalar(expected):
        if len(expected) != len(got):
            return f"expected {len(expected)} arrays, got {len(got)}"
        found = (first_difference(one, other) for one, other in zip(expected, got, strict=True))
        return next(filter(None, found), "")
    one, other = np.asarray(expected), np.asarray(got)
    if one.shape != other.shape:
        return f"expected shape {one.shape}, got {other.shape}"
    is_float = one.dtype.kind == "f" and other.dtype.kind == "f"
    differs = (one != other) & ~(np.isnan(one) & np.isnan(other)) if is_float else one != other
    if not differs.any():
        return ""
    index = tuple(np.argwhere(differs)[0].tolist())
    place = f" at {list(index)}" if index else ""
    return f"expected {one[index]!s}, got {other[index]!s}{place}"
