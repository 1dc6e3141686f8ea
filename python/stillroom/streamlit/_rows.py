"""Which state each key of a page is in, and what can be done about it.

Pure: from what the tab holds and what is stored. The words are `_words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from . import _widgets
from ._session import Base, Facts, Problem
from ._tab import Tab


class State(StrEnum):
    """What a row says; the words are in `_words`."""

    NOT_COMPUTED = "not computed"
    ONLY_IN_TAB = "only in this tab"
    SAVED = "saved"
    CHANGED = "changed"
    NEWER_IN_TAB = "stored, newer in tab"
    OLDER_IN_TAB = "older version loaded"
    CONFLICT = "conflict"
    NOT_LOADED = "stored, not loaded"
    CANT_STORE = "can't be stored"
    TOO_LARGE = "too large"
    MISSING_CLASS = "missing class"
    LOCKED = "locked"
    DAMAGED = "damaged"
    NEWER_FORMAT = "newer format"
    CANT_OPEN = "can't be opened"
    WIDGET = "belongs to a widget"


UNSAVED = frozenset({State.ONLY_IN_TAB, State.CHANGED, State.NEWER_IN_TAB, State.CONFLICT})
KEPT = frozenset({State.SAVED, State.OLDER_IN_TAB, State.NOT_LOADED})
REFUSED = frozenset({State.CANT_STORE, State.TOO_LARGE})
UNOPENED = frozenset(
    {
        State.MISSING_CLASS,
        State.LOCKED,
        State.DAMAGED,
        State.NEWER_FORMAT,
        State.CANT_OPEN,
    }
)

_LOADING = {
    "denied": State.LOCKED,
    "invalid": State.MISSING_CLASS,
    "unsupported": State.NEWER_FORMAT,
    "corrupt": State.DAMAGED,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One key of the panel."""

    key: str
    state: State
    stored: Facts | None = None
    """The newest stored version."""
    base: Facts | None = None
    """The stored version that the tab's value comes from."""
    problem: Problem | None = None
    is_in_tab: bool = False
    can_undo: bool = False


def rows(tab: Tab, listing: Mapping[str, Facts] | None) -> list[Row]:
    """A row for each declared key, then for each other key of the page.

    `listing` is None when the store can't say; then what this tab saved or loaded
    itself still counts as saved.
    """
    others = set(tab.keys()) - set(tab.session_keys)
    if tab.shows_undeclared:
        others |= set(listing or ())
    others -= set(tab.session_keys)
    return [row(tab, listing, key) for key in (*tab.session_keys, *sorted(others))]


def row(tab: Tab, listing: Mapping[str, Facts] | None, key: str) -> Row:
    """The row of one key."""
    memory = tab.memory
    stored = None if listing is None else listing.get(key)
    base = memory.bases.get(key)
    problem = memory.problems.get(key)
    has_value = tab.has(key)
    if key in tab.session_keys and _widgets.owns(tab.name, key):
        state = State.WIDGET
    elif has_value:
        if listing is None and base is not None and base.is_equal:
            stored = base.facts
        state, problem = _in_tab(tab.get(key), stored, base, problem)
    else:
        state, problem = _only_stored(stored, problem, key in tab.session_keys)
    facts = None if base is None else base.facts
    can_undo = state is State.SAVED or state is State.OLDER_IN_TAB
    return Row(key, state, stored, facts, problem, has_value, can_undo and key in memory.undo)


def _in_tab(
    value: object, stored: Facts | None, base: Base | None, problem: Problem | None
) -> tuple[State, Problem | None]:
    if problem is not None and problem.seen is not None and problem.seen.is_still(value):
        return (State.TOO_LARGE if problem.kind == "too-large" else State.CANT_STORE), problem
    if stored is None or stored.is_damaged:
        return State.ONLY_IN_TAB, None
    if base is None:
        return State.NEWER_IN_TAB, None
    if base.seen.is_still(value):
        if not base.is_equal:
            return State.NEWER_IN_TAB, None
        if stored.version == base.facts.version:
            return State.SAVED, None
        return State.OLDER_IN_TAB, problem if _is_about(problem, stored) else None
    if stored.version > base.facts.version:
        return State.CONFLICT, None
    return State.CHANGED, None


def _only_stored(
    stored: Facts | None, problem: Problem | None, is_session_key: bool
) -> tuple[State, Problem | None]:
    if stored is None:
        return State.NOT_COMPUTED, None
    if problem is not None and _is_about(problem, stored):
        return _LOADING.get(problem.kind, State.CANT_OPEN), problem
    if stored.is_damaged:
        return State.DAMAGED, None
    # A key of the mapping is loaded when the app reads it, so there is nothing to press.
    return (State.NOT_LOADED if is_session_key else State.SAVED), None


def _is_about(problem: Problem | None, stored: Facts) -> bool:
    facts = None if problem is None else problem.facts
    return facts is not None and facts.version == stored.version
