"""What the store answers with: typed, read-only, and readable in a notebook.

Each class is made from the extension's plain dict in one place, `from_dict`.
Nothing here asks the store anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from . import _html

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Record:
    """One version's facts. The value itself is not in it; `Store.load` gets that.

    Two records are equal when they name the same version with the same label;
    metadata, summary and provenance are not compared.

    Attributes
    ----------
    page, key : str
        Where the result lives.
    version : int
        1, 2, 3… per result, counted by the store.
    digest : str
        The digest of the value, in hexadecimal: equal values have equal digests.
    kind : str
        The value's type, for people: ``"DataFrame"``, ``"dict"``…
    shape : tuple of int
        Rows and columns, the shape of an array, the length of a container.
    bytes : int
        The size of the value before anything is shared with other versions.
    label : str or None
        A word of the user's about this version.
    metadata : object or None
        What was given with the save, exactly.
    summary : object
        A JSON picture of the value for people; never the value.
    provenance : Mapping
        Versions of Python and of the libraries that were in use.
    created_at : datetime
        When it was saved, in UTC, by the store's clock.
    expires_at : datetime or None
        When it goes, in UTC; None for never.
    pinned : bool
        Whether it stays whatever its age and however many versions follow.
    is_signed : bool
        Whether it holds Python objects that were signed with the app's key.
    is_damaged : bool
        Whether the record itself is damaged: only page, key and version are known then.
    """

    page: str
    key: str
    version: int
    digest: str
    kind: str
    shape: tuple[int, ...]
    bytes: int
    label: str | None
    metadata: Any = field(compare=False)
    _summary: str = field(compare=False)
    """As JSON, like the next: few who list results look at either."""
    _provenance: str = field(compare=False)
    created_at: datetime
    expires_at: datetime | None
    pinned: bool
    is_signed: bool
    is_damaged: bool

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Self:
        """Makes one from what the extension returns, which is used up."""
        facts["created_at"] = _moment(facts["created_at"])
        if facts["expires_at"] is not None:
            facts["expires_at"] = _moment(facts["expires_at"])
        return cls(**facts)

    @property
    def summary(self) -> Any:
        """A JSON picture of the value for people; never the value."""
        return json.loads(self._summary)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Versions of Python and of the libraries that were in use."""
        found: Mapping[str, Any] = json.loads(self._provenance)
        return found

    @property
    def _form(self) -> str:
        """Type and shape, as in ``DataFrame 1,922 × 3``."""
        return f"{self.kind} {_html.extent(self.shape)}".strip()

    def __repr__(self) -> str:
        label = "" if self.label is None else f", {self.label!r}"
        place = f"<{type(self).__name__} {self.page!r} {self.key!r} version {self.version}{label}: "
        if self.is_damaged:
            return f"{place}damaged>"
        return (
            f"{place}{self._form}, {_html.size(self.bytes)}, saved {_html.moment(self.created_at)}>"
        )

    def _facts(self) -> list[tuple[str, object]]:
        if self.is_damaged:
            return [
                ("page", self.page),
                ("key", self.key),
                ("version", self.version),
                ("value", "damaged"),
            ]
        return [
            ("page", self.page),
            ("key", self.key),
            ("version", self.version),
            ("label", self.label),
            ("value", self._form),
            ("size", _html.size(self.bytes)),
            ("saved", _html.moment(self.created_at)),
            ("expires", None if self.expires_at is None else _html.moment(self.expires_at)),
            ("pinned", "yes" if self.pinned else None),
            ("metadata", self.metadata),
        ]

    def _repr_html_(self) -> str:
        return _html.facts(type(self).__name__, self._facts())


