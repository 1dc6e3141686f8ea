"""Links to one version of a result: ``?result=…`` in the address of a page.

What a link says, how it is read, and what it does to the tab while it is shown: the
version lies where the app looks for the value, and what the tab held is set aside.
Whoever opens a link sees their own results with it or none: it holds nothing of the
value, and leads nowhere for every other owner, in the same words as a link to nothing.
The notice and its button are the panel's.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
from typing import NamedTuple
from urllib.parse import quote, unquote, urlencode, urlsplit

import streamlit as st
from streamlit.errors import StreamlitAPIException

from .._errors import (
    InternalError,
    InvalidError,
    StillroomError,
    UnauthenticatedError,
    UnavailableError,
)
from .._records import Record
from .._store import Store
from . import _loads, _widgets, _words
from ._session import BadLink, Facts, Seen, Shown, Undo
from ._tab import Tab
from ._words import Now

log = logging.getLogger("stillroom.streamlit")

PARAMETER = "result"
"""The name of it in the address."""

_LONGEST = 4096
"""Characters of a link with the longest page and key there can be, each quoted; rounded up."""

_SEAL_DIGITS = 16


class Link(NamedTuple):
    """One version of one owner's result, as an address names it."""

    page: str
    key: str
    version: int
    seal: str
    """Says whose version it is and what it holds, without telling either; see `seal_of`."""

    def text(self) -> str:
        """What stands in the address: ``train_models/forecast/3/0f1e2d3c4b5a6978``."""
        return f"{_quoted(self.page)}/{_quoted(self.key)}/{self.version}/{self.seal}"


def parse(text: str) -> Link | None:
    """Read what `Link.text` wrote; None for anything else, whatever it is."""
    parts = text.split("/") if len(text) <= _LONGEST else []
    if len(parts) != 4:
        return None
    try:
        page, key = (unquote(part, errors="strict") for part in parts[:2])
        is_canonical = [_quoted(page), _quoted(key)] == parts[:2]
    except UnicodeError:
        return None
    is_whole = re.fullmatch(r"[1-9][0-9]{0,17}", parts[2], re.ASCII)
    is_sealed = re.fullmatch(rf"[0-9a-f]{{{_SEAL_DIGITS}}}", parts[3])
    if not (page and key and is_canonical and is_whole and is_sealed):
        return None
    return Link(page, key, int(parts[2]), parts[3])


def link_to(owner: str, record: Record) -> Link:
    """The link to a version, for its owner."""
    return Link(record.page, record.key, record.version, seal_of(owner, record))


def seal_of(owner: str, record: Record) -> str:
    """Hexadecimal digits that this version of this owner has, and no other.

    Not the digest of the value by itself: whoever saw the address of a short value
    could find out by trying what it is, and two owners of equal values would have
    one link.
    """
    place = (owner, record.page, record.key, str(record.version), record.digest)
    named = "\0".join(("stillroom/link/1", *place))
    return hashlib.sha256(named.encode()).hexdigest()[:_SEAL_DIGITS]


def address(tab: Tab, key: str, version: int) -> str:
    """The address that shows a version; empty when there is none, or the store can't say."""
    store = tab.store
    if store is None:
        return ""
    try:
        record = _record(store, tab.name, key, version)
    except StillroomError as error:
        tab.memory.note(error)
        return ""
    return "" if record is None else address_of(tab, record)


def address_of(tab: Tab, record: Record) -> str:
    """The address that shows the version of `record`; no store is asked.

    The page as it is shown now, with its other parameters: they may say which part of
    the page is meant. Without a browser that said where it is, only the parameters.
    """
    link = link_to(tab.access.owner or "", record)
    others = [(name, one) for name in st.query_params for one in st.query_params.get_all(name)]
    kept = [pair for pair in others if pair[0] != PARAMETER]
    # A slash may stand in a query as it is, and the link is easier to read with it.
    query = urlencode([*kept, (PARAMETER, link.text())], safe="/")
    url = st.context.url or ""
    if url and not urlsplit(url).path:
        url += "/"
    return f"{url}?{query}"


def of(tab: Tab) -> Link | None:
    """The link that the address holds for this page; None for another page's, or a bad one."""
    text = st.query_params.get(PARAMETER)
    link = None if text is None else parse(text)
    return link if link is not None and link.page == tab.name else None


def follow(tab: Tab) -> bool:
    """Show the version that the address asks for, or stop showing one.

    Once, before the widgets; nothing is asked again while the address stays as it is.
    While nobody may keep results, or the store is away, the link waits. Whether the
    tab's own values came back is the answer: then there may be something to restore.
    """
    memory = tab.memory
    text, link = st.query_params.get(PARAMETER), of(tab)
    has_left = memory.link is not None and memory.link != link
    if has_left:
        _put_back(tab)
    is_judged = memory.bad_link is not None and memory.bad_link.text == text
    if not is_judged:
        memory.bad_link = None
    wanted = None if link is None else {link.key: link.version}
    _loads.drop_others(memory, "link", wanted)
    if text is None or is_judged or memory.link is not None or tab.store is None:
        return has_left
    if link is not None:
        _show(tab, link, text)
    elif parse(text) is None:
        memory.bad_link = BadLink(text)
    return has_left


