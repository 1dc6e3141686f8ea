"""Which session keys can't be results, because a widget or Streamlit owns them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.errors import StreamlitAPIException

from . import _session

if TYPE_CHECKING:
    from ._tab import Tab

_RESERVED = ("$$", "FormSubmitter:", _session.KEY, "stillroom-")
"""How session keys begin that are Streamlit's or ours."""

_learnt: set[tuple[str, str]] = set()
"""Page and key of what turned out to belong to a widget in this process.

Streamlit doesn't tell before the widget is made. So the first tab of a process that
finds a row under such a key restores it, and its widget begins with that value; by the
end of that run it is known, and no other tab does. Nothing is ever saved under it.
"""


def owns(page: str, key: str) -> bool:
    """Whether a declared session key is not the page's to restore or to save."""
    return key == "" or key.startswith(_RESERVED) or (page, key) in _learnt


def note(page: str, key: str) -> None:
    """Remember that a key belongs to a widget."""
    _learnt.add((page, key))


def learn(tab: Tab) -> None:
    """Find out which of the declared keys belong to widgets of this run.

    Streamlit refuses a write to the key of a widget that stands on the page; a
    write of the same value to any other key changes nothing.
    """
    for key in tab.session_keys:
        held = None if owns(tab.name, key) else tab.held(key)
        if held is None:
            continue
        value = held.value
        base = tab.memory.bases.get(key)
        # Also what was restored has to be tried once: a widget may have taken it for its own.
        is_known = key in tab.memory.written and base is not None and base.seen.is_still(value)
        if is_known:
            continue
        try:
            st.session_state[key] = value
        except StreamlitAPIException:
            note(tab.name, key)
            tab.drop(key)
        else:
            tab.memory.written.add(key)
