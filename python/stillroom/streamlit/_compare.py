"""Two versions side by side: their single values, rows and columns.

The value in the tab may be one of the two. It has no record, so both are put into a
store in memory for as long as it takes to compare them; that is bounded by what a
page loads by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from .. import _html
from .._errors import StillroomError, TooLargeError
from .._open import open as open_store
from .._records import Record
from .._store import Store
from . import _care, _dialog_words, _words
from ._changes import Changes, has_rows
from ._session import Dialog, Facts
from ._tab import MEBIBYTE, Tab

_TAB = 0
"""Stands among the versions for the value in the tab."""

_MOST = 20
"""How many single values are shown side by side."""

_LONGEST = 200


def draw(tab: Tab, dialog: Dialog, history: Sequence[Record], key: str) -> None:
    """Choose two and see what differs."""
    records = {record.version: record for record in history if not record.is_damaged}
    choices = ([_TAB] if tab.has(dialog.key) else []) + sorted(records, reverse=True)
    first, second = st.columns(2)
    names = {number: _name(number, records) for number in choices}
    with first:
        old = _choose("Version", choices, dialog.version, names, f"{key}-old")
    with second:
        new = _choose("Compared with", choices, dialog.other or _TAB, names, f"{key}-new")
    if old is None or new is None:
        return
    try:
        pair = _compared(tab, dialog.key, old, new, records)
    except TooLargeError:
        st.caption(_dialog_words.TOO_LARGE_TO_COMPARE)
    except StillroomError as error:
        st.caption(_care.said(tab, error, old or new, is_reading=True))
    else:
        _draw_pair(pair, (_heading(old), _heading(new)))


def _choose(
    label: str, choices: Sequence[int], wanted: int | None, names: Mapping[int, str], key: str
) -> int | None:
    at = choices.index(wanted) if wanted in choices else 0
    return st.selectbox(label, choices, index=at, format_func=names.__getitem__, key=key)


def _name(number: int, records: Mapping[int, Record]) -> str:
    """As in the list; a choice shows its text as it is, so nothing is marked in it."""
    label = records[number].label if number else None
    return f"{_heading(number)} · {_dialog_words.clipped(label, 40)}" if label else _heading(number)


def _heading(number: int) -> str:
    return f"Version {number}" if number else _dialog_words.IN_TAB


@dataclass(frozen=True, slots=True)
class _Pair:
    """What differs, and the single values of both by name."""

    changes: Changes
    old: Mapping[str, str]
    new: Mapping[str, str]


def _compared(tab: Tab, key: str, old: int, new: int, records: Mapping[int, Record]) -> _Pair:
    store = tab.store
    if store is None:
        raise StillroomError("nobody may keep results here")
    if old and new:
        return _pair(store, tab.name, key, old, new)
    limit = tab.max_auto_mb * MEBIBYTE
    if any(number and records[number].bytes > limit for number in (old, new)):
        raise TooLargeError(f"a version is above {tab.max_auto_mb} MB")
    with open_store("memory:", types=tab.types, keep_versions=None) as scratch:
        versions = [_put(scratch, store, tab, key, number) for number in (old, new)]
        return _pair(scratch, tab.name, key, versions[0], versions[1])


def _pair(store: Store, page: str, key: str, old: int, new: int) -> _Pair:
    changes = Changes.of(store.diff(page, key, old, new))
    values = [
        {".".join(one.path): one.text for one in seen.scalars}
        for seen in (store.preview(page, key, version=one, rows=0) for one in (old, new))
    ]
    return _Pair(changes, values[0], values[1])


def _put(scratch: Store, store: Store, tab: Tab, key: str, number: int) -> int:
    """A version, or the value in the tab, as a version of the scratch."""
    if number:
        value = store.load(tab.name, key, version=number, types=tab.types)
    else:
        value = tab.get(key)
        if store.check(value).bytes > tab.max_auto_mb * MEBIBYTE:
            raise TooLargeError(f"the value in the tab is above {tab.max_auto_mb} MB")
    return scratch.save(tab.name, key, value).version


def _draw_pair(pair: _Pair, headings: tuple[str, str]) -> None:
    if pair.changes.is_same:
        st.caption(_dialog_words.SAME)
        return
    rows = _rows(pair)
    # A column needs a heading of its own, and two of one name would be one.
    left, right = headings if headings[0] != headings[1] else (headings[0], f"{headings[1]} ")
    table = {
        " ": [name for name, _, _ in rows],
        left: [old for _, old, _ in rows],
        right: [new for _, _, new in rows],
    }
    st.table(table, border="horizontal", hide_index=True)
    for sentence in _dialog_words.columns(pair.changes):
        st.caption(sentence)


def _rows(pair: _Pair) -> list[tuple[str, str, str]]:
    """Rows and sizes first, then the single values: those that differ before the others."""
    old, new = pair.changes.old, pair.changes.new
    rows = [*_extents(old, new), ("Size", _html.size(old.bytes), _html.size(new.bytes))]
    differ = {one.name: (one.old, one.new) for one in pair.changes.scalars}
    equal = {
        name: (text, pair.new[name])
        for name, text in pair.old.items()
        if name in pair.new and name not in differ
    }
    for name, texts in [*differ.items(), *equal.items()][:_MOST]:
        left, right = (_words.plain(_dialog_words.clipped(text, _LONGEST)) for text in texts)
        marked = f"**{right}**" if name in differ else right
        rows.append((_dialog_words.named(name) or "Value", left, marked))
    return rows


def _extents(old: Record, new: Record) -> list[tuple[str, str, str]]:
    """Rows and columns of two tables; of anything else what it is."""
    if has_rows(old) and has_rows(new):
        names = ("Rows", "Columns")
        extents = zip(names, old.shape, new.shape, strict=False)
        return [(name, f"{before:,}", f"{after:,}") for name, before, after in extents]
    return [("Value", _words.form(Facts.of(old)), _words.form(Facts.of(new)))]
