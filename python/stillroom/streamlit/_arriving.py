"""Values that are assigned to a page, on their way into the tab.

Most are there at once. Those of `session_keys` belong into the session under their own
names, and putting them there is a call of Streamlit, which ends a script that is run
again or whose tab is gone. What such a script has assigned waits here for the next run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from . import _widgets
from ._session import Arrival
from ._tab import Tab


def keep(tab: Tab, values: Mapping[str, Any]) -> None:
    """Take values in, without a call of Streamlit."""
    memory = tab.memory
    for key, value in values.items():
        if tab.is_in_session(key):
            memory.arriving[key] = Arrival(value, memory.bases.get(key))
        else:
            memory.values[key] = value


def put(tab: Tab, keys: Iterable[str]) -> None:
    """Put those that belong there into the session, for the script that assigned them."""
    for key in keys:
        arrival = tab.memory.arriving.get(key)
        if arrival is not None:
            tab.put(key, arrival.value)
            tab.memory.arriving.pop(key, None)


def let_in(tab: Tab) -> None:
    """Put into the session what a script that was ended could not.

    Not over anything that came there in between, such as what a click has cleared or
    changed: then it is in the store alone, if its save went well.
    """
    for key, arrival in list(tab.memory.arriving.items()):
        if not tab.is_in_session(key):
            continue
        if _has_changed(tab, key, arrival):
            _let_go(tab, key, arrival)
        else:
            try:
                tab.put(key, arrival.value)
            except StreamlitAPIException:
                _widgets.note(tab.name, key)
        tab.memory.arriving.pop(key, None)


def _has_changed(tab: Tab, key: str, arrival: Arrival) -> bool:
    held = st.session_state.get(key)
    return held is not None if arrival.base is None else not arrival.base.seen.is_still(held)


def _let_go(tab: Tab, key: str, arrival: Arrival) -> None:
    """Keep what is being saved from passing for the value that the tab has now."""
    memory = tab.memory
    base = memory.bases.get(key)
    if base is not None and base.seen.is_still(arrival.value):
        memory.bases.pop(key)
        if arrival.base is not None:
            memory.bases[key] = arrival.base
    for work in memory.saving:
        if key in work.handed:
            work.handed[key].is_followed = False
