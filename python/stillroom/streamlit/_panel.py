"""The panel: one line while all is well, and what a person can do when it isn't.

It is a fragment, so that a click on it runs the panel and not the page; what a click
does happens in its callback, before any widget is made. After a load the page itself
has to run again, to show what was loaded. What the panel says is made in `_summary`,
and drawn by `_draw`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from .._errors import InvalidError, StillroomError
from . import (
    _access,
    _account,
    _dialogs,
    _draw,
    _link,
    _loading,
    _loads,
    _rows,
    _saving,
    _summary,
    _widgets,
    _words,
    _work,
)
from ._access import Access
from ._rows import Row
from ._session import Dialog, DialogKind, Facts
from ._summary import Facing, Loading, Saving, Visitor
from ._tab import Held, Tab
from ._view import Action, Does, Progress
from ._work import Ongoing

_LOOK_SECONDS = 1.0
"""How often the panel looks how far a long save or load is."""

_LASTING = "durable"
"""The durability of a store that outlives the app."""


def show(tab: Tab, *, key: str) -> None:
    """Save what changed, if the page saves by itself, and draw the panel.

    `key` tells the panel's elements from those of any other panel.
    """
    looked: Mapping[str, Held | None] | None = _widgets.learn(tab)
    if tab.memory.outcome is tab.memory.said:
        tab.memory.outcome = None
    has_arrivals = bool(tab.memory.arriving)
    if _saving.collect(tab) or has_arrivals:
        looked = None
    _loads.drop_unasked(tab.memory)
    listing = stored(tab)
    rows = _keep(tab, listing, looked)
    # This run was already the one that brings results back.
    tab.memory.wants_rerun = False
    tab.memory.was_just_opened = True
    # Only a run of the page can say whether the panel looks again by itself, and how soon.
    name, pause = f"stillroom-{key}", _pause(tab)
    if pause is not None and tab.memory.dialog is not None:
        # Apart from what runs by itself, which would send it to the browser every time: one
        # that was closed just then opened again, and a file to download was gone.
        st.fragment(_dialog)(tab, name)
    # Emptied by the run of the panel that comes now: any other looks for itself.
    known = [] if rows is None or listing is None else [Known(listing, rows)]
    panel = st.fragment(_panel, run_every=pause)
    panel(tab, name, looks_again=pause is not None, known=known)


class Known(NamedTuple):
    """The rows of a listing, for as long as nothing has happened to either."""

    listing: Mapping[str, Facts]
    rows: list[Row]


def _panel(tab: Tab, key: str, *, looks_again: bool, known: list[Known]) -> None:
    memory = tab.memory
    found = known.pop() if known else None
    is_by_itself = not memory.was_just_opened
    # By itself the panel runs with what the page knew, which may have been another visitor's.
    if is_by_itself and not _loading.is_still_theirs(tab):
        st.rerun()
    memory.was_just_opened = False
    if _saving.collect(tab):
        found = None
    if is_by_itself:
        # What ends while the page runs has to wait for this: to run the page again before
        # it is through would cost the widgets below the panel what they hold.
        _loading.collect(tab)
    is_next_try = memory.trouble is not None and memory.trouble.is_over
    listing = stored(tab)
    if is_next_try:
        _keep(tab, listing)
    if memory.wants_rerun or looks_again != (_pause(tab) is not None):
        memory.wants_rerun = False
        st.rerun()
    if found is not None and found.listing is not listing:
        found = None
    facing = _facing(tab, listing, None if found is None else found.rows)
    head = _summary.summary(facing)
    # It opens when something begins to need a person, and never closes on one.
    begins = head.is_urgent and not memory.was_urgent
    memory.was_urgent = head.is_urgent
    memory.is_open = is_open = begins or _draw.is_open(key, before=memory.is_open)
    _draw.set_open(key, is_open)
    view = _summary.view(facing, _draw.chosen(key), is_open=is_open, head=head)
    _draw.draw(view, key, lambda about, action: _act(tab, about, action))
    memory.said = memory.outcome
    _dialogs.say(tab)
    if not looks_again:
        _dialogs.show(tab, key=key)
    elif memory.dialog is not None and memory.dialog.times_sent == 0:
        # Only a run of the page can open it elsewhere than here.
        st.rerun()


def _dialog(tab: Tab, key: str) -> None:
    """The dialog by itself; runs again when it is closed."""
    if tab.memory.wants_rerun:
        st.rerun()
    _dialogs.show(tab, key=key)


def _keep(
    tab: Tab,
    listing: Mapping[str, Facts] | None,
    looked: Mapping[str, Held | None] | None = None,
) -> list[Row] | None:
    """Save what changed, where the page saves by itself; nothing while a link is shown.

    The rows, where they were made for it and nothing has changed them.
    """
    if listing is None or tab.memory.link is not None:
        return None
    if tab.autosave:
        return _saving.autosave(tab, listing, looked)
    _saving.look_ahead(tab, listing)
    return None


def stored(tab: Tab) -> Mapping[str, Facts] | None:
    """What is stored; None while the store can't say, or may not be asked."""
    memory = tab.memory
    if tab.access.trouble is not None or tab.access.owner is None or tab.access.is_over:
        return None
    try:
        if memory.trouble is not None and memory.trouble.is_over:
            memory.forget_listing()
        elif memory.trouble is not None and not memory.trouble.is_about_saving:
            return None
        listing = tab.listing()
    except InvalidError:
        raise
    except StillroomError as error:
        if not _account.ends(tab.access, error):
            memory.note(error)
        return None
    if memory.trouble is not None and not memory.trouble.is_about_saving:
        # It answers again: the page may have results to bring back, at its top.
        memory.wants_rerun = True
    memory.store_answers()
    return listing


