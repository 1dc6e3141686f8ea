"""Puts a stored version into the tab at somebody's wish, and takes that back.

What the tab held is kept until the next save, so nothing is lost by looking at an
older version. The page has to run again afterwards, to show what was loaded.
"""

from __future__ import annotations

from collections.abc import Mapping

from .._errors import NotFoundError, StillroomError
from . import _access, _restore
from ._session import Base, Facts, Undo
from ._tab import Tab


def load(tab: Tab, key: str, version: int | None = None) -> bool:
    """Load a version, the newest without one; whether it is in the tab now.

    What goes wrong is noted for the panel; nothing raises because of the store.
    """
    if fresh(tab) is None:
        return False
    try:
        take(tab, key, version)
    except StillroomError as error:
        _restore.note_unopened(tab, key, error)
        return False
    return True


def take(tab: Tab, key: str, version: int | None = None) -> None:
    """The same, for who sees to a failure: raises what the store raises."""
    store = tab.store
    newest = None if store is None else tab.list_afresh().get(key)
    if store is None or newest is None:
        raise NotFoundError(f"nothing is saved there; at `{tab.name}`, `{key}`")
    wanted = newest._replace(version=version or newest.version)
    value = store.load(tab.name, key, version=wanted.version, types=tab.types)
    held = Undo(tab.get(key), tab.memory.bases.get(key)) if tab.has(key) else None
    tab.put(key, value)
    if wanted == newest:
        tab.equals(key, value, newest)
    else:
        tab.memory.bases[key] = Base.of(value, wanted)
    if held is not None:
        tab.memory.undo[key] = held
    tab.memory.wants_rerun = True


def undo(tab: Tab, key: str) -> None:
    """Put back what the tab held before the last load."""
    held = tab.memory.undo.pop(key, None)
    if held is None:
        return
    tab.put(key, held.value)
    if held.base is None:
        tab.memory.bases.pop(key, None)
    else:
        tab.memory.bases[key] = held.base
    tab.memory.wants_rerun = True


def fresh(tab: Tab) -> Mapping[str, Facts] | None:
    """What is stored, asked now; None, and noted, when the store can't say."""
    try:
        return tab.list_afresh()
    except StillroomError as error:
        tab.memory.note(error)
        return None


def is_still_theirs(tab: Tab) -> bool:
    """Whether the visitor is still the one the panel was drawn for.

    A click comes before the page opens again; if somebody else is asking by now, or the
    store can't be opened any more, the page runs and sees to it, and the click does nothing.
    """
    now, then = _access.ask(tab.access.connection), tab.access
    same = (now.owner, now.known_owner) == (then.owner, then.known_owner)
    if not same:
        tab.memory.wants_rerun = True
    return same
