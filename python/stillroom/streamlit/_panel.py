"""The panel: one line while all is well, and what a person can do when it isn't.

Native elements only. It is a fragment, so that a click on it runs the panel and not
the page; what a click does happens in its callback, before any widget is made. After
a load the page itself has to run again, to show what was loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from .._errors import InvalidError, StillroomError
from . import _loading, _rows, _saving, _summary, _widgets, _words
from ._rows import Row
from ._session import Facts
from ._summary import Action, Summary
from ._tab import Tab
from ._words import Now


def show(tab: Tab, *, key: str) -> None:
    """Save what changed, if the page saves by itself, and draw the panel.

    `key` tells the panel's elements from those of any other panel.
    """
    _widgets.learn(tab)
    listing = stored(tab)
    if tab.autosave and listing is not None:
        _saving.autosave(tab, listing)
    _draw(tab, f"stillroom-{key}")


@st.fragment
def _draw(tab: Tab, key: str) -> None:
    if tab.memory.wants_rerun:
        tab.memory.wants_rerun = False
        st.rerun()
    at = _words.now()
    listing = stored(tab)
    rows = _rows.rows(tab, listing) if tab.access.identity else []
    summary = _summarise(tab, rows, at)
    _open_when_urgent(tab, summary, f"{key}-open")
    with st.expander(summary.label, key=f"{key}-open", on_change="rerun", icon=_icon(summary)):
        _draw_summary(tab, summary, key)
        for row in rows:
            _draw_row(tab, row, f"{key}-row-{row.key}", at)
        _draw_notes(tab, rows, listing)


def stored(tab: Tab) -> Mapping[str, Facts] | None:
    """What is stored; None while the store can't say, or may not be asked."""
    memory = tab.memory
    if tab.access.trouble is not None or tab.access.owner is None:
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
        memory.note(error)
        return None
    memory.store_answers()
    return listing


def _summarise(tab: Tab, rows: Sequence[Row], at: Now) -> Summary:
    trouble = tab.memory.trouble
    if tab.access.identity is None:
        return _summary.of_access(tab.access)
    has_unsaved = any(row.state in _rows.UNSAVED for row in rows)
    if trouble is not None and trouble.is_about_saving and not has_unsaved:
        trouble = tab.memory.trouble = None
    return _summary.of_rows(rows, at) if trouble is None else _summary.of_trouble(trouble)


def _open_when_urgent(tab: Tab, summary: Summary, key: str) -> None:
    """Open the panel when something begins to need a person; never close it on one."""
    begins = summary.is_urgent and not tab.memory.was_urgent
    # Said in every run: to Streamlit an expander with another label is another one,
    # which would be closed just when the panel says what a save has done.
    st.session_state[key] = begins or st.session_state.get(key, summary.is_urgent)
    tab.memory.was_urgent = summary.is_urgent


def _icon(summary: Summary) -> str:
    return ":material/warning:" if summary.is_warning else ":material/inventory_2:"


def _draw_summary(tab: Tab, summary: Summary, key: str) -> None:
    outcome, tab.memory.outcome = tab.memory.outcome, None
    if outcome is not None:
        title, text = _words.outcome(outcome, len(outcome.saved) + len(outcome.unchanged))
        st.markdown(f"**{title}**")
        st.caption(text)
    if summary.is_warning:
        st.warning(summary.text)
    elif summary.text:
        st.caption(summary.text)
    if summary.lines:
        st.code(summary.lines, language="toml")
    if summary.does:
        act = _save_all if summary.does == "save" else _try_now
        st.button(summary.button, key=f"{key}-{summary.does}", on_click=act, args=(tab,))


def _draw_row(tab: Tab, row: Row, key: str, at: Now) -> None:
    button, menu = _summary.actions(row) if tab.memory.trouble is None else (None, [])
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None):
            st.markdown(f"**{_words.plain(row.key)}**")
            st.caption(_words.sentence(row, at))
        if button is not None:
            st.button(button.label, key=f"{key}-do", on_click=_act, args=(tab, row.key, button))
        if menu:
            offers = {action.label: action for action in menu}
            st.menu_button(
                f"Actions for {_words.plain(row.key)}",
                list(offers),
                key=f"{key}-menu",
                type="tertiary",
                on_click=_choose,
                args=(tab, row.key, offers, f"{key}-menu"),
            )


def _draw_notes(tab: Tab, rows: Sequence[Row], listing: Mapping[str, Facts] | None) -> None:
    undeclared = set(listing or ()) - set(tab.session_keys)
    if undeclared and not tab.shows_undeclared:
        st.caption(_words.undeclared(len(undeclared)))
    if tab.access.identity == "single-user":
        st.caption(_words.SHARED)
    if tab.access.decision.is_here:
        for line in _for_the_developer(tab, rows):
            st.caption(_words.plain(line))


def _for_the_developer(tab: Tab, rows: Sequence[Row]) -> list[str]:
    """What only the person at this computer reads; everybody else's is in the log."""
    memory, connection = tab.memory, tab.access.connection
    lines = [tab.access.decision.refusal, memory.hint]
    lines += [] if memory.trouble is None else [memory.trouble.message]
    unopened = [row for row in rows if row.state in _rows.UNOPENED and row.problem]
    lines += [f"{row.key}: {row.problem.message}" for row in unopened if row.problem]
    if connection is not None and memory.trouble is None:
        lines.append(f"Kept in {connection.location}")
    return [line for line in lines if line]


def _save_all(tab: Tab) -> None:
    if not _loading.is_still_theirs(tab):
        return
    listing = _loading.fresh(tab)
    if listing is None:
        return
    found = _rows.rows(tab, listing)
    keys = [row.key for row in found if row.state in _summary.SAVEABLE]
    if not keys:
        keys = [row.key for row in found if row.state is _rows.State.SAVED and row.is_in_tab]
    tab.memory.outcome = _saving.save_keys(tab, keys, listing)


def _try_now(tab: Tab) -> None:
    tab.memory.trouble = None
    tab.memory.forget_listing()
    # The page may have results to bring back, which happens at its top.
    tab.memory.wants_rerun = True


def _choose(tab: Tab, key: str, offers: Mapping[str, Action], widget: str) -> None:
    chosen = offers.get(st.session_state[widget])
    if chosen is not None:
        _act(tab, key, chosen)


def _act(tab: Tab, key: str, action: Action) -> None:
    if not _loading.is_still_theirs(tab):
        return
    if action.does == "undo":
        _loading.undo(tab, key)
    elif action.does == "load":
        _loading.load(tab, key, action.version)
    elif (listing := _loading.fresh(tab)) is not None:
        tab.memory.outcome = _saving.save_keys(tab, [key], listing)