def _pause(tab: Tab) -> float | None:
    """After how many seconds the panel runs again; None for not by itself."""
    if _work.ongoing(tab.memory) is not None or _work.loading(tab.memory):
        return _LOOK_SECONDS
    trouble = tab.memory.trouble
    return None if trouble is None else trouble.seconds_left


def _facing(tab: Tab, listing: Mapping[str, Facts] | None, rows: list[Row] | None) -> Facing:
    memory, access = tab.memory, tab.access
    if rows is None:
        rows = _rows.rows(tab, listing) if access.identity else []
    _forget_what_is_over(tab, rows)
    undeclared = set() if tab.shows_undeclared else set(listing or ()) - set(tab.session_keys)
    store, at = tab.store, _words.now()
    return Facing(
        at=at,
        visitor=_visitor(access),
        rows=rows,
        trouble=memory.trouble,
        saving=_being_saved(tab),
        loading=_being_loaded(tab),
        outcome=memory.outcome,
        linked=_link.title(tab, at),
        complaint=_link.complaint(tab),
        is_lasting=store is None or store.durability == _LASTING,
        undeclared=len(undeclared),
        remarks=_remarks(tab, rows),
    )


def _being_saved(tab: Tab) -> Saving | None:
    ongoing = _work.ongoing(tab.memory)
    if ongoing is None:
        return None
    progress = Progress(ongoing.done, ongoing.total, ongoing.seconds_left)
    return Saving(number=len(ongoing.keys), progress=progress)


def _being_loaded(tab: Tab) -> Loading | None:
    loads = _work.loading(tab.memory)
    if not loads:
        return None
    ongoing = Ongoing(tuple(loads))
    progress = Progress(ongoing.done, ongoing.total, ongoing.seconds_left, is_load=True)
    return Loading(keys=ongoing.keys, progress=progress)


def _visitor(access: Access) -> Visitor:
    decision = access.decision
    return Visitor(
        identity=decision.identity,
        is_here=decision.is_here,
        is_signed_out=decision.is_signed_out,
        providers=_providers(access) if decision.is_signed_out else (),
        has_form=access.is_project,
        is_over=access.is_over,
    )


