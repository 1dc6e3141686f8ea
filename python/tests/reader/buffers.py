"""The table of buffers: their two forms, and their bytes from the blobs they were cut into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from blake3 import blake3

from reader.cbor import Items, require
from reader.cuts import FIXED_LEN, LEAST, MOST, cut

DIGEST_LEN = 32


class Buffer(NamedTuple):
    """A buffer as a manifest names it."""

    length: int
    digests: list[bytes]
    chunks: list[int]

    def assemble(self, blobs: Mapping[bytes, bytes], layout: str) -> bytes:
        """Its bytes, each chunk checked against its digest, and the cuts against the rule."""
        parts = []
        for digest, length in zip(self.digests, self.chunks, strict=True):
            require(digest in blobs, "a chunk that is not there")
            part = blobs[digest]
            require(len(part) == length, "a chunk of another length")
            require(blake3(part) == digest, "a chunk of another digest")
            parts.append(part)
        whole = b"".join(parts)
        require(cut(whole, layout) == self.chunks, "a buffer that is cut elsewhere")
        return whole


def buffer(items: Items) -> Buffer:
    """One row of the table, or the last item of a cut root."""
    form = items.array()
    require(form in (2, 3), "a buffer of another form")
    length = items.unsigned()
    joined = items.bytes_()
    require(len(joined) % DIGEST_LEN == 0, "digests of another length")
    digests = [joined[at : at + DIGEST_LEN] for at in range(0, len(joined), DIGEST_LEN)]
    if form == 2:
        require(len(digests) == -(-length // FIXED_LEN), "another number of chunks")
        full, rest = divmod(length, FIXED_LEN)
        return Buffer(length, digests, [FIXED_LEN] * full + [rest] * (rest > 0))
    chunks = [items.unsigned() for _ in range(items.array())]
    require(len(chunks) == len(digests), "as many lengths as digests")
    require(length > FIXED_LEN, "a buffer of one chunk in the second form")
    require(sum(chunks) == length, "chunks that do not add up to their buffer")
    require(all(1 <= chunk <= MOST for chunk in chunks), "a chunk of no bytes, or of too many")
    require(all(chunk >= LEAST for chunk in chunks[:-1]), "a chunk that is too short")
    is_fixed = all(chunk == FIXED_LEN for chunk in chunks[:-1]) and chunks[-1] <= FIXED_LEN
    require(not is_fixed, "a buffer that belongs in the first form")
    return Buffer(length, digests, chunks)
