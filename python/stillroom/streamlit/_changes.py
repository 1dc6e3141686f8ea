"""What is new in a version, sorted by what people ask about: numbers, rows, columns, the rest.

Pure: made from a `Diff` and the pictures in its two records. A diff names parts by
their paths; what stands at a path is looked up in the pictures, because the words of
a diff alone don't tell a text from the dtype of a column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .._records import Record
from .._reports import Change, Diff

_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]|\.([^.\[]+)')
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
_MEANT = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
"""What a letter after a backslash means in a path; any other means itself."""

_ABSENT = object()
_NUMBERS = ("int", "complex")
"""Scalars whose picture isn't the number itself."""

_UNCOUNTED = ("dict", "OrderedDict", "defaultdict", "str", "bytes", "bytearray")
"""What has parts with names, which are told instead of counted; and what has none."""


Path = tuple[str, ...]
"""The keys that lead to a part, as in `Preview.scalars`."""


class Scalar(NamedTuple):
    """A single value that was one thing and is another."""

    path: Path
    name: str
    old: str
    new: str


class Part(NamedTuple):
    """Whatever else is new, gone or different."""

    path: Path
    name: str
    what: str
    """`added`, `removed` or `changed`."""


@dataclass(slots=True)
class Changes:
    """What makes one version another value than an older one."""

    is_same: bool
    old: Record
    new: Record
    scalars: list[Scalar] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    """Names of columns that are new."""
    removed: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Names of columns with other cells or of another dtype."""
    parts: list[Part] = field(default_factory=list)
    more: int = 0
    """How many changes there are besides."""

    @classmethod
    def of(cls, diff: Diff) -> Changes:
        """Sorts the changes of a diff."""
        found = cls(diff.is_same, diff.old, diff.new, more=diff.more)
        for place, change in enumerate(diff.changes):
            if not _is_told_by_its_parts(change, diff.changes[place + 1 :]):
                found._sort(change)
        if not (found.added or found.removed or found.changed):
            found._compare_columns()
        return found

    @property
    def rows(self) -> int:
        """How many rows or items there are more; negative for fewer."""
        old, new = self.old.shape, self.new.shape
        if self.old.kind in _UNCOUNTED or not old or len(old) != len(new):
            return 0
        return new[0] - old[0]

    @property
    def is_of_rows(self) -> bool:
        """Whether its first extent counts rows, and not items."""
        return has_rows(self.old) and has_rows(self.new)

    def _sort(self, change: Change) -> None:
        steps = _steps(change.path)
        old, new = (_at(record.summary, steps) for record in (self.old, self.new))
        path, name = _path(steps), _name(steps)
        if change.old is not None and change.new is not None and _is_scalar(old, new):
            self.scalars.append(Scalar(path, name, change.old, change.new))
        elif not steps:
            # The value as a whole: its rows and columns tell, or nothing does.
            return
        elif _is_column(self, steps):
            columns = {"added": self.added, "removed": self.removed}
            columns.get(change.what, self.changed).append(name)
        elif not _is_index(self, steps):
            self.parts.append(Part(path, name, change.what))
        elif steps[:-1]:
            self.parts.append(Part(path[:-1], _name(steps[:-1]), "changed"))

    def _compare_columns(self) -> None:
        """By their names alone, for tables whose columns a diff doesn't compare."""
        names = [_columns(record) for record in (self.old, self.new)]
        if None not in names:
            old, new = (dict.fromkeys(found or ()) for found in names)
            self.added = [name for name in new if name not in old]
            self.removed = [name for name in old if name not in new]


def has_rows(record: Record) -> bool:
    """Whether a value is a table or a series."""
    return record.kind.rpartition(".")[2] == "Series" or _is_table(record.summary)


class Step(NamedTuple):
    """A step of a path: a label like `["index"]`, an item like `[3]`, or a field like `.index`."""

    name: str
    kind: Literal["label", "item", "field"]


def _is_told_by_its_parts(change: Change, later: Sequence[Change]) -> bool:
    """Whether what changed within it comes right after, and says more than its own words."""
    inside = tuple(f"{change.path}{mark}" for mark in "[.")
    return bool(change.path) and bool(later) and later[0].path.startswith(inside)


def _steps(path: str) -> list[Step]:
    return [_step(found) for found in _STEP.finditer(path)]


def _step(found: re.Match[str]) -> Step:
    label, item, part = found.groups()
    if label is not None:
        return Step(_meant(label), "label")
    return Step(part, "field") if item is None else Step(item, "item")


def _meant(label: str) -> str:
    """A label as it is, from the way it is written in a path."""
    return _ESCAPE.sub(lambda one: _character(one[1], one[2]), label)


def _character(code: str | None, letter: str) -> str:
    return chr(int(code, 16)) if code else _MEANT.get(letter, letter)


def _path(steps: list[Step]) -> Path:
    return tuple(step.name for step in steps)


def _name(steps: list[Step]) -> str:
    """``metrics.rmse``, ``folds[3].rmse``: short, and not for a computer."""
    marked = [f"[{one.name}]" if one.kind == "item" else f".{one.name}" for one in steps]
    return "".join(marked).removeprefix(".")


def _at(picture: Any, steps: list[Step]) -> Any:
    """What the picture holds at a path; `_ABSENT` where it holds nothing."""
    for name in _path(steps):
        if isinstance(picture, dict):
            picture = picture.get(name, _ABSENT)
        elif isinstance(picture, list) and name.isdecimal() and int(name) < len(picture):
            picture = picture[int(name)]
        else:
            return _ABSENT
    return picture


def _is_scalar(*pictures: Any) -> bool:
    return all(
        one.get("type") in _NUMBERS
        if isinstance(one, dict)
        else one is not _ABSENT and not isinstance(one, list)
        for one in pictures
    )


def _is_table(picture: Any) -> bool:
    return isinstance(picture, dict) and isinstance(picture.get("columns"), list)


def _columns(record: Record) -> list[str] | None:
    """The names of a table's columns; None where its picture doesn't have all of them."""
    names = record.summary["columns"] if _is_table(record.summary) else []
    is_whole = len(record.shape) == 2 and len(names) == record.shape[1]
    return [str(name) for name in names] if is_whole else None


def _is_column(changes: Changes, steps: list[Step]) -> bool:
    return steps[-1].kind == "label" and any(map(_is_table, _around(changes, steps)))


def _is_index(changes: Changes, steps: list[Step]) -> bool:
    """Whether it is the index of a part, or of a value whose rows are counted already."""
    if steps[-1] != Step("index", "field") or not any(map(_has_index, _around(changes, steps))):
        return False
    return len(steps) > 1 or changes.rows != 0


def _around(changes: Changes, steps: list[Step]) -> list[Any]:
    """What the last step of a path is a part of, in both pictures."""
    return [_at(record.summary, steps[:-1]) for record in (changes.old, changes.new)]


def _has_index(picture: Any) -> bool:
    return isinstance(picture, dict) and isinstance(picture.get("index"), dict)
