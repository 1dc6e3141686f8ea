"""Where a long buffer is cut: FastCDC of 2020, as the document writes it down."""

from __future__ import annotations

import hashlib

FIXED_LEN = 65536
LEAST, AVERAGE, MOST = 16384, 65536, 262144
EARLY_MASK, LATE_MASK = 0x0000D90703537000, 0x0000D90F03530000
WORD = (1 << 64) - 1
#: The document's rule rather than its table, which has to be the same.
GEAR = [int.from_bytes(hashlib.md5(bytes([i]) * 64).digest()[:8], "big") for i in range(256)]


def cut(data: bytes, layout: str) -> list[int]:
    """The lengths of the chunks of a buffer laid out as `fixed` or `content`."""
    if len(data) <= FIXED_LEN:
        return [len(data)]
    if layout == "fixed":
        full, rest = divmod(len(data), FIXED_LEN)
        return [FIXED_LEN] * full + [rest] * (rest > 0)
    lengths = []
    start = 0
    while start < len(data):
        lengths.append(next_len(data, start))
        start += lengths[-1]
    return lengths


def next_len(data: bytes, start: int) -> int:
    left = len(data) - start
    if left <= LEAST:
        return left
    end = min(left, MOST)
    middle = min(AVERAGE, end) & ~1
    value = 0
    for at in range(LEAST, end & ~1):
        value = (2 * value + GEAR[data[start + at]]) & WORD
        if value & (EARLY_MASK if at < middle else LATE_MASK) == 0:
            return at
    return end
