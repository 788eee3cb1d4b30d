"""Source text of functions, with everything of this package that they use.

A script that needs no part of this package holds copies of its functions. The modules stay the one source: they are
read as text, and never imported for it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "neurosim_rl"


@dataclass(frozen=True)
class _Module:
    """Top-level definitions of a module: their text, the names that they use, and where imported names come from."""

    texts: dict[str, str]
    uses: dict[str, set[str]]
    imported: dict[str, tuple[str, str]]


class SourceText:
    """Definitions of several modules, each once, behind all that it uses."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._module_of: dict[str, str] = {}
        self._begun: set[str] = set()
        self._n_taken = 0

    def add(self, module: str, name: str) -> None:
        """Add a function, class or constant of a module, and what it uses."""
        read = _read(module)
        if name in read.imported:
            self.add(*read.imported[name])
        if name not in read.texts:
            return  # of Python, NumPy or NEST, or local
        # Two modules may not share a name: the second copy would replace the first.
        assert self._module_of.setdefault(name, module) == module, f"{name} is defined in two modules"
        # Begun already: it is in the script, or it calls itself.
        if name in self._begun or read.texts[name] in self._texts:
            return
        self._begun.add(name)
        for used in sorted(read.uses[name]):
            self.add(module, used)
        self._texts.append(read.texts[name])

    def take(self) -> str:
        """Return the text of what was added since the last call: constants together, and space around functions."""
        taken = self._texts[self._n_taken :]
        self._n_taken = len(self._texts)
        parts: list[str] = []
        for text in taken:
            if parts:
                parts.append("\n" if _is_constant(text) and _is_constant(parts[-1]) else "\n\n\n")
            parts.append(text)
        return "".join(parts)


def _is_constant(text: str) -> bool:
    return not text.startswith(("def ", "class "))


@cache
def _read(module: str) -> _Module:
    spec = find_spec(module)
    assert spec is not None, module
    assert spec.origin is not None, module
    source = Path(spec.origin).read_text(encoding="utf-8")
    lines, body = source.splitlines(), ast.parse(source).body
    found = _Module({}, {}, {})
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            for alias in node.names:
                found.imported[alias.asname or alias.name] = str(node.module), alias.name
        for name in _defined(node):
            last = after if _is_text(after) and not isinstance(node, ast.FunctionDef | ast.ClassDef) else node
            assert last is not None
            # Decorators are lines of their own above: a compiled function works without its compiler.
            found.texts[name] = "\n".join(lines[node.lineno - 1 : last.end_lineno])
            found.uses[name] = _names_in(node)
    return found


def _defined(node: ast.stmt) -> list[str]:
    """Return the names that a top-level statement defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    names: list[str] = []
    for target in targets:
        # Each name of an assignment to several has the whole text, which is copied once.
        names += [name.id for name in ast.walk(target) if isinstance(name, ast.Name)]
    return names


def _names_in(node: ast.stmt) -> set[str]:
    """Return the names that a statement uses, without those of decorators."""
    decorators = getattr(node, "decorator_list", [])
    without = {id(inner) for decorator in decorators for inner in ast.walk(decorator)}
    used = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)]
    return {name.id for name in used if id(name) not in without}


def _is_text(node: ast.stmt | None) -> bool:
    """Return whether a statement is a text, such as the description below a constant."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
