"""Loads that a script waits for, because its next line needs the value.

A script that Streamlit ends in the wait leaves its load in the tab's memory, where the
next run finds it and goes on waiting; else every click on a page would begin it from
zero. What becomes of a value is up to whoever asked: nothing here puts one into the tab.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from streamlit.runtime.scriptrunner import StopException

from .._page_load import PageLoad
from .._store import Store
from . import _waiting, _words
from ._session import PageMemory
from ._tab import MEBIBYTE, Tab
from ._work import Load, Purpose, Report

SMALL_BYTES = 8 * MEBIBYTE
"""Up to here a value is loaded in the script's own thread.

That takes some milliseconds, which nobody stops; starting a thread and waiting for it
would cost a small value half as much again.
"""

Job = Callable[[Report | None], PageLoad]


def newest(tab: Tab, store: Store, keys: list[str]) -> Job:
    """Loads the newest version of these keys, as one set."""
    return partial(_load_newest, store, tab.name, keys, tab.types)


def one(tab: Tab, store: Store, key: str, version: int) -> Job:
    """Loads one version of a key."""
    return partial(_load_one, store, tab.name, key, version, tab.types)


@contextmanager
def loaded(
    tab: Tab,
    purpose: Purpose,
    wanted: Mapping[str, int | None],
    job: Job,
    *,
    length: int,
) -> Iterator[PageLoad | None]:
    """What `job` loads, as soon as it is there; None where a person has stopped it.

    `length` is how many bytes that are. Nothing of Streamlit's in the first second; later
    it is said how far it is. Raises what the store raises. A script that Streamlit ends
    before it is through with the value leaves it to the next one.
    """
    load = _found(tab.memory, purpose, wanted)
    if load is None and length <= SMALL_BYTES:
        yield job(None)
        return
    load = load or begin(tab.memory, Load(purpose, wanted, job))
    try:
        yield _awaited(load)
    except Exception:
        remove(tab.memory, load)
        raise
    remove(tab.memory, load)


def begin(memory: PageMemory, load: Load) -> Load:
    """Start a load, and remember it for the runs to come."""
    load.start()
    memory.loading.append(load)
    return load


def remove(memory: PageMemory, load: Load) -> bool:
    """Take a load from the tab's memory; False where another run was faster."""
    try:
        memory.loading.remove(load)
    except ValueError:
        return False
    return True


def forget(memory: PageMemory, load: Load) -> None:
    """End a load that nobody wants any more."""
    load.stop()
    remove(memory, load)


def drop_others(
    memory: PageMemory, purpose: Purpose, wanted: Mapping[str, int | None] | None = None
) -> None:
    """End the loads of this purpose that are for something else by now."""
    for load in list(memory.loading):
        if load.purpose == purpose and load.wanted != wanted:
            forget(memory, load)


def drop_unasked(memory: PageMemory) -> None:
    """Let go of what was loaded for a script that was ended, and that the next did not ask for."""
    for load in list(memory.loading):
        if load.purpose != "click" and load.is_finished:
            forget(memory, load)


def given_up(memory: PageMemory, purpose: Purpose) -> set[str]:
    """The keys whose load of this purpose a person has stopped; told once."""
    found = [load for load in memory.loading if load.purpose == purpose and load.is_given_up]
    for load in found:
        remove(memory, load)
    return {key for load in found for key in load.keys}


def _found(memory: PageMemory, purpose: Purpose, wanted: Mapping[str, int | None]) -> Load | None:
    for load in list(memory.loading):
        if load.purpose == purpose and load.wanted == wanted:
            if not load.was_stopped or load.is_given_up:
                return load
            # It ended since nobody was there.
            remove(memory, load)
    return None


def _awaited(load: Load) -> PageLoad | None:
    load.is_unattended = None
    if not load.is_given_up:
        _wait(load)
    if load.is_given_up or load.was_stopped:
        return None
    if load.error is not None:
        raise load.error
    return load.loaded


def _wait(load: Load) -> None:
    try:
        if not load.wait_for_a_moment():
            _waiting.until_done(load, partial(_words.loading, load.keys))
    except StopException:
        # Somebody clicked elsewhere, and the next run waits on; or the tab is gone. Whoever
        # reloads a slow page again and again must not fill the memory of the server with
        # what nobody waits for.
        load.is_unattended = partial(_waiting.is_gone, _waiting.session())
        raise


def _load_newest(
    store: Store, page: str, keys: list[str], types: tuple[type, ...], report: Report | None
) -> PageLoad:
    return store.load_page(page, keys, types=types, progress=report)


def _load_one(
    store: Store,
    page: str,
    key: str,
    version: int,
    types: tuple[type, ...],
    report: Report | None,
) -> PageLoad:
    value = store.load(page, key, version=version, types=types, progress=report)
    return PageLoad({key: value}, {key: version}, {})
