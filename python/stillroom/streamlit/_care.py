"""Looks after the versions of a result: load, make current, pin, delete, take back.

What a click in a dialog does, and in a row that takes a delete back. A click does
nothing when somebody else is asking by now. Nothing here draws, and nothing raises
because of the store: what went wrong is a sentence, and the panel knows of it too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from .._errors import CorruptError, InvalidError, NotFoundError, StillroomError
from .._store import Store
from . import _dialog_words, _loading, _summary
from ._session import Base, Facts
from ._tab import Tab

log = logging.getLogger("stillroom.streamlit")

_OF_ONE_VERSION = ("corrupt", "denied", "unsupported", "invalid", "too-large")
"""What can be wrong with a version while the store is well."""


def load(tab: Tab, key: str, version: int) -> None:
    """Put a version into the tab; the dialog ends, because the page has to run again.

    A long load is shown by the panel, and so is what becomes of it.
    """

    def act(store: Store) -> None:
        newest = tab.list_afresh().get(key)
        if newest is None:
            raise NotFoundError(f"nothing is saved there; at `{tab.name}`, `{key}`")
        if _loading.take(tab, key, version, newest, _tell_unloaded):
            tab.memory.toasts.append(_dialog_words.loaded(version, key))
        tab.memory.dialog = None

    _attempt(tab, act, version, is_reading=True)


def make_current(tab: Tab, key: str, version: int) -> None:
    """Save a version again as the newest one; what the tab holds stays."""

    def act(store: Store) -> None:
        receipt = store.rollback(tab.name, key, version)
        tab.memory.forget_listing()
        base = tab.memory.bases.get(key)
        if base is not None and base.is_equal and base.facts.version == version:
            # What the tab holds is what the newest version holds, so it isn't an older one.
            tab.memory.bases[key] = Base(base.seen, Facts.of(receipt))
        tab.memory.toasts.append(_dialog_words.made_current(version, receipt.version))

    _attempt(tab, act, version)


def pin(tab: Tab, key: str, version: int, *, pinned: bool) -> None:
    """Keep a version whatever its age, or no longer."""
    _attempt(
        tab, lambda store: store.update(tab.name, key, version=version, pinned=pinned), version
    )


def delete_version(tab: Tab, key: str, version: int) -> None:
    """Delete one version; the dialog offers it back while it is open."""

    def act(store: Store) -> None:
        gone = store.delete(tab.name, key, version=version).versions
        dialog = tab.memory.dialog
        if dialog is not None:
            dialog.deleted += gone
            dialog.changes.clear()
        tab.memory.toasts.append(_dialog_words.deleted_version(version))
        # With the last of them the result is gone, and its row offers all of them back.
        _note_gone(tab, key, gone if dialog is None else dialog.deleted)

    _attempt(tab, act, version)


def restore_version(tab: Tab, key: str, version: int) -> None:
    """Take the delete of a version back."""
    _attempt(tab, lambda store: _bring_back(tab, store, key, (version,)), version)


def delete(tab: Tab, key: str) -> None:
    """Delete a result with all its versions; the value in the tab stays, and isn't saved again."""

    def act(store: Store) -> None:
        gone = store.delete(tab.name, key).versions
        tab.memory.dialog = None
        _note_gone(tab, key, gone)

    _attempt(tab, act)


def undelete(tab: Tab, key: str) -> None:
    """Take the delete of a result back; nothing when that was done already."""
    versions = tab.memory.deleted.get(key, ())
    if versions:
        _attempt(tab, lambda store: _bring_back(tab, store, key, versions))


def _attempt(
    tab: Tab,
    act: Callable[[Store], object],
    version: int | None = None,
    *,
    is_reading: bool = False,
) -> None:
    """Do something to the store, and put into words why it could not be done."""
    memory = tab.memory
    memory.outcome = None
    if not _loading.is_still_theirs(tab):
        memory.dialog = None
        return
    store = tab.store
    says = ""
    try:
        if store is not None:
            act(store)
    except StillroomError as error:
        says = said(tab, error, version, is_reading=is_reading)
    if memory.dialog is not None:
        memory.dialog.says = says
    elif says:
        memory.toasts.append(says)


def said(tab: Tab, error: StillroomError, version: int | None, *, is_reading: bool) -> str:
    """Why something could not be done; noted for the panel where it is the store as a whole."""
    log.warning("version %s of a result of page %r: %s", version, tab.name, error)
    if isinstance(error, NotFoundError):
        tab.memory.forget_listing()
        return _dialog_words.gone(version)
    if version is not None and _is_of_one_version(error, is_reading):
        return _dialog_words.unopened(version, error.kind)
    return trouble(tab, error, is_about_saving=not is_reading)


def _tell_unloaded(tab: Tab, key: str, version: int, error: StillroomError) -> None:
    tab.memory.toasts.append(said(tab, error, version, is_reading=True))


def _is_of_one_version(error: StillroomError, is_reading: bool) -> bool:
    if not is_reading:
        return isinstance(error, (CorruptError, InvalidError))
    return error.kind in _OF_ONE_VERSION


def trouble(tab: Tab, error: StillroomError, *, is_about_saving: bool = False) -> str:
    """Note that the store failed as a whole; what the panel says of it."""
    tab.memory.note(error, is_about_saving=is_about_saving)
    noted = tab.memory.trouble
    head = None if noted is None else _summary.of_trouble(noted)
    return "" if head is None else f"{head.notice} {head.text}".strip()


def _note_gone(tab: Tab, key: str, versions: tuple[int, ...]) -> None:
    """Stored versions of a key are gone; while they are the last, its row offers them back."""
    memory = tab.memory
    _loading.forget(tab, key)
    memory.forget_listing()
    memory.deleted[key] = versions
    memory.problems.pop(key, None)


def _bring_back(tab: Tab, store: Store, key: str, versions: tuple[int, ...]) -> None:
    try:
        store.undelete(tab.name, key, versions)
    except NotFoundError:
        # Erased for good by now, so it isn't offered again.
        _forget_gone(tab, key, versions)
        raise
    _forget_gone(tab, key, versions)
    tab.memory.toasts.append(_dialog_words.brought_back(key, versions))


def _forget_gone(tab: Tab, key: str, versions: tuple[int, ...]) -> None:
    memory = tab.memory
    memory.forget_listing()
    left = tuple(one for one in memory.deleted.pop(key, ()) if one not in versions)
    if left:
        memory.deleted[key] = left
    if memory.dialog is not None:
        memory.dialog.deleted = left
        memory.dialog.changes.clear()
