"""Saves a set of values as well as it can be done; for a thread, far from any page.

A set is saved whole or not at all. What can't be kept is named, and the others are
saved as one set without it. Nothing of the tab and nothing of Streamlit is known here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from .._errors import (
    ConflictError,
    InvalidError,
    StillroomError,
    TooLargeError,
    UnsupportedError,
)
from .._store import Store
from ._session import Facts, Problem, Seen
from ._tab import listed
from ._work import Report, Saved

log = logging.getLogger("stillroom.streamlit")

ABOUT_THE_VALUE = (UnsupportedError, TooLargeError, InvalidError)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be saved, for whom and on top of what."""

    store: Store
    """Bound to its owner: whoever signs in meanwhile, the results are for that one."""
    page: str
    values: Mapping[str, Any]
    described: Mapping[str, Any]
    """The metadata of each value, where there is some."""
    listing: Mapping[str, Facts] | None = None
    """What was stored when it was ordered: if somebody saved since, it is a conflict."""

    def without(self, keys: Set[str]) -> Order:
        """The same for the other values."""
        return replace(self, values={key: self.values[key] for key in self.values.keys() - keys})

    def only(self, key: str) -> Order:
        """The same for one of the values."""
        return replace(self, values={key: self.values[key]})


def save_whole(order: Order, report: Report, saved: Saved) -> None:
    """Save everything as one set, or raise; then it is noted what can't be kept at all."""
    try:
        _commit(order, report, saved)
    except ABOUT_THE_VALUE:
        saved.problems.update(problems(order.store, order.values))
        raise


def save_what_can_be(order: Order, report: Report, saved: Saved) -> None:
    """Save what can be kept and nobody else has changed, as one set.

    Raises what is wrong with the store as a whole.
    """
    if not order.values:
        return
    try:
        _commit(order, report, saved)
        return
    except ConflictError:
        left_out = _moved(order)
        saved.is_outdated = True
    except ABOUT_THE_VALUE as error:
        found = _refused(order, error)
        saved.problems.update(found)
        left_out = set(found)
    if left_out:
        save_what_can_be(order.without(left_out), report, saved)
    elif len(order.values) > 1:
        # Nothing tells which one it was, so each is tried on its own.
        for key in order.values:
            save_what_can_be(order.only(key), report, saved)


def problems(store: Store, values: Mapping[str, Any]) -> dict[str, Problem]:
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


def _commit(order: Order, report: Report, saved: Saved) -> None:
    # A stop that came between two attempts is heeded before the second.
    report(0, 0)
    conditions = None
    if order.listing is not None:
        conditions = {key: _version(order.listing.get(key)) for key in order.values}
    receipts = order.store._save_set(
        order.page, order.values, conditions, None, order.described, report
    )
    saved.receipts.update(receipts)


def _version(facts: Facts | None) -> int:
    return 0 if facts is None else facts.version


def _moved(order: Order) -> set[str]:
    """The keys that somebody saved since; with a single one there is no question."""
    if len(order.values) == 1:
        return set(order.values)
    fresh, known = listed(order.store, order.page), order.listing or {}
    return {key for key in order.values if fresh.get(key) != known.get(key)}


def _refused(order: Order, error: StillroomError) -> dict[str, Problem]:
    found = problems(order.store, order.values)
    if not found and len(order.values) == 1 and not _was_changing(error):
        found = {key: _problem(error, value) for key, value in order.values.items()}
    for key, problem in found.items():
        log.warning("result %r of page %r can't be kept: %s", key, order.page, problem.message)
    return found


def _was_changing(error: StillroomError) -> bool:
    """Whether the script went on changing the value; the next run may well save it."""
    return "changed while it was being saved" in str(error)


def _problem(error: StillroomError, value: object) -> Problem:
    return Problem(error.kind, error.path, str(error), seen=Seen(value))
