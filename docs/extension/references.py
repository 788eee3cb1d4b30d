"""References in docstrings: names in single backticks, mostly without their module.

A name that a page documents becomes a link; public names are unique in the package, so that they need no module. Any
other name of the code (a parameter, an attribute, a module of the inside) is shown as code. A name that the code does
not have stays unresolved, which ``make docs`` refuses.
"""

from __future__ import annotations

import ast
import importlib.util
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.nodes import make_refnode

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

ROOT = Path(__file__).parents[2]
FOLDERS = ("neurosim_rl", "models", "optimizees")


def resolve_name(app: Sphinx, env: BuildEnvironment, node: Any, content: nodes.TextElement) -> Any:
    """Return a link, or code without a link; None: there is no such name."""
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"].removeprefix("~").removeprefix("nrl.")
    objects = env.get_domain("py").objects  # type: ignore[attr-defined]
    found = [name for name in objects if name == target or name.endswith(f".{target}")]
    places = {objects[name][:2] for name in found}
    if len(places) == 1:
        docname, anchor = places.pop()
        return make_refnode(app.builder, node["refdoc"], docname, anchor, content, target)
    return content if places or is_known(target) else None


def is_known(target: str) -> bool:
    """Return whether a name is one of this package, or of a module of another one that is installed."""
    first, dot, _ = target.partition(".")
    if target.rpartition(".")[2] in names_of_the_code():
        return True
    return bool(dot) and first != "neurosim_rl" and importlib.util.find_spec(first) is not None


@cache
def names_of_the_code() -> frozenset[str]:
    """Return all names that the package defines: modules, classes, functions, parameters, attributes, constants."""
    found: set[str] = set()
    for folder in FOLDERS:
        for file in (ROOT / folder).rglob("*.py"):
            found.add(file.parent.name if file.stem == "__init__" else file.stem)
            found.update(names_of(ast.parse(file.read_text(encoding="utf-8"))))
    return frozenset(found)


def names_of(tree: ast.AST) -> set[str]:
    """Return the names that a module defines."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
    return found
