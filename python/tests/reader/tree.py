"""The walk over the tree: which node stands where, what is numbered, which leaf is where.

What each node is made of is in `tags.py`. The stack is a list, because values
may be nested deeper than Python calls.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reader import tags
from reader.buffers import Buffer
from reader.cbor import (
    ARRAY,
    BYTES,
    FALSE,
    FLOAT,
    NEGATIVE,
    NULL,
    TEXT,
    TRUE,
    UNSIGNED,
    Items,
    require,
)
from reader.places import PLACES, is_key_place

LEAF_LEN = 4096
DEEPEST = 1000


class Frame(NamedTuple):
    """A node whose children are being read."""

    node: dict[str, Any]
    row: tags.Row
    places: Iterator[str]
    number: int | None
    #: Where each child begins, and the last one ends.
    marks: list[int]


class Tree:
    """Reads the picture of a value."""

    def __init__(
        self,
        items: Items,
        shared: list[int],
        buffers: list[Buffer],
        blobs: Mapping[bytes, bytes],
    ) -> None:
        self.items = items
        self.shared = shared
        self.buffers = buffers
        self.blobs = blobs
        self.frames: list[Frame] = []
        self.sets = 0
        self.keys: list[str] = []
        self.keys_known: set[str] = set()
        self.numbered = 0
        self.complete: set[int] = set()
        self.referred: set[int] = set()
        self.buffers_named = 0

    @property
    def is_in_set(self) -> bool:
        return self.sets > 0

    def read(self) -> Any:
        root = self.node("any value")
        while self.frames:
            frame = self.frames[-1]
            frame.marks.append(self.items.at)
            place = next(frame.places, None)
            if place is None:
                self.close(self.frames.pop())
            else:
                require(len(self.frames) <= DEEPEST, "nested too deep")
                frame.node["children"].append(self.node(place))
        require(self.buffers_named == len(self.buffers), "a buffer that nothing names")
        require(sorted(self.referred) == self.shared, "another table of shared nodes")
        return root

    def node(self, place: str) -> Any:
        """What stands at a place: a scalar, or a node that is open from now on."""
        is_scalar = self.items.next_major != ARRAY
        found = self.scalar(place) if is_scalar else self.tagged(place)
        require(PLACES[place](found), f"not of the kind that its place asks for: {place}")
        return found

    def scalar(self, place: str) -> Any:
        items = self.items
        byte, major = items.next_byte, items.next_major
        if byte == NULL:
            return items.null()
        if byte in (FALSE, TRUE):
            return items.bool_()
        if byte == FLOAT:
            return items.float_()
        if major in (UNSIGNED, NEGATIVE):
            return items.integer()
        require(major in (BYTES, TEXT), "an item that is not in the profile")
        if major == BYTES:
            data = items.bytes_()
            require(len(data) < LEAF_LEN, "long bytes that are no leaf")
            return data
        text = items.text()
        require(len(text.encode()) < LEAF_LEN, "long text that is no leaf")
        require(self.is_in_set or not is_key_place(place), "a key in plain text")
        return text

    def tagged(self, place: str) -> Any:
        count = self.items.array()
        require(count > 0, "a node without a tag")
        row = tags.ROWS.get(self.items.unsigned())
        require(row is not None, "a tag that is not there")
        require(row.name != "KEY" or is_key_place(place), "a key where none stands")
        # A column of a frame or its attrs are no value that could be met again.
        is_own = place in ("column", "attrs")
        number = self.number() if row.is_numbered and not is_own else None
        node = tags.head(row, self, count - 1)
        if number is not None:
            node["no."] = number
        node["children"] = []
        places = iter(row.places(node))
        self.frames.append(Frame(node, row, places, number, []))
        self.sets += row.name in tags.SETS
        return node

    def number(self) -> int | None:
        if self.is_in_set:
            return None
        self.numbered += 1
        return self.numbered - 1

    def close(self, frame: Frame) -> None:
        if frame.row.name in tags.SETS:
            self.sets -= 1
            members = [self.items.data[a:b] for a, b in itertools.pairwise(frame.marks)]
            require(members == sorted(members), "members out of order")
        frame.row.check(frame.node)
        if frame.number is not None:
            self.complete.add(frame.number)

    # What heads are made of, beside plain items.

    def leaf(self, layout: str) -> bytes:
        """A leaf's bytes, wherever they are."""
        if self.items.next_major == BYTES:
            data = self.items.bytes_()
            is_free = self.is_in_set or not self.buffers
            require(len(data) < LEAF_LEN or is_free, "a long leaf in place")
            return data
        number = self.items.unsigned()
        require(not self.is_in_set, "a buffer inside a set")
        require(number == self.buffers_named < len(self.buffers), "a buffer out of order")
        self.buffers_named += 1
        return self.buffers[number].assemble(self.blobs, layout)

    def key(self) -> str:
        """A key's text, where it stands or stood."""
        require(not self.is_in_set, "a key inside a set")
        if self.items.next_major == UNSIGNED:
            number = self.items.unsigned()
            require(number < len(self.keys), "a key that did not come yet")
            return self.keys[number]
        text = self.items.text()
        require(len(text.encode()) < LEAF_LEN, "a key that is too long")
        require(text not in self.keys_known, "a key in full that was there before")
        self.keys.append(text)
        self.keys_known.add(text)
        return text

    def reference(self) -> int:
        number = self.items.unsigned()
        require(number in self.complete, "a shared node that is not complete")
        self.referred.add(number)
        return number
