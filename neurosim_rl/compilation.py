"""Functions that numba compiles: cached where that is possible."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core.caching import IndexDataCacheFile

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F, **options: Any) -> F:
    """Decorate a function: numba compiles it at its first call, and keeps the result for other processes.

    Where neither the code's folder nor the user's own can be written, each process compiles anew. Divisions by zero
    give what NumPy gives.

    Parameters
    ----------
    function : callable
        One that numba can compile.
    options
        Of ``numba.njit``.
    """
    try:
        dispatcher = numba.njit(cache=True, error_model="numpy", **options)(function)
    except RuntimeError:  # numba found no place for its cache
        return numba.njit(error_model="numpy", **options)(function)  # type: ignore[no-any-return]
    cache = dispatcher._cache
    cache._cache_file = _FilePerSignature(
        cache_path=cache.cache_path,
        filename_base=cache._impl.filename_base,
        source_stamp=(
            cache._impl.locator.get_source_stamp(),
            _digest_of_compiled(Path(function.__code__.co_filename).parent),
        ),
    )
    return dispatcher  # type: ignore[no-any-return]


def compiled_by_number(make_loop: Callable[[F], F], functions: Sequence[F]) -> Callable[..., Any]:
    """Return a compiled function that calls ``make_loop(functions[number])(*arguments)`` for ``(number, *arguments)``.

    Each loop is compiled with its own function inlined. A call by pointer in a loop that is compiled once would keep
    the compiler from using vector registers. Comparisons of `number` join the loops, at most one for each loop.

    Parameters
    ----------
    make_loop : callable
        Takes one of the functions and returns a loop that calls it.
    functions : sequence of compiled functions
        The loops of all take the same arguments, and return the same type.
    """
    loops = [_uncached(make_loop(function)) for function in functions]
    joined = _only(loops[-1])
    for number in reversed(range(len(loops) - 1)):
        joined = _link(number, loops[number], joined)
    return joined


def _only(loop: Callable[..., Any]) -> Callable[..., Any]:
    """Return a compiled function that calls the loop for any number."""

    def only(number, *arguments):  # type: ignore[no-untyped-def]
        return loop(*arguments)

    return _uncached(only, forceinline=True)


def _link(its_number: int, loop: Callable[..., Any], others: Callable[..., Any]) -> Callable[..., Any]:
    """Return a compiled function that calls the loop for its number, and the others for any other number."""

    def link(number, *arguments):  # type: ignore[no-untyped-def]
        if number == its_number:
            return loop(*arguments)
        return others(number, *arguments)

    # Inlined by force: in a call numba counts references to each array, which takes as long as a short loop.
    return _uncached(link, forceinline=True)


def _uncached(function: F, **options: Any) -> F:
    """Compile a function that refers to other functions of this process: a cache on disk cannot name these.

    The compiled functions that call it are cached, and hold its code.
    """
    return numba.njit(error_model="numpy", **options)(function)  # type: ignore[no-any-return]


@lru_cache
def _digest_of_compiled(folder: Path) -> str:
    """Return the digest of the sources ``compiled*.py`` in a folder, which compiled functions call one another from.

    Numba looks only whether the source of the function itself has changed; what that calls is compiled into it.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.glob("compiled*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _FilePerSignature(IndexDataCacheFile):  # type: ignore[misc]
    """A cache that processes can fill at the same time: each signature has a file of its own, named by its key.

    Numba itself numbers the files and keeps the numbers in an index. Two processes that compile one function for two
    signatures at one time both take the next number, and whoever comes later may be given the code for the other
    signature: a wrong result, or a crash (https://github.com/numba/numba/issues/4807 tells of others).
    """

    def save(self, key: Any, data: Any) -> None:
        with suppress(OSError):  # a full disk: the next process compiles anew
            self._save_data(self._name(key), (key, data))

    def load(self, key: Any) -> Any:
        try:
            found, data = self._load_data(self._name(key))
        except Exception:  # missing, or damaged, which raises almost anything
            return None
        return data if found == key else None

    def _name(self, key: Any) -> str:
        text = repr((self._version, self._source_stamp, key))
        return f"{self._index_name.removesuffix('.nbi')}.{hashlib.sha256(text.encode()).hexdigest()[:16]}.nbc"
