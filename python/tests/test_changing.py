"""A value that another thread changes while it is saved: what was stored is whole, whatever it is.

No store can say which moment of such a value it has kept; but the bytes it
has kept must be the ones it has named.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stillroom

LENGTH = 2**17

#: A value, and what another thread does to it for as long as it is saved.
CASES: dict[str, Callable[[], tuple[Any, Callable[[int], None]]]] = {
    "an array": lambda: of_array(np.zeros(LENGTH)),
    "an array that is not contiguous": lambda: of_array(np.zeros((LENGTH, 2))[:, 0]),
    "a bytearray": lambda: of_bytearray(bytearray(8 * LENGTH)),
    "a frame": lambda: of_frame(pd.DataFrame({"a": np.zeros(LENGTH), "b": np.zeros(LENGTH)})),
}


def of_array(array: np.ndarray) -> tuple[Any, Callable[[int], None]]:
    return array, lambda number: array.fill(number)


def of_bytearray(memory: bytearray) -> tuple[Any, Callable[[int], None]]:
    return memory, of_array(np.frombuffer(memory, "f8"))[1]


def of_frame(frame: pd.DataFrame) -> tuple[Any, Callable[[int], None]]:
    values = frame["a"].to_numpy(copy=False)
    values.flags.writeable = True  # pandas shows its columns read-only
    return frame, lambda number: values.fill(number)


@contextmanager
def changing(change: Callable[[int], None]) -> Iterator[None]:
    """Lets a thread change something over and over."""
    is_over = threading.Event()

    def work() -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            change(number)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@pytest.mark.parametrize("case", CASES)
def test_the_stored_bytes_still_match_their_digests(store_path: Path, case: str):
    value, change = CASES[case]()
    with stillroom.open(store_path, keep_versions=None) as store, changing(change):
        # A save that met no change made no version.
        while len(store.history("page", "value")) < 5:
            store.save("page", "value", value)

    with stillroom.open(store_path, verify="always") as store:
        for record in store.history("page", "value"):
            loaded = store.load("page", "value", version=record.version)
            assert type(loaded) is type(value)
            assert len(loaded) == len(value)
