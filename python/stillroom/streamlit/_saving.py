"""Saves what a tab holds: at once for `page[key] = value`, at the panel for the rest.

Here a save is begun, and what became of it is taken over, both by the script. It runs
in a thread of its own (`_work`), and what it does there is in `_sets`. A save of less
than a second is over when the function returns; a longer one goes on, and whichever run
of the script comes next finds it in the tab's memory. Of these functions only
`write_through` raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from .._errors import InternalError, StillroomError
from .._store import Store
from . import _account, _arriving, _rows, _sets, _waiting, _words, _work
from ._rows import Row, State
from ._session import Base, Facts, Outcome, Seen
from ._sets import Order
from ._tab import Held, Tab
from ._work import Handed, Report, Save, Saved


def write_through(tab: Tab, values: Mapping[str, Any]) -> None:
    """Save values as one set, and return when they are durable.

    Nothing of Streamlit's in the first second: a script whose tab is gone is stopped at
    its next call of Streamlit. Later such a call may end the script, never the save.
    The values are in the tab from the beginning, so that whichever run comes next does
    not compute them again; after a failure too, and where nobody may keep results. A
    person who stops the save leaves them in the tab, and the script goes on.
    """
    _arriving.keep(tab, values)
    try:
        _save_and_wait(tab, values)
    finally:
        _arriving.put(tab, values)


def autosave(
    tab: Tab, listing: Mapping[str, Facts], looked: Mapping[str, Held | None] | None = None
) -> list[Row] | None:
    """Save what changed since the last run, without being asked.

    Not a value that was here before anything was known about what is stored: it may
    be a default that the app puts there in every new tab. Nor one that a person has
    stopped, or that was saved and is deleted since, until it is another object. The rows
    are the answer, unless a save has made others of them. `looked` is as for `_rows.rows`.
    """
    found = _rows.rows(tab, listing, looked)
    wanted = [row for row in found if row.state in (State.ONLY_IN_TAB, State.CHANGED)]
    # What was assigned to the page was meant to be saved.
    wanted += [row for row in found if row.state is State.NEWER_IN_TAB and _is_own(tab, row.key)]
    keys = [row.key for row in wanted if not _was_deleted(tab, row)]
    keys = [key for key in keys if not _is_held_back(tab, key)]
    if not keys or not tab.memory.may_try:
        return found
    _save(tab, keys, listing, is_by_hand=False)
    return None


def save_keys(tab: Tab, keys: Iterable[str], listing: Mapping[str, Facts]) -> Outcome | None:
    """Save the tab's values of these keys as one set, without those that can't be kept.

    Each goes on top of the version in `listing`: if somebody saved since, the row says
    so and nothing is lost. None when the store failed as a whole, and while the save
    goes on; then `collect` says what it did.
    """
    return _save(tab, keys, listing, is_by_hand=True)


def look_ahead(tab: Tab, listing: Mapping[str, Facts]) -> None:
    """Find out which values can't be stored, before anybody asks for it.

    For those that aren't saved by themselves; each object once.
    """
    memory, store = tab.memory, tab.store
    if store is None or memory.trouble is not None:
        return
    for row in _rows.rows(tab, listing):
        if row.state not in _rows.UNSAVED or _work.under_way(memory, [row.key]):
            continue
        value, seen = tab.get(row.key), memory.checked.get(row.key)
        if seen is None or not seen.is_still(value):
            memory.checked[row.key] = Seen(value)
            memory.problems.update(_sets.problems(store, {row.key: value}))


def collect(tab: Tab) -> bool:
    """Take over what became of the saves that have ended; whether there were any."""
    _arriving.let_in(tab)
    return _take_ended(tab)


def settle(tab: Tab, keys: Iterable[str]) -> None:
    """Wait until none of these keys is being saved, before something else is done to them."""
    for work in _work.under_way(tab.memory, keys):
        work.wait()
    collect(tab)


def _save_and_wait(tab: Tab, values: Mapping[str, Any]) -> None:
    if tab.access.trouble is not None:
        raise tab.access.trouble
    store = tab.store
    if store is None:
        return
    work = _begin(tab, store, values, _sets.save_whole, is_awaited=True)
    try:
        if not work.wait_for_a_moment():
            _waiting.until_done(work, partial(_words.saving, len(work.keys)))
    except BaseException:
        # Streamlit ends this script: what the save comes to is for the next one.
        work.is_awaited = False
        raise
    _take_ended(tab)
    if work.error is not None and not _account.ends(tab.access, work.error):
        raise work.error


def _save(
    tab: Tab, keys: Iterable[str], listing: Mapping[str, Facts], *, is_by_hand: bool
) -> Outcome | None:
    """Begin a save of what isn't being saved yet, and wait for a moment."""
    if tab.memory.link is not None:
        return None
    try:
        store = tab.store
    except StillroomError as error:
        tab.memory.note(error, is_about_saving=True)
        return None
    values = {key: tab.get(key) for key in keys if not _work.under_way(tab.memory, [key])}
    if store is None or not values:
        return None if _work.ongoing(tab.memory) else Outcome((), ())
    save = _sets.save_what_can_be
    work = _begin(tab, store, values, save, listing=listing, is_by_hand=is_by_hand)
    if not work.wait_for_a_moment():
        return None
    _take_ended(tab)
    return _outcome(work)


