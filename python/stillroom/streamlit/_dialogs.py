"""Opens the dialog that a click in the panel asked for, and keeps it open until it is closed.

A dialog is opened as the last step of the panel's fragment, or of one beside it while the
panel runs by itself. What is clicked in it runs the dialog alone, so all it knows lies in
the page's memory. Closing it runs that fragment, and a load or a delete of everything the
page. Nothing in a dialog raises because of the store.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.errors import StreamlitAPIException

from .._errors import StillroomError
from .._records import Record
from . import (
    _care,
    _compare,
    _dialog_words,
    _download,
    _link,
    _loading,
    _preview,
    _signing_in,
    _versions,
)
from ._care import undelete
from ._session import Dialog
from ._tab import Tab

__all__ = ["say", "show", "undelete"]

_WIDE = ("versions", "compare", "preview")


def show(tab: Tab, *, key: str) -> None:
    """Open the dialog that is asked for, if one is; `key` tells its elements from any other's."""
    dialog = tab.memory.dialog
    if dialog is None:
        return
    kind = dialog.came_from or dialog.kind
    opened = st.dialog(
        _dialog_words.title(kind, dialog.key),
        width="medium" if kind in _WIDE else "small",
        on_dismiss=lambda: _dismiss(tab),
    )
    dialog.times_sent += 1
    try:
        opened(_body)(tab, f"{key}-dialog")
    except StreamlitAPIException:
        # The app shows a dialog of its own in this run, or the panel stands in one.
        _close(tab)


def _close(tab: Tab) -> None:
    tab.memory.dialog = None


def _dismiss(tab: Tab) -> None:
    """Somebody closed it.

    Where it was sent again meanwhile, it may have come to the browser after that click and
    have been opened again. Only a run of the page takes it from the screen then.
    """
    dialog = tab.memory.dialog
    tab.memory.wants_rerun = dialog is not None and dialog.times_sent > 1
    _close(tab)


def _body(tab: Tab, key: str) -> None:
    """What is in the dialog; runs by itself after each click in it."""
    dialog = tab.memory.dialog
    if dialog is None or not _loading.is_still_theirs(tab):
        # Only a run of the page takes a dialog from the screen.
        st.rerun()
    say(tab)
    if dialog.came_from is not None:
        st.button(
            _dialog_words.BACK,
            key=f"{key}-back",
            icon=":material/arrow_back:",
            type="tertiary",
            on_click=_versions.turn_back,
            args=(dialog,),
        )
    if dialog.says:
        st.warning(dialog.says)
    try:
        _draw(tab, dialog, key)
    except StillroomError as error:
        st.warning(_care.said(tab, error, dialog.version, is_reading=True))


def _draw(tab: Tab, dialog: Dialog, key: str) -> None:
    match dialog.kind:
        case "preview":
            _preview.draw(tab, dialog.key, dialog.version, key)
        case "link":
            _draw_link(tab, dialog)
        case "sign in":
            _signing_in.draw(tab.access.connection, key, done=lambda: _close(tab))
        case "versions":
            _versions.draw(tab, dialog, _history(tab, dialog), key)
        case "compare":
            _compare.draw(tab, dialog, _history(tab, dialog), key)
        case "download":
            _download.draw(tab, dialog, _readable(tab, dialog), key)
        case "delete":
            _draw_delete(tab, dialog, _history(tab, dialog), key)


def _history(tab: Tab, dialog: Dialog) -> Sequence[Record]:
    store = tab.store
    return [] if store is None or not dialog.key else store.history(tab.name, dialog.key)


def _readable(tab: Tab, dialog: Dialog) -> Sequence[Record]:
    """The same, or nothing while the store can't say: the tab has something to take away."""
    try:
        return _history(tab, dialog) if tab.memory.may_read else []
    except StillroomError as error:
        _care.trouble(tab, error)
        return []


def _draw_link(tab: Tab, dialog: Dialog) -> None:
    address = "" if dialog.version is None else _link.address(tab, dialog.key, dialog.version)
    if not address:
        st.caption(_dialog_words.NO_LINK)
        return
    st.code(address, language=None, wrap_lines=True)
    st.caption(_dialog_words.LINK_TEXT)


def _draw_delete(tab: Tab, dialog: Dialog, history: Sequence[Record], key: str) -> None:
    if not history:
        st.caption(_dialog_words.NO_VERSIONS)
        return
    length = sum(record.bytes for record in history)
    is_in_tab = tab.has(dialog.key)
    st.markdown(_dialog_words.deleting(len(history), length, is_in_tab=is_in_tab))
    with st.container(horizontal=True):
        st.button(
            _dialog_words.delete_all(len(history)),
            key=f"{key}-delete",
            type="primary",
            on_click=_care.delete,
            args=(tab, dialog.key),
        )
        st.button("Cancel", key=f"{key}-cancel", on_click=_close, args=(tab,))


def say(tab: Tab) -> None:
    """Say what is to be said in passing."""
    while tab.memory.toasts:
        st.toast(tab.memory.toasts.pop(0))