def _moment(microseconds: int) -> datetime:
    try:
        # Through a timedelta: a float of seconds would lose the last microsecond.
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        # Beyond the year 9999, which a datetime can't say.
        return datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Receipt(Record):
    """What a save returns: the record of the version that now holds the value.

    Attributes
    ----------
    unchanged : bool
        The bytes were already saved as this version, so no new one was made.
    new_bytes : int
        How many bytes the store had to take; the rest it already had.
    durability : str
        How long it lasts: ``durable``, ``until restart`` on a disk that goes with its
        container, ``until the process ends`` in memory.
    """

    unchanged: bool
    new_bytes: int
    durability: str

    def _facts(self) -> list[tuple[str, object]]:
        outcome = "unchanged" if self.unchanged else f"{_html.size(self.new_bytes)} written"
        # Named outright: a slotted dataclass is a copy of the class, which a
        # bare super() would miss before Python 3.14.
        return [*Record._facts(self), ("outcome", outcome), ("lasts", self.durability)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What a delete did, and how to take it back.

    Attributes
    ----------
    page, key : str
        Which result.
    versions : tuple of int
        The versions that went, newest first.
    """

    page: str
    key: str
    versions: tuple[int, ...]
    _undo: Callable[[], object] = field(repr=False, compare=False)

    def undo(self) -> None:
        """Bring back what was deleted. What was saved meanwhile stays the newest.

        Raises
        ------
        NotFoundError
            A `Store.gc` has erased some of it; then none comes back.
        """
        self._undo()

    def _repr_html_(self) -> str:
        versions = ", ".join(map(str, self.versions))
        pairs = [("page", self.page), ("key", self.key), ("versions", versions)]
        return _html.facts("Deleted", pairs)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a checked value: its path, its type and its size in bytes."""

    path: str
    kind: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A part that can't be kept: its path, and why with what to do instead."""

    path: str
    message: str


@dataclass(frozen=True, slots=True, repr=False)
class Check:
    """Whether a value can be kept exactly, and what it consists of.

    True in an ``if`` when there is no problem.

    Attributes
    ----------
    parts : tuple of Part
        What it holds by name, with sizes; the first 1,000.
    problems : tuple of Problem
        The parts that can't be kept, each with what to do. After the 1,000th nothing
        more is looked at.
    more : int
        How many parts there are besides.
    bytes : int
        The sizes of all parts together.
    """

    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]
    more: int
    bytes: int

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Self:
        """Makes one from what the extension returns."""
        return cls(
            tuple(Part(*part) for part in facts["parts"]),
            tuple(Problem(*problem) for problem in facts["problems"]),
            facts["more"],
            facts["bytes"],
        )

    @property
    def ok(self) -> bool:
        """Whether a save of this value would find nothing to refuse."""
        return not self.problems

    def __bool__(self) -> bool:
        # Without this every Check would be true, problems or not.
        return self.ok

    def __repr__(self) -> str:
        if self.ok:
            return f"<Check: ok, {_html.size(self.bytes)}>"
        lines = "".join(f"\n  {problem.path}: {problem.message}" for problem in self.problems)
        return f"<Check: can't be kept{lines}>"

    def _repr_html_(self) -> str:
        rows = [(problem.path, problem.message) for problem in self.problems]
        if rows:
            return _html.table("Can't be kept", ("where", "why"), rows)
        parts = [(part.path, part.kind, _html.size(part.bytes)) for part in self.parts]
        if self.more:
            parts.append((f"and {self.more:,} more", "", ""))
        return _html.table("Can be kept", ("where", "what", "size"), parts)


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Usage:
    """How much the owner keeps.

    Attributes
    ----------
    results, versions : int
        How many there are.
    value_bytes : int
        The sizes of all versions together, as if nothing were shared.
    stored_bytes : int
        What they take in the store.
    quota : int or None
        How much they may take; None for any amount.
    """

    results: int
    versions: int
    value_bytes: int
    stored_bytes: int
    quota: int | None

    def __repr__(self) -> str:
        return (
            f"<Usage: {_html.count(self.results, 'result')}, "
            f"{_html.count(self.versions, 'version')}, "
            f"{_html.size(self.value_bytes)} of values in {_html.size(self.stored_bytes)}>"
        )

    def _repr_html_(self) -> str:
        pairs = [
            ("results", f"{self.results:,}"),
            ("versions", f"{self.versions:,}"),
            ("values", _html.size(self.value_bytes)),
            ("stored", _html.size(self.stored_bytes)),
            ("quota", None if self.quota is None else _html.size(self.quota)),
        ]
        return _html.facts("Usage", pairs)


def records_table(caption: str, records: list[Record]) -> str:
    """The HTML table of a list of records, one row each."""
    rows = [
        (
            record.key,
            record.version,
            record.label,
            record._form,
            _html.size(record.bytes),
            _html.moment(record.created_at),
        )
        for record in records
    ]
    return _html.table(caption, ("key", "version", "label", "value", "size", "saved"), rows)
