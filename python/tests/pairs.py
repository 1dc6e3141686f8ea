"""How the judge is judged: tables of pairs that differ in one respect alone.

Each line has two functions that make the two sides anew at every call, so that
nothing is equal by being one object. What the tables hold is in the modules
`test_strict*.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest
from strict import assert_same

Make = Callable[[], Any]
Pairs = Mapping[str, tuple[Make, Make]]


def each_pair(table: Pairs) -> pytest.MarkDecorator:
    """A test of each line, as `a` and `b`."""
    return pytest.mark.parametrize(("a", "b"), table.values(), ids=table)


def each_side(table: Pairs, *, but: Collection[str] = ()) -> pytest.MarkDecorator:
    """A test of each side of each line, as `make`; the sides in `but` are left out."""
    sides = {
        f"{name}, {side}": make
        for name, pair in table.items()
        for side, make in zip("ab", pair, strict=True)
    }
    for name in but:
        del sides[name]
    return pytest.mark.parametrize("make", sides.values(), ids=sides)


def assert_told_apart(a: Make, b: Make) -> None:
    """The judge takes neither side for the other."""
    for one, other in ((a, b), (b, a)):
        with pytest.raises(AssertionError):
            assert_same(one(), other())
