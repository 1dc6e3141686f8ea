"""One value through a store and back, as a user would do it."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

import stillroom


def round_trip(store: stillroom.Store, value: Any) -> Any:
    """What comes back for `value`; saving what came back must be no change at all."""
    store.save("page", "key", value)
    loaded = store.load("page", "key")

    receipt = store.save("page", "key", loaded)
    assert receipt.unchanged, "what was loaded is not saved as what it was loaded from"
    return loaded


def refuse(store: stillroom.Store, value: Any, *, names: str, path: str) -> None:
    """Saving `value` must be refused at `path`, by a message that names `names`, and write nothing."""
    before = store.usage()

    with pytest.raises(stillroom.UnsupportedError, match=names) as caught:
        store.save("page", "results", value)
    assert caught.value.path == path
    assert store.usage() == before


def most_allocated(call: Callable[[], Any]) -> int:
    """The most bytes that Python and NumPy held for `call` at a time, beyond what they held before."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
