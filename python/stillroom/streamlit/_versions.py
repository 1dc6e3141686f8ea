"""The list of a result's versions: when, how large, what changed, and what can be done.

What changed is asked of the store only for versions that are on the screen, and once
while the dialog is open. A version that is damaged is listed all the same: it can be
deleted, and the one before it loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from .._errors import StillroomError
from .._records import Record
from . import _care, _dialog_words, _draw, _words
from ._changes import Changes
from ._session import Dialog, DialogKind
from ._tab import Tab
from ._words import Now

_MORE = 10
"""How many versions are listed more at a time."""

_WRITING = ("Make current", "Pin", "Unpin", "Delete")


@dataclass(frozen=True, slots=True)
class _List:
    """What a run of the dialog knows of all its versions."""

    tab: Tab
    dialog: Dialog
    history: Sequence[Record]
    in_tab: int | None
    at: Now

    @property
    def is_read_only(self) -> bool:
        """Whether the page shows what a link leads to: then the rest is for reading too."""
        return self.tab.memory.link is not None

    @property
    def newest(self) -> int | None:
        return self.history[0].version if self.history else None


def draw(tab: Tab, dialog: Dialog, history: Sequence[Record], key: str) -> None:
    """List the versions, newest first, and those that were deleted just now at their places."""
    listed = _List(tab, dialog, history, version_in_tab(tab, dialog.key), _words.now())
    found: dict[int, Record | None] = dict.fromkeys(dialog.deleted)
    found |= {record.version: record for record in history}
    if not found:
        st.caption(_dialog_words.NO_VERSIONS)
    for number in sorted(found, reverse=True)[: dialog.most]:
        record, name = found[number], f"{key}-{number}"
        if record is None:
            _draw_deleted(listed, number, name)
        else:
            _draw_version(listed, record, name)
    if len(found) > dialog.most:
        st.button(
            _dialog_words.SHOW_OLDER, key=f"{key}-older", on_click=_show_older, args=(dialog,)
        )


def version_in_tab(tab: Tab, key: str) -> int | None:
    """Which version the tab holds unchanged; None when it holds none."""
    base = tab.memory.bases.get(key)
    if base is None or not base.is_equal or not tab.has(key):
        return None
    return base.facts.version if base.seen.is_still(tab.get(key)) else None


def turn_to(dialog: Dialog, kind: DialogKind, version: int, other: int | None = None) -> None:
    """Show something else in the same dialog, about a version of it."""
    dialog.came_from = dialog.came_from or dialog.kind
    dialog.kind, dialog.version, dialog.other, dialog.says = kind, version, other, ""


def turn_back(dialog: Dialog) -> None:
    """Show again what the dialog was opened for."""
    dialog.kind, dialog.came_from = dialog.came_from or dialog.kind, None
    dialog.version, dialog.other, dialog.says = None, None, ""


def _draw_version(listed: _List, record: Record, key: str) -> None:
    tab, dialog, number = listed.tab, listed.dialog, record.version
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None):
            pinned = f" :gray-badge[{_dialog_words.PINNED}]" if record.pinned else ""
            st.markdown(f"**{_dialog_words.version(record)}**{pinned}")
            st.caption(_draw.unbroken(_facts(listed, record)))
        # Of one container, so that they stay together where there is no room beside the text.
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            if number == listed.in_tab:
                st.badge(_dialog_words.IN_TAB, color="gray")
            elif not (record.is_damaged or listed.is_read_only):
                load = (tab, dialog.key, number)
                st.button(
                    f"Load version {number}", key=f"{key}-load", on_click=_care.load, args=load
                )
            offers = _offers(listed, record)
            if offers:
                _draw_menu(f"Actions for version {number}", offers, f"{key}-menu")


def _draw_deleted(listed: _List, number: int, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None):
            st.markdown(f"Version {number}")
            st.caption(_dialog_words.DELETED)
        undo = (listed.tab, listed.dialog.key, number)
        label = f"Undo delete of version {number}"
        st.button(label, key=f"{key}-undo", on_click=_care.restore_version, args=undo)


def _draw_menu(label: str, offers: dict[str, Callable[[], None]], key: str) -> None:
    def choose() -> None:
        chosen = offers.get(st.session_state[key])
        if chosen is not None:
            chosen()

    st.menu_button(label, list(offers), key=key, type="tertiary", on_click=choose)


def _facts(listed: _List, record: Record) -> str:
    """When, how large, and what is new against the version before."""
    if record.is_damaged:
        return _dialog_words.DAMAGED
    known = listed.dialog.changes
    if record.version not in known:
        known[record.version] = _changed(listed, record)
    return _dialog_words.facts(record, known[record.version], listed.at)


def _changed(listed: _List, record: Record) -> str:
    whole = [one for one in listed.history if not one.is_damaged]
    older = [one for one in whole if one.version < record.version]
    same = next((one.version for one in older if one.digest == record.digest), None)
    store = listed.tab.store
    if same is not None:
        return _dialog_words.same_as(same)
    if store is None or not older:
        return ""
    try:
        diff = store.diff(record.page, record.key, older[0].version, record.version)
    except StillroomError:
        # One of the two can't be read, which is no reason to keep the list from anyone.
        return ""
    return _dialog_words.changed(Changes.of(diff))


def _offers(listed: _List, record: Record) -> dict[str, Callable[[], None]]:
    """What can be done with a version, by the words for it."""
    tab, dialog, number = listed.tab, listed.dialog, record.version
    key = dialog.key
    delete = {"Delete": lambda: _care.delete_version(tab, key, number)}
    if record.is_damaged:
        offers = delete
    else:
        offers = {
            "Preview": lambda: turn_to(dialog, "preview", number),
            "Compare": lambda: turn_to(dialog, "compare", *_pair(listed, number)),
            "Make current": lambda: _care.make_current(tab, key, number),
            "Unpin" if record.pinned else "Pin": lambda: _care.pin(
                tab, key, number, pinned=not record.pinned
            ),
            "Copy link": lambda: turn_to(dialog, "link", number),
            "Download": lambda: turn_to(dialog, "download", number),
            **delete,
        }
    hidden = {"Make current"} if number == listed.newest else set()
    if len(listed.history) == 1:
        hidden.add("Compare")
    if listed.is_read_only:
        hidden.update(_WRITING)
    return {label: does for label, does in offers.items() if label not in hidden}


def _pair(listed: _List, number: int) -> tuple[int, int]:
    """A version with the one before it; the first one with the newest."""
    numbers = [one.version for one in listed.history if not one.is_damaged]
    older = [one for one in numbers if one < number]
    return (older[0], number) if older else (number, numbers[0])


def _show_older(dialog: Dialog) -> None:
    dialog.most += _MORE
