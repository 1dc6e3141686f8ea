"""Which session keys can't be results, because a widget or Streamlit owns them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.errors import StreamlitAPIException

from . import _session
from ._session import Seen

if TYPE_CHECKING:
    from ._tab import Held, Tab

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


def learn(tab: Tab) -> dict[str, Held | None]:
    """Find out which of the declared keys belong to widgets of this run.

    Streamlit refuses a write to the key of a widget that stands on the page; a
    write of the same value to any other key changes nothing. Each value is tried
    once, what was restored too: a widget may have taken it for its own.

    What the tab holds under each key that isn't a widget's is the answer: to ask the
    session takes 5 µs, and a page may have a thousand keys.
    """
    looked: dict[str, Held | None] = {}
    for key in tab.session_keys:
        if owns(tab.name, key):
            continue
        held = tab.held(key)
        if held is not None and not _is_tried(tab, key, held.value):
            try:
                st.session_state[key] = held.value
            except StreamlitAPIException:
                note(tab.name, key)
                tab.drop(key)
                continue
            tab.memory.tried[key] = Seen(held.value)
        looked[key] = held
    return looked


def _is_tried(tab: Tab, key: str, value: object) -> bool:
    seen = tab.memory.tried.get(key)
    return seen is not None and seen.is_still(value)
