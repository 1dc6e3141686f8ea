"""What `page[key]` does where the tab doesn't have the value: loads it, and keeps it here.

The line can't return without a value. So where a person has stopped the load, the script
ends there, as by `st.stop()`, under a line that offers to load it after all. An error
would be shown to somebody who did nothing wrong, and an app that catches errors would
take what is stored for absent and compute it again.
"""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from .._page_load import PageLoad
from .._store import Store
from . import _link, _loads, _restore, _waiting, _words
from ._session import Facts
from ._tab import Tab


def read(tab: Tab, store: Store, key: str) -> Any:
    """Load a value that the tab doesn't have; the same object from then on.

    Raises what the store raises.
    """
    memory = tab.memory
    if key in memory.declined and _waiting.is_on_a_page():
        _offer(tab, key)
    linked = _link.shown(tab, key)
    if linked is None:
        facts, version, job = tab.listing().get(key), None, _loads.newest(tab, store, [key])
    else:
        facts, version = linked, linked.version
        job = _loads.one(tab, store, key, version)
    # One that isn't listed is absent, most likely, and asked for in every run.
    length = 0 if facts is None else facts.bytes
    with _loads.loaded(tab, "read", {key: version}, job, length=length) as found:
        if found is not None:
            return _taken_over(tab, key, found, linked)
        memory.declined.add(key)
    return read(tab, store, key)


def _taken_over(tab: Tab, key: str, found: PageLoad, linked: Facts | None) -> Any:
    if key in found.failed:
        _restore.note_unopened(tab, key, found.failed[key])
    value = found[key]
    tab.put(key, value)
    tab.equals(key, value, linked or tab.facts_of(key, found.versions[key]))
    return value


def _offer(tab: Tab, key: str) -> None:
    """Say that the page goes on when the value is loaded, and end the script."""
    place, memory = st.empty(), tab.memory
    facts = (memory.listing or {}).get(key)
    with place.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_words.needed(key, None if facts is None else facts.bytes))
        try:
            st.button(
                "Load",
                key=f"stillroom-load-{tab.name}-{key}",
                on_click=memory.declined.discard,
                args=(key,),
            )
        except StreamlitAPIException:
            # A form takes no button, and without one this would be the end of the page.
            place.empty()
            return
    st.stop()
