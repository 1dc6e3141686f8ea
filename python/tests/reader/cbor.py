"""The CBOR profile: one way to write each thing, and nothing else is read."""

from __future__ import annotations

import struct

UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, SIMPLE = 0, 1, 2, 3, 4, 7
FALSE, TRUE, NULL, FLOAT = 0xF4, 0xF5, 0xF6, 0xFB
#: Bytes of the argument, by what the head says of it.
ARGUMENT_LEN = {24: 1, 25: 2, 26: 4, 27: 8}


class Damage(ValueError):
    """Bytes that no writer makes."""


class Respelt(Damage):
    """What a writer spells otherwise, and the document lets a reader read all the same."""


class Newer(ValueError):
    """A version of the format that is not read here: a newer one, or 0."""


def require(is_so: bool, what: str) -> None:
    if not is_so:
        raise Damage(what)


def require_spelling(is_so: bool, what: str) -> None:
    if not is_so:
        raise Respelt(what)


class Items:
    """The items of some bytes, taken one after another."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    @property
    def left(self) -> int:
        """How many bytes remain."""
        return len(self.data) - self.at

    @property
    def next_byte(self) -> int:
        """The first byte of the next item."""
        require(self.left > 0, "the bytes end before the value does")
        return self.data[self.at]

    @property
    def next_major(self) -> int:
        return self.next_byte >> 5

    def take(self, count: int) -> bytes:
        require(count <= self.left, "the bytes end before an item does")
        self.at += count
        return self.data[self.at - count : self.at]

    def argument(self, major: int) -> int:
        """The argument of a head, which must be of this major type."""
        require(self.next_major == major, f"an item of another type than {major}")
        info = self.take(1)[0] & 31
        if info < 24:
            return info
        require(info in ARGUMENT_LEN, "an indefinite length or a reserved head")
        length = ARGUMENT_LEN[info]
        argument = int.from_bytes(self.take(length), "big")
        shortest = 24 if length == 1 else 1 << (4 * length)
        require(argument >= shortest, "a head that is not the shortest")
        return argument

    def unsigned(self) -> int:
        return self.argument(UNSIGNED)

    def integer(self) -> int:
        if self.next_major == NEGATIVE:
            return -1 - self.argument(NEGATIVE)
        return self.argument(UNSIGNED)

    def bytes_(self) -> bytes:
        return self.take(self.argument(BYTES))

    def text(self) -> str:
        try:
            return self.take(self.argument(TEXT)).decode()
        except UnicodeDecodeError:
            raise Damage("text that is not UTF-8") from None

    def count(self) -> int:
        """An unsigned integer that counts what follows: each of it takes a byte at least."""
        return self.bounded(self.unsigned())

    def array(self) -> int:
        """The head of an array: how many items it has."""
        return self.bounded(self.argument(ARRAY))

    def bounded(self, count: int) -> int:
        require(count <= self.left, "a count of more than can follow")
        return count

    def bool_(self) -> bool:
        byte = self.next_byte
        require(byte in (FALSE, TRUE), "neither true nor false")
        self.at += 1
        return byte == TRUE

    def float_(self) -> float:
        require(self.next_byte == FLOAT, "not a float of 64 bits")
        self.at += 1
        return struct.unpack(">d", self.take(8))[0]

    def null(self) -> None:
        require(self.next_byte == NULL, "not null")
        self.at += 1

    def is_null(self) -> bool:
        """Takes null if it is next."""
        if self.next_byte != NULL:
            return False
        self.at += 1
        return True
