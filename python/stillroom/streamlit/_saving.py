"""Saves what a tab holds: at once for `page[key] = value`, at the panel for the rest.

A set is saved whole or not at all. What can't be kept is named, and the others are
saved as one set without it. Of these functions only `write_through` raises.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from .._errors import (
    ConflictError,
    InvalidError,
    StillroomError,
    TooLargeError,
    UnsupportedError,
)
from .._records import Receipt
from .._store import Store
from . import _rows
from ._rows import State
from ._session import Facts, Outcome, Problem, Seen
from ._tab import Tab

log = logging.getLogger("stillroom.streamlit")

_ABOUT_THE_VALUE = (UnsupportedError, TooLargeError, InvalidError)


def write_through(tab: Tab, values: Mapping[str, Any]) -> None:
    """Save values as one set, and only then put them into the tab.

    In this order, and with nothing of Streamlit's before the save: a script whose tab
    is gone is stopped at its next call of Streamlit, and the result would be lost.
    Where nobody may keep results, they are put into the tab alone. After a failure
    too: they took long to make.
    """
    store = None
    try:
        if tab.access.trouble is not None:
            raise tab.access.trouble
        store = tab.store
        if store is not None:
            _commit(tab, store, values, None)
    except StillroomError as error:
        if store is not None and isinstance(error, _ABOUT_THE_VALUE):
            tab.memory.problems.update(_problems(store, values))
        raise
    finally:
        for key, value in values.items():
            tab.put(key, value)


def autosave(tab: Tab, listing: Mapping[str, Facts]) -> None:
    """Save what changed since the last run, without being asked.

    Not a value that was here before anything was known about what is stored: it may
    be a default that the app puts there in every new tab.
    """
    found = _rows.rows(tab, listing)
    keys = [row.key for row in found if row.state in (State.ONLY_IN_TAB, State.CHANGED)]
    # What was assigned to the page was meant to be saved.
    keys += [row.key for row in found if row.state is State.NEWER_IN_TAB and _is_own(tab, row.key)]
    if keys and tab.memory.may_try:
        save_keys(tab, keys, listing)


def save_keys(tab: Tab, keys: Iterable[str], listing: Mapping[str, Facts]) -> Outcome | None:
    """Save the tab's values of these keys as one set, without those that can't be kept.

    Each goes on top of the version in `listing`: if somebody saved since, the row says
    so and nothing is lost. None when the store failed as a whole.
    """
    try:
        store = tab.store
        values = {key: tab.get(key) for key in keys}
        receipts = {} if store is None else _save_set(tab, store, values, listing)
    except StillroomError as error:
        tab.memory.note(error, is_about_saving=True)
        return None
    tab.memory.trouble = None
    return Outcome(
        saved=tuple((key, one.version) for key, one in receipts.items() if not one.unchanged),
        unchanged=tuple(key for key, one in receipts.items() if one.unchanged),
    )


def _save_set(
    tab: Tab, store: Store, values: Mapping[str, Any], listing: Mapping[str, Facts]
) -> Mapping[str, Receipt]:
    if not values:
        return {}
    try:
        return _commit(tab, store, values, listing)
    except ConflictError:
        fresh = tab.list_afresh()
        left_out = {key for key in values if fresh.get(key) != listing.get(key)}
    except _ABOUT_THE_VALUE as error:
        problems = _problems(store, values)
        if not problems and len(values) == 1:
            problems = {key: _problem(error, value) for key, value in values.items()}
        tab.memory.problems.update(problems)
        for key, problem in problems.items():
            log.warning("result %r of page %r can't be kept: %s", key, tab.name, problem.message)
        left_out = set(problems)
    if not left_out:
        # Nothing tells which one it was, so each is tried on its own.
        return {
            key: receipt
            for key, value in values.items()
            for receipt in _save_set(tab, store, {key: value}, listing).values()
        }
    rest = {key: value for key, value in values.items() if key not in left_out}
    return _save_set(tab, store, rest, listing)


def _commit(
    tab: Tab, store: Store, values: Mapping[str, Any], listing: Mapping[str, Facts] | None
) -> Mapping[str, Receipt]:
    """Save a set, on top of what `listing` says or of anything."""
    conditions = None
    if listing is not None:
        conditions = {key: listing[key].version if key in listing else 0 for key in values}
    described = {key: tab.describe(value) for key, value in values.items()} if tab.describe else {}
    receipts = store._save_set(tab.name, values, conditions, None, described)
    tab.memory.forget_listing()
    for key, value in values.items():
        tab.equals(key, value, Facts.of(receipts[key]))
        tab.memory.undo.pop(key, None)
    return receipts


def _problems(store: Store, values: Mapping[str, Any]) -> dict[str, Problem]:
    """The values that can't be kept, each with the first part it fails at."""
    found = {}
    for key, value in values.items():
        try:
            problems = store.check(value).problems
        except StillroomError as error:
            found[key] = _problem(error, value)
            continue
        if problems:
            # The check knows the value by no name; on the screen it has its key.
            path = key + problems[0].path.removeprefix("value")
            message = problems[0].message
            found[key] = Problem("unsupported", path, message, seen=Seen(value))
    return found


def _problem(error: StillroomError, value: object) -> Problem:
    return Problem(error.kind, error.path, str(error), seen=Seen(value))


def _is_own(tab: Tab, key: str) -> bool:
    return key not in tab.session_keys
