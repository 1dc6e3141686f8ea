"""Text that pandas keeps in pyarrow's memory, however it lies there."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from roundtrip import refuse, round_trip
from strict import assert_same
from variants import STRING_DTYPES

DTYPE = STRING_DTYPES["pyarrow, NaN"]
SLICE = 64 * 1024  # text is looked at in stretches of so many bytes
LONG = ["".join(chr(0x416 + (at + row) % 30) for at in range(row % 90)) for row in range(9_000)]
ASCII = [f"visit {row}" for row in range(20_000)]


def made(cells: list[str | None]) -> pa.Array:
    return pa.array(cells, pa.large_string())


def laid_out(offsets: list[int], text: bytes, missing: list[int] = ()) -> pa.Array:
    """An array of just this memory, which pyarrow doesn't look at."""
    count = len(offsets) - 1
    bits = np.packbits([row not in missing for row in range(count)], bitorder="little")
    buffers = [
        pa.py_buffer(bits) if missing else None,
        pa.py_buffer(np.array(offsets)),
        pa.py_buffer(text),
    ]
    return pa.Array.from_buffers(pa.large_string(), count, buffers)


def series(array: pa.Array | pa.ChunkedArray) -> pd.Series:
    return pd.Series(DTYPE.__from_arrow__(array))


KEPT = {
    "no cell": made([]),
    "empty cells": made(["", "", ""]),
    "only missing cells": made([None] * 5),
    "characters across the stretches": made(LONG),
    "one character across the stretches": made(["x" * (SLICE - 1) + "€" + "y" * SLICE, "ä"]),
    "cells that end with the stretches": made(["ж" * (SLICE // 2), "ж" * (SLICE // 2), "", "a"]),
    "ascii, then not": made([*ASCII, "é", *ASCII]),
    "missing cells": made([None if row % 7 == 3 else cell for row, cell in enumerate(LONG)]),
    "a slice": made(LONG)[13:4_000],
    "a slice with missing cells": made([None if row % 5 == 1 else "é" * row for row in range(300)])[
        11:200
    ],
    "several chunks": pa.chunked_array(
        [made(LONG[:100]), made([]), made([None, "a"]), made(LONG[50:])]
    ),
    "offsets of 32 bits": pa.array(LONG, pa.string()),
    "text under a missing cell": laid_out([0, 2, 4, 6], b"abcdef", missing=[1]),
    "no text under a missing cell": laid_out([0, 2, 2, 4], b"abcd", missing=[1]),
    "text before and after the cells": laid_out([1, 3, 5], b"\xffabcd\xff"),
}


@pytest.mark.parametrize("case", KEPT)
def test_text_comes_back_as_it_was(store, case):
    value = series(KEPT[case])

    assert_same(round_trip(store, value), value)


REFUSED = {
    "bytes that are no text": laid_out([0, 2, 4, 6], b"ab\xff\xfecd"),
    "a cell that ends within a character": laid_out([0, 2, 6], "aéé".encode() + b"b"),
    "a character that is cut off": laid_out([0, 2, 5], b"ab" + "€".encode()[:2] + b"c"),
    "a last character that is cut off": laid_out([0, 2, 4], b"ab" + "€".encode()[:2]),
    "bytes that are no text after much": laid_out(
        [0, 2 * SLICE, 2 * SLICE + 2], b"x" * 2 * SLICE + b"\xff\xfe"
    ),
    "bytes that are no text beside text under a missing cell": laid_out(
        [0, 2, 4, 6], b"abcd\xff\xfe", missing=[1]
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bytes_that_are_no_text_are_refused(store, case):
    refuse(store, {"text": series(REFUSED[case])}, names="not UTF-8", path='results["text"]')
