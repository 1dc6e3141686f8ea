"""Saves that a test holds up, and what a tab knows of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import stillroom
from stillroom.streamlit import _waiting, _work

PATIENCE = 60


class Gate:
    """Holds up every save once its bytes are written and before its record is."""

    def __init__(self) -> None:
        self.begun: list[list[str]] = []
        """The keys of each set that was begun."""
        self.fails_with: BaseException | None = None
        """What a save ends with once the gate is open."""
        self._arrivals = threading.Semaphore(0)
        self._is_open = threading.Event()

    def wait_for_a_save(self) -> None:
        """Return when one more save stands at the gate."""
        assert self._arrivals.acquire(timeout=PATIENCE)

    def open(self) -> None:
        """Let all saves through, and return when they have ended."""
        self._is_open.set()
        for thread in saving_threads():
            thread.join(PATIENCE)

    def pass_through(self) -> None:
        """Stand at the gate, in the thread of a save."""
        self._arrivals.release()
        assert self._is_open.wait(PATIENCE)
        if self.fails_with is not None:
            raise self.fails_with


def saving_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "stillroom save"]


@contextmanager
def held_up(patch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """A gate before all saves of this process; scripts don't wait at it."""
    gate, save_set = Gate(), stillroom.Store._save_set

    def gated(self, page, values, if_versions, label, metadata, progress):
        gate.begun.append(list(values))

        def report(done, total):
            progress(done, total)
            if done == total:
                gate.pass_through()
            progress(done, total)

        return save_set(self, page, values, if_versions, label, metadata, report)

    patch.setattr(stillroom.Store, "_save_set", gated)
    patch.setattr(_work.Save, "patience", 0)
    patch.setattr(_waiting, "LOOK_SECONDS", 0)
    try:
        yield gate
    finally:
        gate.open()


def memory(app, page="p"):
    """What a tab knows of a page."""
    return app.session_state["_stillroom"]["results"].pages[page]