def leave(tab: Tab) -> None:
    """Take the link out of the address; the page runs again, with the current results."""
    # It may be gone already, or a widget of the app's own go by this name.
    with contextlib.suppress(KeyError, StreamlitAPIException):
        del st.query_params[PARAMETER]
    tab.memory.wants_rerun = True


def title(tab: Tab, at: Now) -> str | None:
    """The panel's line while a link is shown; None while none is."""
    link = tab.memory.link
    facts = None if link is None else shown(tab, link.key)
    return None if link is None or facts is None else _words.linked(link.key, facts, at)


def complaint(tab: Tab) -> str | None:
    """What the panel says about a link that can't be shown; None where there is none."""
    bad = tab.memory.bad_link
    if bad is None:
        return None
    if bad.version is None:
        return _words.BAD_LINK
    if bad.was_stopped:
        return _words.link_not_loaded(bad.key, bad.version)
    return _words.link_unopened(bad.key, bad.version)


def shown(tab: Tab, key: str) -> Facts | None:
    """The version that a link shows of this key; None where it shows none."""
    link, found = tab.memory.link, tab.memory.shown
    return found.facts if link is not None and found is not None and link.key == key else None


def _show(tab: Tab, link: Link, text: str) -> None:
    store, memory = tab.store, tab.memory
    is_hidden = not tab.shows_undeclared and link.key not in tab.session_keys
    if store is None or not memory.may_try:
        return
    try:
        record = None if is_hidden else _record(store, link.page, link.key, link.version)
    except InvalidError:
        record = None
    except StillroomError as error:
        memory.note(error)
        return
    if record is None or link_to(tab.access.owner or "", record) != link:
        memory.bad_link = BadLink(text)
        return
    job = _loads.one(tab, store, link.key, link.version)
    wanted = {link.key: link.version}
    try:
        with _loads.loaded(tab, "link", wanted, job, length=record.bytes) as found:
            if found is None:
                memory.bad_link = BadLink(text, link.key, link.version, was_stopped=True)
            else:
                _put(tab, link, text, found[link.key], Facts.of(record))
    except StillroomError as error:
        _could_not(tab, link, text, error)


def _put(tab: Tab, link: Link, text: str, value: object, facts: Facts) -> None:
    memory, key = tab.memory, link.key
    held = Undo(tab.get(key), memory.bases.get(key)) if tab.has(key) else None
    try:
        tab.put(key, value)
    except StreamlitAPIException:
        _widgets.note(tab.name, key)
        memory.bad_link = BadLink(text, key, link.version)
        return
    tab.equals(key, value, facts)
    memory.undo.pop(key, None)
    memory.link, memory.shown = link, Shown(facts, held)


def _could_not(tab: Tab, link: Link, text: str, error: StillroomError) -> None:
    if isinstance(error, (UnavailableError, UnauthenticatedError, InternalError)):
        tab.memory.note(error)
        return
    tab.memory.bad_link = BadLink(text, link.key, link.version, str(error))
    place = (link.version, link.key, link.page)
    log.warning("version %d of result %r of page %r was not loaded: %s", *place, error)


def _put_back(tab: Tab) -> None:
    """Bring back what the tab held; the current version is loaded where that was nothing.

    What was computed meanwhile stays, but isn't saved by itself: it may have been made
    from the version that was shown.
    """
    memory = tab.memory
    link, found = memory.link, memory.shown
    memory.link = memory.shown = None
    if link is None or found is None:
        return
    held = found.held
    held_keys = tab.keys()
    unsaved = {key: tab.get(key) for key in held_keys if not _is_stored(tab, key)}
    tab.drop(link.key)
    memory.held_back.update({key: Seen(value) for key, value in unsaved.items()})
    memory.restored.discard(link.key)
    if held is not None:
        tab.put(link.key, held.value)
    if held is not None and held.base is not None:
        memory.bases[link.key] = held.base
    if link.key in unsaved:
        memory.undo[link.key] = Undo(unsaved[link.key], None)


def _is_stored(tab: Tab, key: str) -> bool:
    base = tab.memory.bases.get(key)
    return base is not None and base.is_equal and base.seen.is_still(tab.get(key))


def _record(store: Store, page: str, key: str, version: int) -> Record | None:
    found = (record for record in store.history(page, key) if record.version == version)
    return next(found, None)


def _quoted(name: str) -> str:
    return quote(name, safe="")
