"""What looking after a store answers: typed, read-only, and readable in a notebook.

As in `_records.py`, each class is made from the extension's plain dict in one
place, `from_dict`, and asks the store nothing. Stored text only reaches HTML
through `_html`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

from . import _html
from ._records import Record


class Damage(NamedTuple):
    """A version that is not whole.

    ``whole`` is the newest version of the same result that is, or None.
    """

    page: str
    key: str
    version: int
    what: str
    whole: int | None


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Verified:
    """What `Store.verify` read, and what is wrong with it.

    True in an ``if`` when everything is whole.

    Attributes
    ----------
    versions, blobs, bytes : int
        How much was read: versions, blobs (each once) and the bytes of those.
    problems : tuple of Damage
        The versions that are not whole.
    discarded : int
        With ``repair=True``, how many damaged blobs were forgotten. Saving the same
        content again makes every version whole that needs them.
    """

    versions: int
    blobs: int
    bytes: int
    problems: tuple[Damage, ...]
    discarded: int

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Self:
        """Makes one from what the extension returns."""
        return cls(**(facts | {"problems": tuple(Damage(*one) for one in facts["problems"])}))

    @property
    def ok(self) -> bool:
        """Whether everything is whole."""
        return not self.problems

    def __bool__(self) -> bool:
        # Without this every answer would be true, damage or not.
        return self.ok

    def __repr__(self) -> str:
        read = f"{_html.count(self.versions, 'version')}, {_html.size(self.bytes)}"
        if self.ok:
            return f"<Verified: all whole, {read}>"
        lines = "".join(
            f"\n  {one.page} / {one.key}, version {one.version}: {one.what}"
            for one in self.problems
        )
        return f"<Verified: {_html.count(len(self.problems), 'problem')} in {read}{lines}>"

    def _repr_html_(self) -> str:
        rows = [(one.page, one.key, one.version, one.what, one.whole) for one in self.problems]
        caption = "All whole" if self.ok else "Not whole"
        headings = ("page", "key", "version", "what is wrong", "newest whole version")
        return _html.table(caption, headings, rows)


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Swept:
    """What `Store.gc` erased, or would.

    Attributes
    ----------
    versions : int
        Versions that were deleted or had expired.
    blobs, blob_bytes : int
        Blobs that no version needs any more, and the bytes they took.
    freed_bytes : int
        Bytes that went back to the disk; less than `blob_bytes` while other results
        share a file with them.
    saved_bytes : int
        Bytes that old versions take less than before, where compacting was asked for.
    """

    versions: int
    blobs: int
    blob_bytes: int
    freed_bytes: int
    saved_bytes: int = 0

    def __repr__(self) -> str:
        return (
            f"<Swept: {_html.count(self.versions, 'version')}, {_html.size(self.blob_bytes)} "
            f"of blobs, {_html.size(self.freed_bytes)} freed>"
        )

    def _repr_html_(self) -> str:
        pairs = [
            ("versions", f"{self.versions:,}"),
            ("blobs", f"{self.blobs:,}"),
            ("their size", _html.size(self.blob_bytes)),
            ("freed", _html.size(self.freed_bytes)),
        ]
        if self.saved_bytes:
            pairs.append(("saved by compacting", _html.size(self.saved_bytes)))
        return _html.facts("Swept", pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What `Store.export_to` wrote: how many results and versions, and the file's length."""

    results: int
    versions: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What `Store.import_from` brought.

    Attributes
    ----------
    results, versions : int
        Results that have new versions, and those.
    present : int
        Versions left out because their result has the same value among its own.
    expired : int
        Versions left out because their time was over meanwhile.
    locked : tuple of (str, str)
        Page and key of results whose Python objects can't be opened here: no key in
        hand vouches for them.
    new_bytes : int
        How many bytes the store had to take.
    """

    results: int
    versions: int
    present: int
    expired: int
    locked: tuple[tuple[str, str], ...]
    new_bytes: int

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Self:
        """Makes one from what the extension returns."""
        return cls(**(facts | {"locked": tuple(facts["locked"])}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied(Imported):
    """What `Store.copy_to` brought to the other store: the facts of `Imported`, there."""


class Change(NamedTuple):
    """A part of a value that changed: where, what happened, and what it was and is in a few words."""

    path: str
    what: Literal["added", "removed", "changed"]
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Diff:
    """What changed from one version to another.

    Attributes
    ----------
    old, new : Record
        The versions.
    is_same : bool
        Whether both hold the same value, bit for bit.
    changes : tuple of Change
        The changes, by path.
    more : int
        How many changes there are besides these.
    """

    old: Record
    new: Record
    is_same: bool
    changes: tuple[Change, ...]
    more: int

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Self:
        """Makes one from what the extension returns."""
        return cls(
            old=Record.from_dict(facts["old"]),
            new=Record.from_dict(facts["new"]),
            is_same=facts["is_same"],
            changes=tuple(Change(*one) for one in facts["changes"]),
            more=facts["more"],
        )

    @property
    def _title(self) -> str:
        return f"Version {self.old.version} to {self.new.version}"

    def __repr__(self) -> str:
        if self.is_same:
            return f"<Diff of versions {self.old.version} and {self.new.version}: the same>"
        lines = [f"{one.path or 'value'}: {_said(one)}" for one in self.changes]
        if self.more:
            lines.append(f"and {self.more:,} more")
        return f"<{self._title}:" + "".join(f"\n  {line}" for line in lines) + ">"

    def _repr_html_(self) -> str:
        rows = [(one.path or "value", one.what, one.old, one.new) for one in self.changes]
        return _html.table(self._title, ("where", "what", "old", "new"), rows)


def _said(change: Change) -> str:
    if change.what == "changed":
        return f"{change.old} → {change.new}"
    return f"{change.what} {change.new if change.what == 'added' else change.old}"


class Column(NamedTuple):
    """The beginning of a column, as text: its name, its dtype, and its cells."""

    name: str
    dtype: str
    is_numeric: bool
    is_index: bool
    cells: tuple[str, ...]

    @property
    def numbers(self) -> tuple[float | None, ...]:
        """The cells as numbers for a chart, None for NaN and where one is missing.

        All None in a column that isn't of real numbers.
        """
        return tuple(_number(cell) if self.is_numeric else None for cell in self.cells)


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        # A complex number, or the word for a missing one.
        return None
    return None if math.isnan(number) else number


class Scalar(NamedTuple):
    """A single value: the keys that lead to it, its text, and its number if it is one.

    ``path`` is empty for a value that is a single one itself; ``number`` is None for
    NaN and for what is no real number.
    """

    path: tuple[str, ...]
    text: str
    number: float | None


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Preview:
    """The head of a stored value, made without loading it: no Python object is opened for it.

    Attributes
    ----------
    record : Record
        The version's facts; ``record.summary`` pictures a value that has no rows.
    columns : tuple of Column
        The first rows of a frame, series or array, column by column, an index first;
        empty for any other value.
    scalars : tuple of Scalar
        The first single values of one without rows: its own, those of a dict or record,
        and of those right within it; at most 24.
    """

    record: Record
    columns: tuple[Column, ...]
    scalars: tuple[Scalar, ...]

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Self:
        """Makes one from what the extension returns."""
        columns = (
            Column(name, dtype, is_numeric, is_index, tuple(text for text, _ in cells))
            for name, dtype, is_numeric, is_index, cells in facts["columns"] or ()
        )
        return cls(
            record=Record.from_dict(facts["record"]),
            columns=tuple(columns),
            scalars=tuple(Scalar(*one) for one in facts["scalars"]),
        )

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The cells row by row."""
        return list(zip(*(column.cells for column in self.columns), strict=True))

    def __repr__(self) -> str:
        return f"<Preview of {self.record!r}>"

    def _repr_html_(self) -> str:
        if not self.columns:
            return self.record._repr_html_()
        headings = (column.name for column in self.columns)
        return _html.table(self.record._form, headings, self.rows)
