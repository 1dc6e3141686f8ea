"""Writes rows of a store as someone may who can write any bytes into their own.

Nothing of the package is used: the rows are sealed here as `docs/format.md` and
the catalog's layout have it, so that only what reads them stands between a
forger and the reader's process.
"""

import itertools
import sqlite3
import struct
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from blake3 import blake3

SEALED = (
    "version, digest, kind, shape, bytes, label, metadata, summary, provenance, created_at, expires_at, "
    "pinned, signature, request_id, deleted_at, root_digest, blobs_digest"
)


def cbor(value: Any) -> bytes:
    """CBOR in the profile of the format: definite lengths, shortest heads, floats of 64 bits."""
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            text = value.encode()
            return head(3, len(text)) + text
        case list():
            return head(4, len(value)) + b"".join(map(cbor, value))
    raise TypeError(value)


def head(major: int, number: int) -> bytes:
    for code, len_ in ((None, 0), (24, 1), (25, 2), (26, 4), (27, 8)):
        if code is None and number < 24:
            return bytes([major << 5 | number])
        if code is not None and number < 1 << (8 * len_):
            return bytes([major << 5 | code]) + number.to_bytes(len_, "big")
    raise OverflowError(number)


def manifest(*nodes: Any, shared: list[int] | None = None) -> bytes:
    """A manifest without buffers, whose tree is these nodes one after another."""
    start = head(4, 5) + cbor("stillroom") + cbor(1) + cbor(shared or []) + cbor([])
    return start + b"".join(map(cbor, keyed(nodes)))


class Key(str):
    """A key of a dict; its number stands in its place when it was there before."""


def keyed(nodes: Iterable[Any]) -> Iterator[Any]:
    """The nodes, each key as the format asks for it."""
    numbers: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, Key):
            yield [1, numbers.get(node, str(node))]
            numbers.setdefault(node, len(numbers))
        else:
            yield node


class Tree(list):
    """Nodes one after another, as they follow their parent."""


def tree(*parts: Any) -> Tree:
    """Nodes of these parts: a tuple of plain values is one of the format, a list is a node as it stands."""
    nodes = Tree()
    for part in parts:
        if isinstance(part, Tree):
            nodes += part
        elif isinstance(part, tuple):
            nodes += [[9, len(part)], *tree(*part)]
        else:
            nodes.append(part)
    return nodes


def built(tag: int, *parts: Any, rows: int | None = None) -> Tree:
    """A built node of these parts; `rows` for the kinds that stand as a column or an index."""
    return tree([tag, *([] if rows is None else [rows]), len(parts)], *parts)


def mapping(pairs: Mapping[Any, Any] = MappingProxyType({}), **named: Any) -> Tree:
    """A dict; text for a key is one."""
    pairs = {**pairs, **named}
    nodes = [(Key(key) if isinstance(key, str) else key, value) for key, value in pairs.items()]
    return tree([12, len(pairs)], *itertools.chain.from_iterable(nodes))


def sequence(*items: Any) -> Tree:
    """A list."""
    return tree([8, len(items)], *items)


def array(items: Any) -> list:
    """The node of a NumPy array of a plain dtype."""
    return [33, items.dtype.str, list(items.shape), False, True, items.tobytes()]


class Row:
    """A version of a small value in a local store's catalog, to be read and overwritten."""

    def __init__(
        self, store: Path, page: str = "page", key: str = "key", owner: uuid.UUID | None = None
    ) -> None:
        self.page, self.key = page, key
        self.connection = sqlite3.connect(store / "catalog.sqlite", isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        find = "SELECT id, owner FROM heads WHERE page = ? AND key = ? AND owner = ifnull(?, owner)"
        wanted = (page, key, owner and owner.bytes)
        self.head, self.owner = self.connection.execute(find, wanted).fetchone()

    @property
    def root(self) -> bytes:
        """The bytes of the manifest."""
        return self.column("root")

    @property
    def signature(self) -> bytes | None:
        """The key's id and the signature."""
        return self.column("signature")

    def column(self, name: str) -> Any:
        """A field of the newest version."""
        select = f"SELECT {name} FROM versions WHERE head = ? ORDER BY version DESC"
        return self.connection.execute(select, (self.head,)).fetchone()[0]

    def forge(self, root: bytes | None = None, signature: bytes | None = None) -> None:
        """Puts another manifest and signature in place of the newest version's, and seals the row anew."""
        root = self.root if root is None else root
        digest = blake3(root)
        self.set(root=root, digest=digest, root_digest=digest, signature=signature)
        self.seal()

    def give_to(self, owner: uuid.UUID) -> None:
        """Makes the result another owner's."""
        self.owner = owner.bytes
        self.connection.execute("UPDATE heads SET owner = ? WHERE id = ?", (self.owner, self.head))
        self.seal()

    def set(self, **columns: Any) -> None:
        names = ", ".join(f"{name} = ?" for name in columns)
        newest = "version = (SELECT max(version) FROM versions WHERE head = ?)"
        update = f"UPDATE versions SET {names} WHERE head = ? AND {newest}"
        self.connection.execute(update, (*columns.values(), self.head, self.head))

    def seal(self) -> None:
        """The digest over all fields that a row carries."""
        select = f"SELECT {SEALED} FROM versions WHERE head = ? ORDER BY version DESC"
        row = self.connection.execute(select, (self.head,)).fetchone()
        sealed = [
            field(b"stillroom/record/1"),
            field(self.owner),
            field(self.page.encode()),
            field(self.key.encode()),
            number(row["version"]),
            field(row["digest"]),
            field(row["kind"].encode()),
            field(row["shape"]),
            number(row["bytes"]),
            optional(row["label"] and row["label"].encode()),
            optional(row["metadata"]),
            field(row["summary"].encode()),
            field(row["provenance"].encode()),
            time(row["created_at"]),
            time(row["expires_at"]),
            number(row["pinned"]),
            optional(row["signature"]),
            optional(row["request_id"]),
            time(row["deleted_at"]),
            field(row["root_digest"]),
            field(row["blobs_digest"]),
        ]
        self.set(record_digest=blake3(b"".join(sealed)))


def number(value: int) -> bytes:
    return value.to_bytes(8, "little", signed=True)


def time(value: int | None) -> bytes:
    return optional(None if value is None else number(value))


def field(value: bytes) -> bytes:
    return number(len(value)) + value


def optional(value: bytes | None) -> bytes:
    return b"\0" if value is None else b"\1" + field(value)
