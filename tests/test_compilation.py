"""Compiled functions, with and without a place for numba's cache."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.compilation import compiled, compiled_by_number


def test_where_nothing_can_be_cached_it_is_compiled_all_the_same() -> None:
    made: dict[str, Callable[[float], float]] = {}
    exec("def inverse(x):\n    return 1.0 / x", made)  # from no file, so numba finds no folder for its cache
    inverse: Any = compiled(made["inverse"])
    assert inverse(4.0) == 0.25
    assert inverse(0.0) == math.inf
    assert len(inverse.signatures) == 1
    assert not inverse.stats.cache_path


def test_where_it_can_be_cached_it_is() -> None:
    from neurosim_rl.simulators.compiled_kernels import advance

    kernel: Any = advance
    assert kernel.stats.cache_path


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_loop_is_chosen_by_the_number_of_its_function(number: int) -> None:
    functions: list[Any] = [compiled(inner, inline="always") for inner in (added, doubled, squared)]

    def make_loop(function: Any) -> Any:
        def total(values: np.ndarray) -> float:
            result = 0.0
            for value in values:
                result += function(value)
            return result

        return total

    chosen = compiled_by_number(make_loop, functions)
    values = np.array([1.0, 2.0, 4.0])
    assert chosen(number, values) == sum(map((added, doubled, squared)[number], values))


def added(x: float) -> float:
    return x + 1.0


def doubled(x: float) -> float:
    return 2.0 * x


def squared(x: float) -> float:
    return x * x


@pytest.fixture
def half(tmp_path: Path) -> Callable[[], Any]:
    """Return what makes, from one file, a compiled function as another process would."""
    path = tmp_path / "made.py"
    path.write_text("def half(x):\n    return x / 2\n")

    def make() -> Any:
        made: dict[str, Any] = {}
        exec(compile(path.read_text(), path, "exec"), made)
        return compiled(made["half"])

    return make


def hits(function: Any) -> int:
    return sum(function.stats.cache_hits.values())


def test_other_processes_find_what_was_compiled_for_each_signature(half: Callable[[], Any]) -> None:
    first, second = half(), half()
    assert (first(3), first(3.0), first(3 + 2j)) == (1.5, 1.5, 1.5 + 1j)
    assert (second(3), second(3.0), second(3 + 2j)) == (1.5, 1.5, 1.5 + 1j)
    assert (hits(first), hits(second)) == (0, 3)


def test_two_processes_that_compile_other_signatures_at_one_time_do_not_mix_them(
    half: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = half(), half()
    replace, late, calls = os.replace, [], iter(range(100))

    def replacing(source: str, target: str) -> None:
        if next(calls) == 0:  # while the first writes, the second compiles; its last file comes after all others
            monkeypatch.setattr(os, "replace", lambda *paths: late.append(paths))
            second(3)
            for paths in late[:-1]:
                replace(*paths)
            monkeypatch.setattr(os, "replace", replace)
        replace(source, target)

    monkeypatch.setattr(os, "replace", replacing)
    assert first(3.5) == 1.75
    replace(*late[-1])
    third = half()
    assert (third(3.5), third(3)) == (1.75, 1.5)


def test_a_damaged_file_of_the_cache_is_compiled_anew(half: Callable[[], Any], tmp_path: Path) -> None:
    half()(3.0)
    (file,) = tmp_path.rglob("*.nbc")
    file.write_bytes(file.read_bytes()[:100])
    again = half()
    assert again(3.0) == 1.5
    assert hits(again) == 0
    assert hits_after(half) == 1


def hits_after(half: Callable[[], Any]) -> int:
    function = half()
    function(3.0)
    return hits(function)


def test_a_full_disk_costs_the_cache_only(half: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: str, target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert half()(3.0) == 1.5
    assert hits_after(half) == 0


def test_code_that_calls_a_changed_module_is_compiled_anew(tmp_path: Path) -> None:
    """Numba itself looks at the file of the outer function only."""
    header = "from neurosim_rl.compilation import compiled\n"
    (tmp_path / "compiled_outer.py").write_text(
        header
        + "from compiled_inner import inner\n\n@compiled\ndef outer(x):\n    return inner(x)\n\nprint(outer(1))\n"
    )
    found = []
    for added in (1, 1, 10):
        inner = f"@compiled\ndef inner(x):\n    return x + {added}\n"
        (tmp_path / "compiled_inner.py").write_text(header + inner)
        command = [sys.executable, "-B", "compiled_outer.py"]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        found.append(int(ended.stdout))
    assert found == [2, 2, 11]
