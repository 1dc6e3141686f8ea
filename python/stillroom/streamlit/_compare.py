"""Two versions side by side: their single values, rows and columns.

The value in the tab may be one of the two. Where it isn't a stored version it has no
record, so both are put into a store in memory for as long as it takes to compare them;
that is bounded by what a page loads by itself, and done once for each pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from .. import _html
from .._errors import InvalidError, StillroomError, TooLargeError, UnsupportedError
from .._records import Record
from .._reports import Preview
from .._store import Store
from . import _care, _dialog_words, _versions, _words
from ._changes import Changes, Path, Scalar, has_rows
from ._session import Compared, Dialog, Facts, Seen
from ._tab import MEBIBYTE, Tab

_TAB = 0
"""Stands among the versions for the value in the tab."""

_MOST = 20
"""How many single values are shown side by side."""

_LONGEST = 260
"""Characters of one of them: those that a diff shows of a text, and what it says after it."""

Row = tuple[str, str, str]
"""A name, and what stands beside it for each of the two."""

Found = TypeVar("Found")


class _Unread(Exception):
    """One of the two can't be read; the store's error is its cause."""

    def __init__(self, error: StillroomError, version: int) -> None:
        super().__init__(version)
        self.error = error
        self.version = version


class _Unkept(Exception):
    """One of the two can't be put into a store in memory."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """What differs, and the single values of both."""

    changes: Changes
    old: Mapping[Path, str]
    new: Mapping[Path, str]


def draw(tab: Tab, dialog: Dialog, history: Sequence[Record], key: str) -> None:
    """Choose two and see what differs."""
    records = {record.version: record for record in history if not record.is_damaged}
    choices = ([_TAB] if tab.has(dialog.key) else []) + sorted(records, reverse=True)
    if not choices:
        st.caption(_dialog_words.NO_VERSIONS)
        return
    first, second = st.columns(2)
    names = {number: _name(number, records) for number in choices}
    with first:
        old = _choose("Version", choices, dialog.version, names, f"{key}-old")
    with second:
        new = _choose("Compared with", choices, dialog.other or _TAB, names, f"{key}-new")
    try:
        pair = _compared(tab, dialog, old, new, records)
    except TooLargeError:
        st.caption(_dialog_words.TOO_LARGE_TO_COMPARE)
    except _Unkept:
        st.caption(_dialog_words.CANT_COMPARE)
    except _Unread as unread:
        st.caption(_care.said(tab, unread.error, unread.version, is_reading=True))
    else:
        _draw_pair(pair, (_heading(old), _heading(new)))


def _choose(
    label: str, choices: Sequence[int], wanted: int | None, names: Mapping[int, str], key: str
) -> int:
    at = choices.index(wanted) if wanted in choices else 0
    # Of another name for each wish, so that what was chosen for one pair isn't for the next.
    name = f"{key}-{wanted}"
    return st.selectbox(label, choices, index=at, format_func=names.__getitem__, key=name)


def _name(number: int, records: Mapping[int, Record]) -> str:
    """As in the list; a choice shows its text as it is, so nothing is marked in it."""
    label = records[number].label if number else None
    return f"{_heading(number)} · {_dialog_words.clipped(label, 40)}" if label else _heading(number)


def _heading(number: int) -> str:
    return f"Version {number}" if number else _dialog_words.IN_TAB


def _compared(tab: Tab, dialog: Dialog, old: int, new: int, records: Mapping[int, Record]) -> _Pair:
    key, store = dialog.key, tab.store
    if store is None:
        raise _Unkept
    in_tab = _versions.version_in_tab(tab, key) or _TAB
    stored = (old or in_tab, new or in_tab)
    if all(number in records for number in stored):
        return _pair(store, tab.name, key, stored)
    known = dialog.compared
    if known is None or known.versions != stored or not known.seen.is_still(tab.get(key)):
        pair = _beside(tab, store, key, stored, records)
        dialog.compared = known = Compared(stored, Seen(tab.get(key)), pair)
    found: _Pair = known.pair
    return found


