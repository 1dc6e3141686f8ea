"""The manifest around the tree, and the root around the manifest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from blake3 import blake3

from reader.buffers import Buffer, buffer
from reader.built import DOCUMENT
from reader.cbor import Items, Newer, require
from reader.tree import Tree

#: The document's own.
FORMAT_VERSION = int(
    re.match(r"# The format, version (\d+)\n", DOCUMENT.read_text(encoding="utf-8"))[1]
)
MAGIC, CUT_MAGIC = "stillroom", "stillroom/cut"
MOST = 2**30
LONGEST_ROOT = 65536
SHORTEST_BUFFER = 4096


class Manifest(NamedTuple):
    """What a manifest says."""

    version: int
    shared: list[int]
    buffers: list[Buffer]
    #: The picture of the value.
    value: Any


def read(data: bytes, blobs: Iterable[bytes] = ()) -> Manifest:
    """Reads a manifest whole, with the blobs that it names."""
    by_digest = {blake3(blob): blob for blob in blobs}
    return read_with(data, by_digest)


def read_with(data: bytes, blobs: Mapping[bytes, bytes]) -> Manifest:
    require(len(data) <= MOST, "a manifest that is too long")
    items = Items(data)
    count = items.array()
    version = opening(items, MAGIC)
    require(count == 5, "a manifest of another number of items")
    shared = [items.unsigned() for _ in range(items.array())]
    require(all(number < 2**32 for number in shared), "a number that is too high")
    require(shared == sorted(set(shared)), "numbers that do not ascend")
    buffers = [buffer(items) for _ in range(items.array())]
    require(all(one.length >= SHORTEST_BUFFER for one in buffers), "a buffer that is too short")
    tree = Tree(items, shared, buffers, blobs)
    value = tree.read()
    require(items.left == 0, "bytes after the value")
    return Manifest(version, shared, buffers, value)


def opening(items: Items, magic: str) -> int:
    """What comes first, and the version."""
    require(items.text() == magic, "not a manifest")
    version = items.unsigned()
    if not 1 <= version <= FORMAT_VERSION:
        raise Newer(version)
    return version


def read_root(root: bytes, blobs: Iterable[bytes] = ()) -> Manifest:
    """Reads what a record holds of a manifest."""
    by_digest = {blake3(blob): blob for blob in blobs}
    return read_with(manifest_of(root, by_digest), by_digest)


def manifest_of(root: bytes, blobs: Mapping[bytes, bytes]) -> bytes:
    """The manifest's bytes."""
    cut = cut_of(root)
    return root if cut is None else cut.assemble(blobs, "content")


def cut_of(root: bytes) -> Buffer | None:
    """The buffer that a long manifest was cut to; none when the root is the manifest."""
    items = Items(root)
    count = items.array()
    if count == 5:
        require(len(root) <= LONGEST_ROOT, "a root that is too long")
        return None
    opening(items, CUT_MAGIC)
    require(count == 3, "a root of another number of items")
    cut = buffer(items)
    require(items.left == 0, "bytes after the root")
    require(LONGEST_ROOT < cut.length <= MOST, "a manifest that needs no cutting, or is too long")
    return cut
