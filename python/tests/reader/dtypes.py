"""NumPy's `dtype.str`, as far as the format has it."""

from __future__ import annotations

import re
from typing import NamedTuple

from reader.cbor import require

MOST = 2**31 - 1
#: Sizes in bytes, and the byte orders of each, by kind.
SIZES = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8), "c": (8, 16)}
UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"]
TIME = re.compile(rf"([<>])([Mm])8(?:\[([1-9][0-9]*)?({'|'.join(UNITS)})\])?", re.ASCII)
OTHER = re.compile(r"([<>|])([biufcSVU])(0|[1-9][0-9]*)", re.ASCII)


class Dtype(NamedTuple):
    """A kind, and the bytes of an item."""

    kind: str
    size: int


def dtype(text: str) -> Dtype:
    """Parses a dtype; anything that NumPy would spell otherwise is damage."""
    if match := TIME.fullmatch(text):
        count = match[3]
        require(count is None or 2 <= int(count) <= MOST, "a dtype with a count out of range")
        return Dtype(match[2], 8)
    match = OTHER.fullmatch(text)
    require(match is not None, "a dtype that is not there")
    order, kind, size = match[1], match[2], int(match[3])
    if kind in SIZES:
        require(size in SIZES[kind], "a dtype of a size that is not there")
        require((order == "|") == (size == 1), "a dtype with a wrong byte order")
        return Dtype(kind, size)
    require((order == "|") == (kind in "SV"), "a dtype with a wrong byte order")
    size = size * 4 if kind == "U" else size
    require(size <= MOST, "a dtype that is too large")
    return Dtype(kind, size)
