"""Built nodes: their rows are those of the document's table, read from the document itself."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from reader.cbor import require
from reader.places import PLACES

DOCUMENT = Path(__file__).parents[3] / "docs" / "format.md"
ROW = re.compile(r"\| (\d+) \| ([A-Z_]+) \| (rows|–) \| (.*?) \| (•)? *\| .*\|")
LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
#: The parts of a description: a group that comes again and again, or one child. Remarks in brackets are none.
PART = re.compile(r"\(([^()]*: [^()]*)\) …|([^,():]+: [^,()]+)(?:\([^()]*\))?")


class Built(NamedTuple):
    """A row of the table."""

    tag: int
    name: str
    has_rows: bool
    is_numbered: bool
    #: The places of the first children, and of those that come again and again after them.
    first: tuple[str, ...]
    again: tuple[str, ...]

    def places(self, node: dict[str, Any]) -> Iterable[str]:
        """The places of `count` children."""
        more = node["count"] - len(self.first)
        is_whole = more % len(self.again) == 0 if self.again else more == 0
        require(more >= 0 and is_whole, "another number of children")
        return itertools.chain(self.first, itertools.islice(itertools.cycle(self.again), more))


def table() -> list[Built]:
    """The rows of the document."""
    section = DOCUMENT.read_text(encoding="utf-8").split("\n## Built nodes\n")[1].split("\n## ")[0]
    rows = [match.groups() for match in map(ROW.fullmatch, section.splitlines()) if match]
    return [
        Built(int(tag), name, rows == "rows", mark == "•", *places(children))
        for tag, name, rows, children, mark in rows
    ]


def places(description: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The places that a cell of the table names: once, and again and again."""
    if description == "–":
        return (), ()
    first: list[str] = []
    again: list[str] = []
    for group, one in PART.findall(LINK.sub(r"\1", description)):
        for part in (group or one).split(", "):
            (again if group else first).append(place(part.split(": ")[1]))
    return tuple(first), tuple(again)


def place(words: str) -> str:
    """The kind of a place; what a description says beyond it is not the format's."""
    kind = words.split(" of ")[0].strip()
    if kind.removesuffix(" or None") not in PLACES:
        # The name of a built node, the only one that may stand there.
        PLACES[kind] = lambda node: isinstance(node, dict) and node["tag"] == kind
    return kind