def _providers(access: Access) -> Sequence[str | None]:
    return (None,) if access.is_project else _access.sign_in_providers()


def _forget_what_is_over(tab: Tab, rows: Sequence[Row]) -> None:
    """Drop trouble about a save when nothing is left to save."""
    trouble = tab.memory.trouble
    has_unsaved = any(row.state in _rows.UNSAVED for row in rows)
    if trouble is not None and trouble.is_about_saving and not has_unsaved:
        tab.memory.trouble = None


def _remarks(tab: Tab, rows: Sequence[Row]) -> list[str]:
    """What only the person at this computer reads; everybody else's is in the log."""
    memory, connection = tab.memory, tab.access.connection
    lines = [tab.access.decision.refusal, memory.hint]
    lines += [] if memory.trouble is None else [memory.trouble.message]
    unopened = [row for row in rows if row.state in _rows.UNOPENED and row.problem]
    lines += [f"{row.key}: {row.problem.message}" for row in unopened if row.problem]
    if connection is not None and memory.trouble is None:
        lines.append(f"Kept in {connection.location}")
    return [line for line in lines if line]


def _act(tab: Tab, key: str | None, action: Action) -> None:
    """Do what a click asks for, if whoever clicked is the one the panel was drawn for."""
    if action.does not in _DIALOGS:
        tab.memory.outcome = None
    if action.does is Does.TRY_AGAIN:
        _try_now(tab)
    elif action.does is Does.SIGN_IN:
        _sign_in(tab, action.provider)
    elif not _loading.is_still_theirs(tab):
        return
    elif action.does is Does.LEAVE_LINK:
        _link.leave(tab)
    elif action.does is Does.STOP:
        _stop(tab)
    elif action.does is Does.STOP_LOADING:
        _loading.stop(tab)
    elif action.does is Does.DOWNLOAD:
        tab.memory.dialog = Dialog("download", key or "")
    elif key is None:
        _save_all(tab)
    else:
        _act_on(tab, key, action)


_DIALOGS: Mapping[Does, DialogKind] = {
    Does.PREVIEW: "preview",
    Does.VERSIONS: "versions",
    Does.COMPARE: "compare",
    Does.DELETE: "delete",
}


def _act_on(tab: Tab, key: str, action: Action) -> None:
    if action.does in _DIALOGS:
        tab.memory.dialog = Dialog(_DIALOGS[action.does], key, action.version)
        return
    match action.does:
        case Does.UNDELETE:
            _dialogs.undelete(tab, key)
        case Does.UNDO:
            _loading.undo(tab, key)
        case Does.LOAD:
            _loading.load(tab, key, action.version)
        case Does.SAVE:
            listing = _loading.fresh(tab)
            if listing is not None:
                tab.memory.outcome = _saving.save_keys(tab, [key], listing)


def _save_all(tab: Tab) -> None:
    listing = _loading.fresh(tab)
    if listing is None:
        return
    found = _rows.rows(tab, listing)
    keys = [row.key for row in found if row.state in _summary.SAVEABLE]
    if not keys:
        keys = [row.key for row in found if row.state is _rows.State.SAVED and row.is_in_tab]
    tab.memory.outcome = _saving.save_keys(tab, keys, listing)


def _sign_in(tab: Tab, provider: str | None) -> None:
    if tab.access.is_project:
        tab.memory.dialog = Dialog("sign in", "")
    else:
        _access.sign_in(provider)


def _stop(tab: Tab) -> None:
    ongoing = _work.ongoing(tab.memory)
    if ongoing is not None:
        ongoing.stop()


def _try_now(tab: Tab) -> None:
    tab.memory.trouble = None
    tab.memory.forget_listing()
    # The page may have results to bring back, which happens at its top.
    tab.memory.wants_rerun = True
