"""The recipe's panel and auto-load, on the same page, restore and panel as ours.

What differs: the person saves by the button, results lie under the page's title, and
each carries the metadata that the recipe wrote. `stillroom.compat` has the names.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import streamlit as st

from .. import _arguments
from .._store import Store
from . import _access, _link, _loading, _panel, _restore, _saving, _session
from ._page import open_tab
from ._tab import Tab

_declared: dict[str, tuple[str, ...]] = {}
"""The keys that panels of this process declared, by page title.

Auto-load brings back these and no others. It must never be "whatever the store has":
the rows are the user's, and a key named `role` may mean something to the app.
"""


def auto_load(page_key: str, keys: Iterable[str] | None) -> None:
    """Bring back what is declared for the page, once per tab and owner.

    Without `keys`, on the first run after a start, nothing is declared yet: then the
    panel says so, and the page runs once more.
    """
    declared = _declared.get(page_key) if keys is None else tuple(_arguments.names("keys", keys))
    tab = _open(page_key, declared or ())
    _asked(tab)[page_key] = declared is not None
    if declared is None:
        return
    flag = f"__{page_key}_loaded_from_db"
    # What one owner loaded says nothing about the next one's.
    tab.memory.session_keys.add(flag)
    _saving.collect(tab)
    _loading.collect(tab)
    # The recipe's own flag, which apps delete or set to False to load again.
    if not st.session_state.get(flag, False) and _is_restored(tab):
        tab.memory.declined.difference_update(declared)
    if _link.follow(tab):
        st.session_state[flag] = False
    if not st.session_state.get(flag, False):
        tab.memory.restored.difference_update(declared)
        _restore.restore(tab, refresh=True)
        if _is_restored(tab) and tab.store is not None:
            st.session_state[flag] = True


def panel(page_type: str, page_title: str, custom_keys: Iterable[str]) -> None:
    """Draw the panel of a page whose results lie in the session under `custom_keys`."""
    tab = _open(page_title, _arguments.names("custom_keys", custom_keys))
    _declared[page_title] = tab.session_keys
    asked = _asked(tab)
    tab.memory.hint = "" if not asked or page_title in asked else _mismatch(asked, page_title)
    is_waiting = not asked.pop(page_title, True)
    if is_waiting and not tab.memory.has_waited and _has_something_for(tab):
        tab.memory.has_waited = True
        st.rerun()
    asked.clear()
    _panel.show(tab, key=str(page_type))


def store() -> Store | None:
    """The store of whoever is looking at the app; None where nobody can be told."""
    access = _access.ask()
    if access.trouble is not None:
        raise access.trouble
    return access.store


def _open(page: str, keys: Iterable[str]) -> Tab:
    return open_tab(
        page, session_keys=keys, autosave=False, describe=_metadata, shows_undeclared=False
    )


def _is_restored(tab: Tab) -> bool:
    return tab.memory.restored.issuperset(_restore.restorable(tab))


def _metadata(value: Any) -> dict[str, Any]:
    return {
        "saved_at": datetime.now().astimezone().isoformat(),
        "data_type": str(type(value)),
    }


def _asked(tab: Tab) -> dict[str, bool]:
    """The pages that auto-load was called for since a panel was drawn, and whether it
    knew their keys."""
    return _session.store_memory(tab.access.place).asked


def _mismatch(asked: Iterable[str], title: str) -> str:
    others = ", ".join(f"`{one}`" for one in sorted(asked))
    return f"auto-load was called for {others}, and this panel is for `{title}`; give both one text"


def _has_something_for(tab: Tab) -> bool:
    listing = _panel.stored(tab) or {}
    return any(key in listing and key not in st.session_state for key in tab.session_keys)
