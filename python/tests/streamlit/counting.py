"""How often a page asks its store, and what that would take with one that is far away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

import stillroom

SECONDS_PER_CALL = 0.4
"""What a call takes in a store that is slow; nothing here waits for it."""

AT_HAND = frozenset({"as_owner", "location", "owner", "is_local", "durability", "notices", "close"})
"""What an open store knows without asking anything."""


class Counted:
    """The extension's store, with each call that would travel counted."""

    def __init__(self, core, note: Callable[[str], None]) -> None:
        self._core, self._note = core, note

    def __getattr__(self, name: str):
        found = getattr(self._core, name)
        if name == "as_owner":
            return lambda owner: Counted(found(owner), self._note)
        if name not in AT_HAND:
            self._note(name)
        return found


def count_calls(
    patch: pytest.MonkeyPatch, passes: Callable[[float], None] = lambda seconds: None
) -> Counter[str]:
    """How often each call of a store is made that is opened from now on.

    `passes` is told how long each of them takes.
    """
    counted: Counter[str] = Counter()
    begin = stillroom.Store.__init__

    def note(name):
        counted[name] += 1
        passes(SECONDS_PER_CALL)

    def count(self, core, types):
        begin(self, core if isinstance(core, Counted) else Counted(core, note), types)

    patch.setattr(stillroom.Store, "__init__", count)
    return counted
