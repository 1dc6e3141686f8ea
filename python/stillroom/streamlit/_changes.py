"""What is new in a version, sorted by what people ask about: numbers, rows, columns, the rest.

Pure: made from a `Diff` and the pictures in its two records. A diff names parts by
their paths; what stands at a path is looked up in the pictures, because the words of
a diff alone don't tell a text from the dtype of a column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .._records import Record
from .._reports import Change, Diff

_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]|\.([^.\[]+)')
_ABSENT = object()
_NUMBERS = ("int", "complex")
"""Scalars whose picture isn't the number itself."""


@dataclass(slots=True)
class Scalar:
    """A single value that was one thing and is another."""

    name: str
    old: str
    new: str


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
    parts: list[str] = field(default_factory=list)
    """Names of whatever else is new, gone or different."""
    more: int = 0
    """How many changes there are besides."""

    @classmethod
    def of(cls, diff: Diff) -> Changes:
        """Sorts the changes of a diff."""
        found = cls(diff.is_same, diff.old, diff.new, more=diff.more)
        for change in diff.changes:
            found._sort(change)
        return found

    @property
    def rows(self) -> int:
        """How many rows or items there are more; negative for fewer."""
        old, new = self.old.shape, self.new.shape
        return new[0] - old[0] if old and new and len(old) == len(new) else 0

    @property
    def is_of_rows(self) -> bool:
        """Whether its first extent counts rows, and not items."""
        return has_rows(self.old) and has_rows(self.new)

    def _sort(self, change: Change) -> None:
        steps = _steps(change.path)
        old, new = (_at(record.summary, steps) for record in (self.old, self.new))
        name = _name(steps)
        if change.old is not None and change.new is not None and _is_scalar(old, new):
            self.scalars.append(Scalar(name, change.old, change.new))
        elif not steps:
            # The value as a whole: its rows and columns tell, or nothing does.
            return
        elif _is_column(self, steps):
            columns = {"added": self.added, "removed": self.removed}
            columns.get(change.what, self.changed).append(name)
        elif not _is_index(self, steps):
            self.parts.append(name)


def has_rows(record: Record) -> bool:
    """Whether a value is a table or a series."""
    picture = record.summary
    is_series = record.kind.rpartition(".")[2] == "Series"
    return is_series or (isinstance(picture, dict) and isinstance(picture.get("columns"), list))


Step = tuple[str, bool]
"""A step of a path, and whether it is a label: `["index"]` and not `.index`."""


def _steps(path: str) -> list[Step]:
    found = []
    for label, item, part in _STEP.findall(path):
        if part:
            found.append((part, False))
        else:
            plain = re.sub(r"\\(.)", r"\1", label)
            found.append((plain or item, True))
    return found


def _name(steps: list[Step]) -> str:
    return ".".join(name for name, _ in steps)


def _at(picture: Any, steps: list[Step]) -> Any:
    """What the picture holds at a path; `_ABSENT` where it holds nothing."""
    for name, _ in steps:
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


def _frames(changes: Changes, steps: list[Step]) -> bool:
    return any(_is_table(_at(one.summary, steps[:-1])) for one in (changes.old, changes.new))


def _is_column(changes: Changes, steps: list[Step]) -> bool:
    return steps[-1][1] and _frames(changes, steps)


def _is_index(changes: Changes, steps: list[Step]) -> bool:
    """Whether it is the index of a table that got other rows, which is told already."""
    return steps[-1] == ("index", False) and len(steps) == 1 and changes.rows != 0
