"""The walk over a picture and an object side by side, and how a rule for a tag is registered."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

#: A picture and an object still to be compared, after the path to them.
Parts = Iterator[tuple[str, Any, Any]]
Compare = Callable[[dict[str, Any], Any], "Parts | None"]

RULES: dict[str, Compare] = {}
SETS = {"SET": set, "FROZENSET": frozenset}


class Made(NamedTuple):
    """An object that was made for the comparison: nobody else can hold it, and its address says nothing."""

    value: Any


def agrees(*tags: str) -> Callable[[Compare], Compare]:
    """Registers what compares the nodes of these tags."""

    def register(compare: Compare) -> Compare:
        RULES.update(dict.fromkeys(tags, compare))
        return compare

    return register


def assert_agrees(picture: Any, value: Any, known: dict[int, Any] | None = None) -> None:
    """Fails with a path unless the picture is that of the value, sharing included.

    `known` are objects by their numbers that the picture may refer to without holding them.
    """
    stack = [iter([("value", picture, value)])]
    held: dict[int, Any] = dict(known or {})
    numbers: dict[int, int] = {}
    path = "value"
    while stack:
        try:
            part = next(stack[-1], None)
            if part is None:
                stack.pop()
            else:
                path, picture, value = part
                stack.append(below(path, step(picture, value, held, numbers)))
        except AssertionError as error:
            raise AssertionError(f"{path}: {error}") from None


def below(path: str, parts: Parts) -> Parts:
    """The parts with their paths from the top."""
    for after, picture, value in parts:
        yield path + after, picture, value


def step(picture: Any, value: Any, held: dict[int, Any], numbers: dict[int, int]) -> Parts:
    """Compares one node, and gives its parts."""
    if isinstance(value, Made):
        # As if nothing were numbered.
        return step(picture, value.value, {}, {})
    if not isinstance(picture, dict):
        scalar(picture, value)
        return iter(())
    if picture["tag"] == "SHARED":
        require("shared", held[picture["number"]] is value, True)
        return iter(())
    if "no." in picture:
        held[picture["no."]] = value
        # A column is made anew whenever pandas is asked for it, and its address used again.
        if not picture["tag"].startswith("COLUMN"):
            require("the number", numbers.setdefault(id(value), picture["no."]), picture["no."])
    if picture["tag"] in SETS:
        members(picture, value, held)
        return iter(())
    return RULES[picture["tag"]](picture, value) or iter(())


def members(node: dict[str, Any], value: Any, held: dict[int, Any]) -> None:
    """Compares a set, whose members come in any order: each with one that is left."""
    is_a(value, SETS[node["tag"]])
    require("count", len(value), node["count"])
    left = list(value)
    for member in node["children"]:
        twin = next((at for at, other in enumerate(left) if does_agree(member, other, held)), None)
        require("a member on one side alone", twin is None, False)
        del left[twin]


def does_agree(picture: Any, value: Any, held: dict[int, Any]) -> bool:
    """Whether `assert_agrees` passes."""
    try:
        assert_agrees(picture, value, held)
    except AssertionError:
        return False
    return True


def require(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise AssertionError(f"{what}: {found!r} is not {wanted!r}")


def is_a(value: Any, wanted: type) -> None:
    require("type", type(value), wanted)


def scalar(picture: Any, value: Any) -> None:
    is_a(value, type(picture))
    if isinstance(picture, float):
        require("bits", bits(value), bits(picture))
    else:
        require("value", value, picture)


def bits(number: float) -> bytes:
    return struct.pack(">d", number)


def children(node: dict[str, Any], *values: Any) -> Parts:
    """The children beside what they should be, one by one."""
    require("count", len(values), len(node["children"]))
    for at, (child, value) in enumerate(zip(node["children"], values, strict=True)):
        yield f"[{at}]", child, value