def _pair(store: Store, page: str, key: str, versions: tuple[int, int]) -> _Pair:
    old, new = (_scalars(store, page, key, number) for number in versions)
    diff = _read(versions[0], lambda: store.diff(page, key, *versions))
    return _Pair(Changes.of(diff), old, new)


def _scalars(store: Store, page: str, key: str, number: int) -> dict[Path, str]:
    seen: Preview = _read(number, lambda: store.preview(page, key, version=number, rows=0))
    return {one.path: one.text for one in seen.scalars}


def _beside(
    tab: Tab, store: Store, key: str, versions: tuple[int, int], records: Mapping[int, Record]
) -> _Pair:
    """The value in the tab and a version, as two versions of a store in memory."""
    limit = tab.max_auto_mb * MEBIBYTE
    if any(number and records[number].bytes > limit for number in versions):
        raise TooLargeError(f"a version is above {tab.max_auto_mb} MB")
    with tab.scratch() as scratch:
        if scratch.check(tab.get(key)).bytes > limit:
            raise TooLargeError(f"the value in the tab is above {tab.max_auto_mb} MB")
        try:
            old, new = (
                scratch.save(tab.name, key, _value(tab, store, key, number)).version
                for number in versions
            )
        except (UnsupportedError, InvalidError) as error:
            raise _Unkept from error
        return _pair(scratch, tab.name, key, (old, new))


def _value(tab: Tab, store: Store, key: str, number: int) -> Any:
    if number == _TAB:
        return tab.get(key)
    return _read(number, lambda: store.load(tab.name, key, version=number, types=tab.types))


def _read(version: int, read: Callable[[], Found]) -> Found:
    try:
        return read()
    except StillroomError as error:
        raise _Unread(error, version) from error


def _draw_pair(pair: _Pair, headings: tuple[str, str]) -> None:
    if pair.changes.is_same:
        st.caption(_dialog_words.SAME)
        return
    scalars = _side_by_side(pair)
    sentences = _dialog_words.besides(pair.changes, {one.path for one in scalars})
    rows = [*_extents(pair.changes, is_all=not scalars), *map(_row, scalars)]
    table = {
        " ": [name for name, _, _ in rows],
        headings[0]: [old for _, old, _ in rows],
        headings[1]: [new if new == old else f"**{new}**" for _, old, new in rows],
    }
    st.table(table, border="horizontal", hide_index=True)
    for sentence in sentences or ([] if scalars else [_dialog_words.OTHER_VALUES]):
        st.caption(sentence)


def _row(one: Scalar) -> Row:
    old, new = (_words.plain(_dialog_words.clipped(text, _LONGEST)) for text in (one.old, one.new))
    return (_dialog_words.named(one.name) or "Value", old, new)


def _extents(changes: Changes, *, is_all: bool) -> list[Row]:
    """Rows and columns of two tables, of anything else what it is; and how large both are."""
    old, new = changes.old, changes.new
    rows: list[Row] = [("Size", _html.size(old.bytes), _html.size(new.bytes))]
    if has_rows(old) and has_rows(new):
        extents = zip(("Rows", "Columns"), old.shape, new.shape, strict=False)
        return [*((name, f"{before:,}", f"{after:,}") for name, before, after in extents), *rows]
    forms = _words.form(Facts.of(old)), _words.form(Facts.of(new))
    return [("Value", *forms), *rows] if is_all or forms[0] != forms[1] else rows


def _side_by_side(pair: _Pair) -> list[Scalar]:
    """The single values: first those that differ, then those that one has, then the others."""
    differ = {one.path: one for one in pair.changes.scalars}
    rest = [path for path in {**pair.old, **pair.new} if path not in differ]
    # Stable, so that each kind keeps the order of the value.
    rest.sort(key=lambda path: path in pair.old and path in pair.new)
    absent = _dialog_words.ABSENT
    found = [
        Scalar(path, ".".join(path), pair.old.get(path, absent), pair.new.get(path, absent))
        for path in rest
    ]
    return [*differ.values(), *found][:_MOST]
