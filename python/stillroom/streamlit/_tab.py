"""One page in one browser tab: its values, and what is known about each.

The page, its restore, its saving and its panel all work on this. A value lies
either in the page's own memory or, for `session_keys`, in the session under its
own name; only this file knows which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import streamlit as st

from .._open import open as open_store
from .._store import Store
from . import _session, _widgets
from ._access import Access
from ._session import Base, Facts, PageMemory

MEBIBYTE = 1024 * 1024


class Held(NamedTuple):
    """A value that a tab holds, which may be None."""

    value: Any


@dataclass(frozen=True, slots=True)
class Tab:
    """What one run of the script knows about a page; the memory outlives it."""

    name: str
    access: Access
    memory: PageMemory
    session_keys: tuple[str, ...] = ()
    types: tuple[type, ...] = ()
    autosave: bool = True
    max_auto_mb: float = 50
    describe: Callable[[Any], dict[str, Any]] | None = None
    """Makes the metadata of a value, for pages that keep some."""
    shows_undeclared: bool = True
    """Whether results beside `session_keys` have rows, or are only counted."""
    _declared: frozenset[str] = field(init=False, repr=False)
    """The session keys to look up: a row asks several times, and a page may have a thousand."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_declared", frozenset(self.session_keys))

    @property
    def store(self) -> Store | None:
        """The visitor's store, which knows the page's classes; None where nobody may keep."""
        store = self.access.store
        if store is None or not self.types:
            return store
        return Store(store._core, store._types_with(self.types))

    def scratch(self) -> Store:
        """A store in memory that keeps what the page's store would, for as long as it is open.

        Python objects too where the app has a key of its own: the key that a local store
        made for itself never leaves its folder.
        """
        connection = self.access.connection
        key = None if connection is None else connection._chosen.signing_key
        owner = self.access.owner
        return open_store("memory:", owner=owner, signing_key=key, types=self.types)

    def has(self, key: str) -> bool:
        """Whether the tab holds a value."""
        return self.held(key) is not None

    def held(self, key: str) -> Held | None:
        """The value in the tab, or None where it holds none; asks the session once.

        None under a session key counts as not computed, unless None is what was saved.
        """
        if self.is_in_session(key):
            value = st.session_state.get(key)
            is_none = value is None and not self._is_saved_none(key)
            return None if is_none else Held(value)
        values = self.memory.values
        return Held(values[key]) if key in values else None

    def get(self, key: str) -> Any:
        """The value in the tab; only for keys it has."""
        return st.session_state[key] if self.is_in_session(key) else self.memory.values[key]

    def put(self, key: str, value: Any) -> None:
        """Put a value where the app will look for it."""
        if self.is_in_session(key):
            st.session_state[key] = value
        else:
            self.memory.values[key] = value

    def drop(self, key: str) -> None:
        """Forget a key: its value, and all that was known about it."""
        if not self.is_in_session(key):
            self.memory.values.pop(key, None)
        elif key in st.session_state:
            del st.session_state[key]
        memory = self.memory
        for notes in (memory.bases, memory.problems, memory.undo, memory.arriving):
            notes.pop(key, None)
        for seen in (memory.held_back, memory.checked):
            seen.pop(key, None)
        memory.declined.discard(key)

    def keys(self) -> list[str]:
        """The keys with a value in the tab, the declared ones first."""
        others = sorted(set(self.memory.values) - set(self.session_keys))
        return [key for key in (*self.session_keys, *others) if self.has(key)]

    def equals(self, key: str, value: Any, facts: Facts | None) -> None:
        """Note that `value`, in the tab, is what that stored version holds."""
        self.memory.problems.pop(key, None)
        if facts is None:
            self.memory.bases.pop(key, None)
        else:
            self.memory.bases[key] = Base.of(value, facts)

    def listing(self) -> dict[str, Facts]:
        """What is stored, by key; asked afresh after a while and after our own writes."""
        memory = self.memory
        age = _session.monotonic() - memory.listed_at
        if memory.listing is None or age > _session.LISTING_SECONDS:
            return self.list_afresh()
        return memory.listing

    def list_afresh(self) -> dict[str, Facts]:
        """What is stored, asked now. Raises what the store raises."""
        store = self.store
        if store is None:
            return {}
        self.memory.listing = listed(store, self.name)
        self.memory.listed_at = _session.monotonic()
        return self.memory.listing

    def facts_of(self, key: str, version: int) -> Facts | None:
        """What is known about a version that was just loaded; None if it is gone again."""
        facts = self.listing().get(key)
        if facts is None or facts.version != version:
            facts = self.list_afresh().get(key)
        # A newer one by now: the sizes are its own, but the version is the one in the tab.
        return None if facts is None else facts._replace(version=version)

    def declares(self, key: str) -> bool:
        """Whether the page names this key among its `session_keys`."""
        return key in self._declared

    def is_in_session(self, key: str) -> bool:
        """Whether the value of a key lies in the session, under its own name."""
        # What a widget or Streamlit owns is not touched, declared or not.
        return self.declares(key) and not _widgets.owns(self.name, key)

    def _is_saved_none(self, key: str) -> bool:
        base = self.memory.bases.get(key)
        is_none = base is not None and base.is_equal and base.seen.is_still(None)
        return is_none and key in st.session_state


def listed(store: Store, page: str) -> dict[str, Facts]:
    """What a store holds of a page, by key."""
    return {record.key: Facts.of(record) for record in store.results(page)}
