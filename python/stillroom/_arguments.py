"""Turns what callers pass into what the extension takes, once, at the door.

Only what the core can't judge is checked here: whether a thing is text, a whole
number or a class at all. Lengths, characters, UUIDs and keys are the core's.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Mapping, Set
from datetime import timedelta
from typing import Any, SupportsFloat, SupportsIndex

from ._errors import InvalidError


def text(name: str, value: object) -> str:
    """`value` as text that UTF-8 can hold."""
    if not isinstance(value, str):
        raise InvalidError(f"{name} is not text: `{type(value).__name__}`")
    try:
        value.encode()
    except UnicodeEncodeError:
        # The text itself is left out: it could not be printed either.
        raise InvalidError(f"{name} holds a lone surrogate, which no store can name") from None
    return value


def optional_text(name: str, value: object) -> str | None:
    """As `text`, or None."""
    return None if value is None else text(name, value)


def number(name: str, value: object, *, least: int) -> int:
    """`value` as a whole number of at least `least`; NumPy integers are fine, True is not."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise InvalidError(f"{name} is not a whole number: `{type(value).__name__}`")
    whole = operator.index(value)
    # The core counts in 64 bits; anything above would be an OverflowError there.
    if not least <= whole < 2**63:
        raise InvalidError(f"{name} is not {least} or more: `{whole}`")
    return whole


def optional_number(name: str, value: object, *, least: int) -> int | None:
    """As `number`, or None."""
    return None if value is None else number(name, value, least=least)


def numbers(name: str, value: Iterable[int], *, least: int) -> list[int]:
    """Several whole numbers, each as `number`."""
    if not isinstance(value, Iterable):
        raise InvalidError(f"{name} takes a list; write {name}=[{value!r}]")
    return [number(name, one, least=least) for one in value]


def cache(value: object) -> tuple[bool, str | None, int | None]:
    """Whether there is to be no cache, its folder, and how many bytes it may take."""
    if isinstance(value, bool):
        return not value, None, None
    if isinstance(value, str | os.PathLike):
        return False, text("cache", os.fspath(value)), None
    if isinstance(value, SupportsIndex):
        return False, None, number("cache", value, least=0)
    raise InvalidError(
        f"cache is a folder's path, a number of bytes, True or False: `{type(value).__name__}`"
    )


def columns(value: object) -> list[Any] | None:
    """Labels of columns, or None for all."""
    if value is None:
        return None
    # A tuple is one label of a frame with several levels of them, a set has no order.
    if isinstance(value, str | bytes | tuple | Set | Mapping) or not isinstance(value, Iterable):
        raise InvalidError(f"columns takes a list of labels; write columns=[{value!r}]")
    labels = list(value)
    if labels and all(map(_is_truth, labels)):
        raise InvalidError(
            "columns takes labels, not a mask; write columns=[...] with those wanted"
        )
    return labels


def _is_truth(label: object) -> bool:
    # NumPy's too, by name: it need not be there.
    kind = type(label)
    return kind is bool or (kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"))


def rows(value: object) -> slice | None:
    """A stretch of rows as a slice of whole numbers or None, or None for all."""
    if value is None:
        return None
    if not isinstance(value, slice | range):
        raise InvalidError(f"rows takes a slice; write rows=slice(start, stop): `{value!r}`")
    step = 1 if value.step is None else _index("rows", value.step)
    if step != 1:
        raise InvalidError(
            f"rows takes each row from a start to a stop; load it so, then [::{step}]: `{value!r}`"
        )
    if isinstance(value, range) and min(value.start, value.stop) < 0:
        raise InvalidError(
            f"rows as a range counts from the start; write rows=slice(start, stop): `{value!r}`"
        )
    start, stop = _end(value.start), _end(value.stop)
    return None if start is None and stop is None else slice(start, stop)


def _end(value: object) -> int | None:
    # Beyond 64 bits is beyond any row, either way.
    return None if value is None else max(-(2**63), min(_index("rows", value), 2**63 - 1))


def _index(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise InvalidError(f"{name} counts in whole numbers: `{type(value).__name__}`")
    return operator.index(value)


def amount(name: str, value: object) -> float:
    """`value` as a number that is not below nothing; it may have no end."""
    if isinstance(value, bool) or not isinstance(value, SupportsFloat):
        raise InvalidError(f"{name} is not a number: `{type(value).__name__}`")
    number = float(value)
    # Said this way round, since nothing is true of NaN.
    if not number >= 0:
        raise InvalidError(f"{name} is not 0 or more: `{number}`")
    return number


def optional_lifetime(name: str, value: object) -> timedelta | None:
    """A length of time from a timedelta or a number of seconds, or None."""
    if value is None or isinstance(value, timedelta):
        length = value
    elif isinstance(value, bool) or not isinstance(value, SupportsFloat):
        raise InvalidError(
            f"{name} is not a timedelta or a number of seconds: `{type(value).__name__}`"
        )
    else:
        try:
            length = timedelta(seconds=float(value))
        except (OverflowError, ValueError):
            raise InvalidError(f"{name} is no length of time: `{value}` seconds") from None
    if length is not None and length <= timedelta(0):
        raise InvalidError(f"{name} is longer than nothing: `{length}`")
    return length


def classes(value: Iterable[type]) -> tuple[type, ...]:
    """The classes that stored instances may come back as."""
    # An Enum class is iterable, so `types=Colour` would otherwise mean its members.
    if isinstance(value, type):
        raise InvalidError(f"types takes a list of classes; write types=[{value.__name__}]")
    if not isinstance(value, Iterable):
        raise InvalidError(f"types takes a list of classes: `{type(value).__name__}`")
    found = tuple(value)
    for one in found:
        if not isinstance(one, type):
            raise InvalidError(f"types takes classes, not instances: `{type(one).__name__}`")
    return found


def names(name: str, value: Iterable[str]) -> list[str]:
    """Several texts; a single one is refused, since it would be taken letter by letter."""
    if isinstance(value, str):
        raise InvalidError(f"{name} takes a list; write {name}=[{value!r}]")
    if not isinstance(value, Iterable):
        raise InvalidError(f"{name} takes a list: `{type(value).__name__}`")
    return [text(name, one) for one in value]


def signing_keys(value: object) -> list[str] | None:
    """The key lines, newest first; None for the store's own, an empty list for none at all."""
    if value is None:
        return None
    lines = [value] if isinstance(value, str) else value
    if not isinstance(lines, Iterable):
        raise InvalidError(f"signing_key is not text: `{type(value).__name__}`")
    return [text("signing_key", line) for line in lines]


def conditions(
    values: Mapping[str, Any], if_versions: Mapping[str, int] | None
) -> dict[str, int | None]:
    """The condition of each key of a set, None where there is none."""
    given = {} if if_versions is None else dict(if_versions)
    for key in given:
        if key not in values:
            raise InvalidError(f"if_versions names a key that is not being saved: `{key}`")
    return {key: optional_number("if_versions", given.get(key), least=0) for key in values}