def _begin(
    tab: Tab,
    store: Store,
    values: Mapping[str, Any],
    save: Callable[[Order, Report, Saved], None],
    *,
    listing: Mapping[str, Facts] | None = None,
    is_by_hand: bool = False,
    is_awaited: bool = False,
) -> Save:
    memory = tab.memory
    for key in values:
        memory.held_back.pop(key, None)
    described = {key: tab.describe(value) for key, value in values.items()} if tab.describe else {}
    order = Order(store, tab.name, dict(values), described, listing)
    # What is assigned last is the newest version, however large the one before is.
    before = _work.under_way(memory, values)
    work = Save(
        {key: Handed(Seen(value), memory.bases.get(key)) for key, value in values.items()},
        partial(_after, before, save, order),
        is_by_hand=is_by_hand,
        is_awaited=is_awaited,
    )
    work.start()
    memory.saving.append(work)
    return work


def _after(
    before: Iterable[Save],
    save: Callable[[Order, Report, Saved], None],
    order: Order,
    report: Report,
    saved: Saved,
) -> None:
    for work in before:
        work.wait()
    save(order, report, saved)


def _take_ended(tab: Tab) -> bool:
    ended = [work for work in tab.memory.saving if work.is_finished]
    for work in ended:
        try:
            tab.memory.saving.remove(work)
        except ValueError:
            # Another run of the same tab was faster.
            continue
        _take_over(tab, work)
    return bool(ended)


def _take_over(tab: Tab, work: Save) -> None:
    """Note what a save did, as of the values that were handed over to it."""
    memory, saved = tab.memory, work.saved
    if saved.receipts or saved.is_outdated:
        memory.forget_listing()
    for key, receipt in saved.receipts.items():
        _note_saved(tab, work, key, Facts.of(receipt))
    memory.problems.update(saved.problems)
    if work.was_stopped:
        left = work.handed.keys() - saved.receipts.keys() - saved.problems.keys()
        memory.held_back.update({key: work.handed[key].seen for key in left})
    elif work.error is None and work.handed:
        memory.trouble = None
    elif (
        work.error is not None and not work.is_awaited and not _account.ends(tab.access, work.error)
    ):
        _note_failed(tab, work.error)
    if work.is_by_hand:
        memory.outcome = _outcome(work)


def _note_saved(tab: Tab, work: Save, key: str, facts: Facts) -> None:
    memory, handed = tab.memory, work.handed[key]
    memory.problems.pop(key, None)
    # Another version was loaded meanwhile, and the tab's value comes from that one.
    if not handed.is_followed or memory.bases.get(key) is not handed.base:
        return
    memory.bases[key] = base = Base(handed.seen, facts)
    memory.undo.pop(key, None)
    for later in memory.saving:
        if key in later.handed:
            later.handed[key].base = base


def _note_failed(tab: Tab, error: BaseException) -> None:
    if isinstance(error, _sets.ABOUT_THE_VALUE):
        # The row says so; the store is well.
        return
    if not isinstance(error, StillroomError):
        error = InternalError(f"a save ended with {type(error).__name__}")
    tab.memory.note(error, is_about_saving=True)


def _outcome(work: Save) -> Outcome | None:
    if work.error is not None or work.was_stopped:
        return None
    receipts = work.saved.receipts.items()
    return Outcome(
        saved=tuple((key, one.version) for key, one in receipts if not one.unchanged),
        unchanged=tuple(key for key, one in receipts if one.unchanged),
    )


def _is_held_back(tab: Tab, key: str) -> bool:
    seen = tab.memory.held_back.get(key)
    return seen is not None and seen.is_still(tab.get(key))


def _was_deleted(tab: Tab, row: Row) -> bool:
    """Whether it was stored and is gone: a tab that is still open must not bring it back."""
    base = tab.memory.bases.get(row.key)
    if base is None or not base.seen.is_still(tab.get(row.key)):
        return False
    return row.stored is None or row.stored.version < base.facts.version


def _is_own(tab: Tab, key: str) -> bool:
    return not tab.declares(key)
