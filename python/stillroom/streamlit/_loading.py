"""Puts a stored version into the tab at somebody's wish, and takes that back.

A load runs in a thread of its own (`_work`). One of less than a second is over with the
click; a longer one goes on, and whichever run of the script comes next takes it over.
What the tab held is kept until the next save, so nothing is lost by looking at an older
version; and a value that came into the tab after the click is newer work, and stays. The
page has to run again afterwards, to show what was loaded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from streamlit.errors import StreamlitAPIException

from .._errors import InternalError, NotFoundError, StillroomError
from .._page_load import ABOUT_ONE_RESULT
from . import _access, _dialog_words, _loads, _restore, _widgets, _work
from ._session import Base, Facts, Seen, Undo
from ._tab import Tab
from ._work import Load

log = logging.getLogger("stillroom.streamlit")

Tell = Callable[[Tab, str, int, StillroomError], None]
"""Says that this version of that key could not be loaded."""


class ByClick(Load):
    """A version that somebody wants to have in the tab."""

    __slots__ = ("facts", "is_newest", "tell", "was")

    def __init__(
        self, key: str, facts: Facts, job: _loads.Job, tell: Tell, *, is_newest: bool
    ) -> None:
        super().__init__("click", {key: facts.version}, job)
        self.facts = facts
        self.is_newest = is_newest
        self.tell = tell
        self.was: Seen | None = None
        """What the tab held at the click; None for nothing."""


def load(tab: Tab, key: str, version: int | None = None) -> bool:
    """Load a version, the newest without one; whether it is in the tab now.

    What goes wrong is noted for the panel; nothing raises because of the store.
    """
    listing = fresh(tab)
    newest = None if listing is None else listing.get(key)
    if newest is None:
        return False
    wanted = version or newest.version
    try:
        return take(tab, key, wanted, newest, _note)
    except StillroomError as error:
        _note(tab, key, wanted, error)
        return False


def take(tab: Tab, key: str, version: int, newest: Facts, tell: Tell) -> bool:
    """The same, for who sees to a failure: raises what the store raises.

    False while the load goes on. Then `tell` is called where it fails later.
    """
    store, memory = tab.store, tab.memory
    if store is None:
        raise NotFoundError(f"nothing is saved there; at `{tab.name}`, `{key}`")
    load = _under_way(tab, key, version)
    if load is None:
        forget(tab, key)
        facts = newest._replace(version=version)
        job = _loads.one(tab, store, key, version)
        load = ByClick(key, facts, job, tell, is_newest=facts == newest)
        _loads.begin(memory, load)
    # Whoever asks once more has seen what the tab holds now.
    load.was = Seen(tab.get(key)) if tab.has(key) else None
    return load.wait_for_a_moment() and _take_over(tab, load)


def collect(tab: Tab) -> None:
    """Take over the loads of clicks that have ended, and say in passing that they have."""
    memory = tab.memory
    ended = [one for one in memory.loading if isinstance(one, ByClick) and one.is_finished]
    for load in ended:
        (key,), version = load.keys, load.facts.version
        try:
            if _take_over(tab, load):
                memory.toasts.append(_dialog_words.loaded(version, key))
        except StillroomError as error:
            load.tell(tab, key, version, error)


def stop(tab: Tab) -> None:
    """End the loads of clicks at somebody's wish; the tab stays as it is."""
    for load in _work.loading(tab.memory):
        _loads.forget(tab.memory, load)


def forget(tab: Tab, key: str) -> None:
    """End the loads of a key, since something else is wanted of it by now."""
    for load in list(tab.memory.loading):
        if load.purpose == "click" and key in load.wanted:
            _loads.forget(tab.memory, load)


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


def _under_way(tab: Tab, key: str, version: int) -> ByClick | None:
    for load in _work.loading(tab.memory):
        if isinstance(load, ByClick) and load.wanted == {key: version}:
            return load
    return None


def _take_over(tab: Tab, load: ByClick) -> bool:
    """Put what was loaded into the tab, where nothing newer is; raises what went wrong."""
    memory, (key,) = tab.memory, load.keys
    if not _loads.remove(memory, load) or load.was_stopped:
        return False
    if load.loaded is None:
        raise _error(load)
    if tab.has(key) and (load.was is None or not load.was.is_still(tab.get(key))):
        memory.toasts.append(_dialog_words.kept_newer(load.facts.version, key))
        return False
    held = Undo(tab.get(key), memory.bases.get(key)) if tab.has(key) else None
    value = load.loaded[key]
    try:
        tab.put(key, value)
    except StreamlitAPIException:
        # The page was opened after the widget. It keeps what it shows.
        _widgets.note(tab.name, key)
        return False
    except BaseException:
        # Streamlit ends this script; the next one takes it over.
        memory.loading.append(load)
        raise
    if load.is_newest:
        tab.equals(key, value, load.facts)
    else:
        memory.bases[key] = Base.of(value, load.facts)
    if held is not None:
        memory.undo[key] = held
    memory.declined.discard(key)
    memory.wants_rerun = True
    return True


def _error(load: Load) -> StillroomError:
    if isinstance(load.error, StillroomError):
        return load.error
    return InternalError(f"a load ended with {type(load.error).__name__}")


def _note(tab: Tab, key: str, version: int, error: StillroomError) -> None:
    """Remember why it could not be loaded: in its row, or for all rows where the store is away."""
    memory = tab.memory
    if not isinstance(error, (*ABOUT_ONE_RESULT, InternalError)):
        memory.note(error)
        return
    problem = memory.problems.get(key)
    if problem is None or problem.previous != version:
        try:
            _restore.note_unopened(tab, key, error)
        except StillroomError as another:
            memory.note(another)
        return
    # It was offered in place of the newest, which is no better by now.
    problem.previous = _restore.version_before(tab, key, version)
    memory.toasts.append(_dialog_words.unopened(version, error.kind))
    log.warning("version %d of result %r of page %r: %s", version, key, tab.name, error)
