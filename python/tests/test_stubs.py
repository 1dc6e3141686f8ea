"""Holds `_core.pyi` to the compiled module: the same names, with the same parameters.

`mypy.stubtest` does this too and more, in `make lint`; this is the part that
needs nothing but the package, and runs wherever the tests run.
"""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import stillroom
from stillroom import _core

STUB = Path(stillroom.__file__).with_name("_core.pyi")
TREE = ast.parse(STUB.read_text(encoding="utf-8"))
CLASSES = [node for node in TREE.body if isinstance(node, ast.ClassDef)]
FUNCTIONS = [node for node in TREE.body if isinstance(node, ast.FunctionDef)]
METHODS = [
    (owner.name, method)
    for owner in CLASSES
    for method in owner.body
    if isinstance(method, ast.FunctionDef)
]


def public(names) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def declared(body: list[ast.stmt]) -> set[str]:
    names = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return names | {node.target.id for node in body if isinstance(node, ast.AnnAssign)}


def is_property(method: ast.FunctionDef) -> bool:
    return any(getattr(mark, "id", None) == "property" for mark in method.decorator_list)


def parameters(function: ast.FunctionDef) -> list[tuple[str, bool]]:
    """Name, and whether it is keyword-only, of each parameter; `self` left out."""
    arguments = function.args
    positional = [(one.arg, False) for one in arguments.posonlyargs + arguments.args]
    named = [(one.arg, True) for one in arguments.kwonlyargs]
    return [one for one in positional + named if one[0] != "self"]


def compiled_parameters(function) -> list[tuple[str, bool]]:
    found = inspect.signature(function).parameters.values()
    return [(one.name, one.kind is one.KEYWORD_ONLY) for one in found if one.name != "self"]


def test_the_stub_names_what_the_module_has():
    assert declared(TREE.body) == set(_core.__all__)


@pytest.mark.parametrize("owner", CLASSES, ids=lambda node: node.name)
def test_the_stub_names_what_each_class_has(owner: ast.ClassDef):
    assert declared(owner.body) == public(vars(getattr(_core, owner.name)))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda node: node.name)
def test_functions_take_what_the_stub_says(function: ast.FunctionDef):
    assert compiled_parameters(getattr(_core, function.name)) == parameters(function)


@pytest.mark.parametrize(("owner", "method"), METHODS, ids=lambda part: getattr(part, "name", part))
def test_methods_take_what_the_stub_says(owner: str, method: ast.FunctionDef):
    compiled = inspect.getattr_static(getattr(_core, owner), method.name)

    if is_property(method):
        assert inspect.isgetsetdescriptor(compiled)
    else:
        assert compiled_parameters(getattr(getattr(_core, owner), method.name)) == parameters(
            method
        )
