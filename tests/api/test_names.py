"""The public names, and the cost of importing them."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import neurosim_rl as nrl

UNWANTED = ("nest", "l2l", "deap", "matplotlib", "pandas", "torch", "h5py", "numba", "gymnasium", "neo", "IPython")


def loaded_after(code: str) -> set[str]:
    command = f"{code}; import sys; print(*sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", command], cwd=root, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_import_alone_loads_no_library() -> None:
    loaded = loaded_after("import neurosim_rl as nrl; dir(nrl); nrl.__version__")
    assert not loaded & set(UNWANTED)
    assert {name for name in loaded if name.startswith("neurosim_rl")} == {"neurosim_rl"}


def test_functions_that_make_and_load_runs_wait_with_plotting_tables_and_networks() -> None:
    loaded = loaded_after("import neurosim_rl as nrl; nrl.evolve; nrl.compare; nrl.submit; nrl.configure")
    assert not loaded & {"nest", "pandas", "torch", "neo", "IPython"}


@pytest.mark.parametrize("name", nrl.__all__)
def test_a_public_name_loads_and_is_listed(name: str) -> None:
    assert name in dir(nrl)
    value = getattr(nrl, name)
    assert value.__doc__
    assert value.__name__ == name


def test_the_lists_of_public_names_agree() -> None:
    assert list(nrl.__all__) == sorted(nrl.__all__)
    assert set(nrl.__all__) == set(nrl._HOMES)


def test_an_unknown_name_is_an_attribute_error_that_lists_the_names() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'evolv'. Public names: Champion, .*evolve"):
        nrl.evolv  # noqa: B018


def test_no_function_has_the_name_of_a_room() -> None:
    """Importing a module sets an attribute of its package, which would replace the function."""
    package = Path(nrl.__file__).parent
    rooms = {path.stem for path in package.glob("*.py")} | {path.parent.name for path in package.glob("*/__init__.py")}
    assert {"studies", "training", "errors"} <= rooms
    assert not rooms & set(nrl.__all__)


def public_functions() -> dict[str, Callable[..., Any]]:
    """Return the functions of the front door, and the methods of its classes."""
    found = {}
    for name in nrl.__all__:
        value = getattr(nrl, name)
        if not inspect.isclass(value):
            found[name] = value
            continue
        for key, member in vars(value).items():
            function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
            if inspect.isfunction(function) and not key.startswith("_"):
                found[f"{name}.{key}"] = function
    return found


@pytest.mark.parametrize("name", public_functions())
def test_each_public_function_tells_all_its_parameters(name: str) -> None:
    function = public_functions()[name]
    text = inspect.getdoc(function) or ""
    parameters = [key for key in inspect.signature(function).parameters if key not in ("self", "cls")]
    assert text
    assert [key for key in parameters if not re.search(rf"(^|\W){key}\b", text)] == []
