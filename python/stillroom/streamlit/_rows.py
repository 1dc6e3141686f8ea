"""Which state each key of a page is in, and what can be done about it.

Pure: from what the tab holds and what is stored. The words are `_words`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from . import _widgets, _work
from ._session import Base, Facts, PageMemory, Problem
from ._tab import Held, Tab


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
    STALE = "computed with older code"
    DELETED = "deleted"


UNSAVED = frozenset({State.ONLY_IN_TAB, State.CHANGED, State.NEWER_IN_TAB, State.CONFLICT})
KEPT = frozenset({State.SAVED, State.OLDER_IN_TAB, State.NOT_LOADED, State.STALE})
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

MOST = 20
"""How many rows are drawn; where there are more, the others are found by name."""

CALM = frozenset({State.NOT_COMPUTED, State.SAVED})
"""What asks nobody for anything."""

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
    is_loading: bool = False
    """Whether a click has begun to load a version of it, and that goes on."""
    deleted: tuple[int, ...] = ()
    """The versions that were just deleted, which can be taken back."""
    reason: str = ""
    """What makes a result stale."""


def rows(
    tab: Tab, listing: Mapping[str, Facts] | None, looked: Mapping[str, Held | None] | None = None
) -> list[Row]:
    """A row for each declared key, then for each other key of the page.

    `listing` is None when the store can't say; then what this tab saved or loaded
    itself still counts as saved. `looked` is what the tab was found to hold, if
    nothing has been put into it since.
    """
    looked = looked or {}
    others = set(tab.memory.values)
    if tab.shows_undeclared:
        others |= set(listing or ())
    others |= set(tab.memory.deleted)
    others -= set(tab.session_keys)
    keys = (*tab.session_keys, *sorted(others))
    return [row(tab, listing, key, looked[key] if key in looked else tab.held(key)) for key in keys]


def shown(rows: Sequence[Row], chosen: str | None) -> tuple[list[Row], list[str]]:
    """The rows to draw, and the keys to choose from where these are not all.

    What needs a person goes first, then what comes first; `chosen` is always there.
    """
    if len(rows) <= MOST:
        return list(rows), []
    ordered = sorted(rows, key=lambda row: row.state in CALM)
    drawn = ordered[:MOST] + [row for row in ordered[MOST:] if row.key == chosen]
    return drawn, [row.key for row in rows]


def row(tab: Tab, listing: Mapping[str, Facts] | None, key: str, held: Held | None) -> Row:
    """The row of one key, under which the tab holds `held`."""
    memory = tab.memory
    stored = None if listing is None else listing.get(key)
    base = memory.bases.get(key)
    problem = memory.problems.get(key)
    if tab.declares(key) and _widgets.owns(tab.name, key):
        state = State.WIDGET
    elif held is not None:
        if listing is None and base is not None and base.is_equal:
            stored = base.facts
        state, problem = _in_tab(held.value, stored, base, problem)
    else:
        # A key of the mapping is loaded when the app reads it, so there is nothing to press;
        # unless a person has stopped that.
        waits = tab.declares(key) or key in memory.declined
        state, problem = _only_stored(stored, problem, waits)
    deleted = memory.deleted.get(key, ()) if stored is None else ()
    if deleted and state is State.NOT_COMPUTED:
        state = State.DELETED
    can_undo = state is State.SAVED or state is State.OLDER_IN_TAB
    return Row(
        key,
        state,
        stored=stored,
        base=None if base is None else base.facts,
        problem=problem,
        is_in_tab=held is not None,
        can_undo=can_undo and key in memory.undo,
        is_loading=bool(memory.loading) and _is_being_loaded(memory, key),
        deleted=deleted,
    )


def _is_being_loaded(memory: PageMemory, key: str) -> bool:
    return any(key in load.wanted for load in _work.loading(memory))


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
        # Newer than all that is stored: its own version was deleted.
        if not base.is_equal or stored.version < base.facts.version:
            return State.NEWER_IN_TAB, None
        if stored.version == base.facts.version:
            return State.SAVED, None
        return State.OLDER_IN_TAB, problem if _is_about(problem, stored) else None
    if stored.version > base.facts.version:
        return State.CONFLICT, None
    return State.CHANGED, None


def _only_stored(
    stored: Facts | None, problem: Problem | None, waits_for_a_click: bool
) -> tuple[State, Problem | None]:
    if stored is None:
        return State.NOT_COMPUTED, None
    if problem is not None and _is_about(problem, stored):
        return _LOADING.get(problem.kind, State.CANT_OPEN), problem
    if stored.is_damaged:
        return State.DAMAGED, None
    return (State.NOT_LOADED if waits_for_a_click else State.SAVED), None


def _is_about(problem: Problem | None, stored: Facts) -> bool:
    facts = None if problem is None else problem.facts
    return facts is not None and facts.version == stored.version
