"""Brings `session_keys` back before the widgets; once per tab, owner and key.

Only keys the page declared, and never over a value the tab has: a row that
somebody put into the store under any other name changes nothing here. Nothing in
this file raises because of the store; the panel says what went wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import streamlit as st
from streamlit.errors import StreamlitAPIException

from .._errors import CorruptError, InvalidError, NotFoundError, StillroomError
from .._page_load import PageLoad
from .._store import Store
from . import _loads, _rows, _widgets, _words
from ._rows import State
from ._session import Base, Facts, Problem, Seen
from ._tab import MEBIBYTE, Tab

log = logging.getLogger("stillroom.streamlit")


def restorable(tab: Tab) -> list[str]:
    """The declared keys that are the page's to restore; not the one that a link shows."""
    linked = None if tab.memory.link is None else tab.memory.link.key
    return [key for key in tab.session_keys if key != linked and not _widgets.owns(tab.name, key)]


def restore(tab: Tab, *, refresh: bool = False) -> None:
    """Load what is stored under the declared keys that the tab doesn't have yet.

    With `refresh` also what somebody saved since, where the tab has no work of its own.
    """
    memory = tab.memory
    wanted = [key for key in restorable(tab) if key not in memory.restored]
    store = tab.store
    memory.declined |= _loads.given_up(memory, "restore")
    # Not marked as done while nobody may keep results, nor while the store is away.
    if store is None or not wanted or not memory.may_try:
        return
    try:
        listing = tab.list_afresh()
        absent = [key for key in _absent(tab, wanted, listing, refresh) if key in listing]
        with _loaded(tab, store, _of_fair_size(tab, absent, listing), listing) as loaded:
            memory.store_answers()
            for key, failure in loaded.failed.items():
                note_unopened(tab, key, failure)
            for key, value in loaded.items():
                # Somebody may have saved between the listing and the load.
                _bring_back(tab, key, value, tab.facts_of(key, loaded.versions[key]))
    except InvalidError:
        raise
    except StillroomError as error:
        memory.note(error)
        return
    memory.restored.update(wanted)
    _say(tab, [listing[key] for key in loaded if tab.has(key)], len(loaded.failed))


@contextmanager
def _loaded(
    tab: Tab, store: Store, keys: Iterable[str], listing: Mapping[str, Facts]
) -> Iterator[PageLoad]:
    """These keys as one set, but those whose load a person has stopped; they wait for a click."""
    keys = [key for key in keys if key not in tab.memory.declined]
    # Once somebody has saved another version, it is another load.
    wanted = {key: listing[key].version for key in keys}
    _loads.drop_others(tab.memory, "restore", wanted)
    if not keys:
        yield PageLoad({}, {}, {})
        return
    length = sum(listing[key].bytes for key in keys)
    job = _loads.newest(tab, store, keys)
    with _loads.loaded(tab, "restore", wanted, job, length=length) as found:
        if found is None:
            tab.memory.declined.update(keys)
        yield PageLoad({}, {}, {}) if found is None else found


def note_unopened(tab: Tab, key: str, error: StillroomError) -> None:
    """Remember why the newest version could not be loaded, for its row and for the log."""
    facts = tab.listing().get(key)
    if isinstance(error, NotFoundError) or facts is None:
        return
    problem = Problem(error.kind, error.path, str(error), facts=facts)
    if isinstance(error, CorruptError):
        problem.previous = version_before(tab, key, facts.version)
    tab.memory.problems[key] = problem
    log.warning("result %r of page %r was not loaded: %s", key, tab.name, error)


def _absent(
    tab: Tab, wanted: Iterable[str], listing: Mapping[str, Facts], refresh: bool
) -> list[str]:
    """The keys to look for; what the tab has already stays, with what is stored noted."""
    absent = []
    for key in wanted:
        state = _rows.row(tab, listing, key, tab.held(key)).state
        if key not in st.session_state or (refresh and state is State.OLDER_IN_TAB):
            absent.append(key)
        elif key in listing and key not in tab.memory.bases:
            seen = Seen(st.session_state[key])
            tab.memory.bases[key] = Base(seen, listing[key], is_equal=False)
    return absent


def _of_fair_size(tab: Tab, keys: Iterable[str], listing: Mapping[str, Facts]) -> list[str]:
    limit = tab.max_auto_mb * MEBIBYTE
    return [key for key in keys if listing[key].bytes <= limit]


def _bring_back(tab: Tab, key: str, value: object, facts: Facts | None) -> None:
    try:
        tab.put(key, value)
    except StreamlitAPIException:
        # The page was opened after the widget. It keeps what it shows.
        _widgets.note(tab.name, key)
    else:
        tab.equals(key, value, facts)


def version_before(tab: Tab, key: str, version: int) -> int | None:
    """The version that can be tried in place of one that can't be opened, if there is one."""
    store = tab.store
    try:
        history = [] if store is None else store.history(tab.name, key)
    except StillroomError:
        return None
    return next((record.version for record in history if record.version < version), None)


def _say(tab: Tab, brought: list[Facts], failed: int) -> None:
    if brought:
        newest = max(facts.saved_at for facts in brought)
        text = _words.restored(len(brought), failed, newest, _words.now())
        st.toast(text, icon=":material/history:")
