"""Loads that a test holds up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import stillroom
from stillroom.streamlit import _loads, _waiting, _work

PATIENCE = 60


class Gate:
    """Holds up every load once its bytes are read and before its value is made."""

    def __init__(self) -> None:
        self.begun: list[list[str]] = []
        """The keys of each load that was begun."""
        self.fails_with: BaseException | None = None
        """What a load ends with once the gate is open."""
        self._arrivals = threading.Semaphore(0)
        self._is_open = threading.Event()

    def wait_for_a_load(self) -> None:
        """Return when one more load stands at the gate."""
        assert self._arrivals.acquire(timeout=PATIENCE)

    def open(self) -> None:
        """Let all loads through, and return when they have ended."""
        self._is_open.set()
        for thread in loading_threads():
            thread.join(PATIENCE)

    def close(self) -> None:
        """Hold up those to come again."""
        self._is_open.clear()

    def held_up(self, keys: list[str], load: Callable, report: Callable | None):
        """`load`, whose report stands at the gate once all is read."""
        self.begun.append(keys)

        def stand(done: int, total: int) -> None:
            report(done, total)
            if done == total:
                self._pass_through()
            report(done, total)

        return load(stand)

    def _pass_through(self) -> None:
        self._arrivals.release()
        assert self._is_open.wait(PATIENCE)
        if self.fails_with is not None:
            raise self.fails_with


def loading_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "stillroom load"]


@contextmanager
def held_up(patch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """A gate before all loads of this process, small ones too; scripts don't wait at it."""
    gate, load, load_page = Gate(), stillroom.Store.load, stillroom.Store.load_page

    def gated(self, page, key, *, progress=None, **how):
        if progress is None:
            return load(self, page, key, **how)
        return gate.held_up(
            [key], lambda told: load(self, page, key, progress=told, **how), progress
        )

    def gated_page(self, page, keys=None, *, progress=None, **how):
        if progress is None:
            return load_page(self, page, keys, **how)
        return gate.held_up(
            list(keys), lambda told: load_page(self, page, keys, progress=told, **how), progress
        )

    patch.setattr(stillroom.Store, "load", gated)
    patch.setattr(stillroom.Store, "load_page", gated_page)
    patch.setattr(_loads, "SMALL_BYTES", -1)
    patch.setattr(_work.Load, "patience", 0)
    patch.setattr(_waiting, "LOOK_SECONDS", 0)
    try:
        yield gate
    finally:
        gate.open()
